"""Worlds in which everything goes wrong: nothing is lost, nothing twice."""

import json
import os
import secrets
import subprocess
import sys

import pytest
from click.testing import CliRunner

from oms_fix.cli.main import main
from oms_fix.core.orders import children
from oms_fix.simulator.world.runs import ON_DISK_EVERY, run, run_many, shortest

SEED_VARIABLE = "OMS_FIX_WORLD_SEED"
WORLDS = 500
ORDERS = 200


@pytest.mark.timeout(3000)
def test_fresh_worlds_keep_every_promise(capsys):
    """500 worlds that nobody has seen before, of 200 orders each; ``OMS_FIX_WORLD_SEED`` repeats.

    Each seed stands for itself: a failure is repeated by ``oms-fix simulate world --seed``.
    """
    first = int(os.environ.get(SEED_VARIABLE) or secrets.randbits(40))
    with capsys.disabled():
        sys.stdout.write(f"\n{WORLDS} worlds; {SEED_VARIABLE}={first} repeats them\n")
    seeds = range(first, first + WORLDS)
    outcomes = list(run_many(seeds, ORDERS, os.cpu_count() or 1))
    failed = [outcome for outcome in outcomes if outcome.violations]
    told = "\n".join(shortest(failed[0], ORDERS).story) if failed else ""
    assert [outcome.seed for outcome in failed] == [], told
    assert sum(outcome.orders for outcome in outcomes) == WORLDS * ORDERS


@pytest.mark.parametrize("seed", [7, ON_DISK_EVERY])
def test_a_seed_is_a_world(seed):
    """The same seed gives the same world, also in another process with other hashes."""
    here = run(seed, 40, fingerprint=True)
    assert run(seed, 40, fingerprint=True) == here
    program = (
        "from oms_fix.simulator.world.runs import run;"
        f"print(run({seed}, 40, fingerprint=True).fingerprint)"
    )
    for hashes in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": hashes},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == here.fingerprint
    assert run(seed + 1, 40, fingerprint=True).fingerprint != here.fingerprint


def test_other_processes_run_the_same_worlds():
    """Worlds on several cores are those on one."""
    assert sorted(run_many(range(4), 10, 2), key=lambda each: each.seed) == [
        run(seed, 10) for seed in range(4)
    ]


def test_failing_world_is_told_as_the_shortest_story(monkeypatch):
    """The story is of a beginning of the run that just fails, and of the orders concerned."""
    monkeypatch.setattr(
        children, "next_id", lambda order: f"{order.order_id}.{len(order.children) + 1}"
    )
    failed = run(1, 60)
    finding = shortest(failed, 60)
    assert 0 < finding.outcome.actions < failed.actions
    assert finding.outcome.violations
    assert any("came twice" in line for line in finding.story)
    assert any("sends order" in line for line in finding.story)
    assert len(finding.story) < 100


def test_command_runs_worlds_and_says_which(monkeypatch):
    """``oms-fix simulate world`` names its seeds, and ends with 1 if a promise was broken."""
    command = ["simulate", "world", "--seed", "5", "--seeds", "2", "--orders", "5"]
    done = CliRunner().invoke(main, [*command, "--processes", "1"])
    assert (done.exit_code, done.output.splitlines()[0]) == (0, "Seed 5 to 6, 5 orders each")
    assert "worlds: 2 of 2, orders 10" in done.output
    monkeypatch.setattr(children, "next_id", lambda order: f"{order.order_id}.1")
    failed = CliRunner().invoke(main, [*command, "--processes", "1", "--json"])
    said = json.loads(failed.output)
    assert (failed.exit_code, said["summary"]["failed_seeds"]) == (1, [5, 6])
    assert said["findings"][0]["story"]
