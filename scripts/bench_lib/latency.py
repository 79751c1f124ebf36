"""``scripts/bench latency``: what an order waits for in the router, at a steady pace."""

import os
import re
import time
from pathlib import Path

import click
import msgspec
from msgspec import Struct
from tabulate import tabulate

from bench_lib import machine
from bench_lib.figures import Times, medians, times
from bench_lib.router_folder import CHECKS
from bench_lib.routers import NATIVE, PEER, QUICK, Done, Load, Router, routing, trade
from oms_fix.daemon.control import ControlRequest, ask

_SYNCS = 300
_SYNC_BYTES = b"x" * 4096
_PAUSES = re.compile(r"garbage collection: (\d+) pauses, p99\.9 ([\d.]+) ms, longest ([\d.]+) ms")
_KINDS = {
    f"{NATIVE}, normal": (NATIVE, "normal"),
    f"{NATIVE}, full": (NATIVE, "full"),
    PEER: (PEER, ""),
    QUICK: (QUICK, ""),
}


class Pauses(Struct):
    """Garbage collection of the router: how often, 999 of 1,000 no longer than, the longest."""

    count: float = 0
    p999_ms: float = 0.0
    max_ms: float = 0.0


class Round(Struct):
    """One router in one round; times count from when an order was due.

    Attributes:
        child: until its child was at the venue.
        acknowledged: until the client had the ExecutionReport(8) New.
        late: until the order was sent: by how much the clients were late.
        sync: of the disk, alone: an append of 4 KiB with fdatasync, just before.
        pauses: of ours; nothing of the others.
    """

    child: Times
    acknowledged: Times
    late: Times
    sync: Times
    pauses: Pauses


class LatencyReport(Struct):
    """All rounds, and the medians over them, by router."""

    settings: dict[str, int | str]
    machine: dict[str, str]
    rounds: dict[str, list[Round]]
    medians: dict[str, Round]


@click.command()
@click.option(
    "--seconds",
    type=click.IntRange(1, 3600),
    default=10,
    show_default=True,
    help="For each router in each round, after a second to warm up.",
)
@click.option(
    "--rounds", type=click.IntRange(1, 50), default=3, show_default=True, help="Of each router."
)
@click.option(
    "--orders",
    "per_second",
    type=click.IntRange(1, 10_000),
    default=1000,
    show_default=True,
    help="A second.",
)
@click.option("--clients", type=click.IntRange(1, 200), default=10, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def latency(seconds: int, rounds: int, per_second: int, clients: int, as_json: bool) -> None:
    """Time from an order to its child at the venue, and to its acknowledgment.

    Orders are due at a steady pace, whatever becomes of those before, and times count from when
    they were due. Ours runs with durability normal and full, beside minimal routers on QuickFIX's
    binding; what the disk takes for a sync by itself is measured just before each. Takes about
    three minutes.

    \b
    Example:
      scripts/bench latency --orders 1000 --seconds 10
    """
    load = Load(clients, instruments=100, accounts=20, seconds=seconds, per_second=per_second)
    where = machine.description()
    measured = _measure(load, rounds)
    settings: dict[str, int | str] = {
        "rounds": rounds, "seconds": seconds, "orders a second": per_second, "clients": clients,
        "instruments": load.instruments, "accounts": load.accounts, "checks": CHECKS,
    }  # fmt: skip
    merged = {name: medians(done) for name, done in measured.items()}
    report = LatencyReport(settings, where, measured, merged)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        _show(report)


def _measure(load: Load, rounds: int) -> dict[str, list[Round]]:
    measured: dict[str, list[Round]] = {name: [] for name in _KINDS}
    for number in range(1, rounds + 1):
        for name, (kind, durability) in _KINDS.items():
            with routing(kind, load, durability) as router:
                sync = times(_syncs(router.folder))
                done = trade(router, load)
                pauses = pauses_of(router) if kind == NATIVE else Pauses()
            result = _round(done, sync, pauses)
            measured[name].append(result)
            click.echo(
                f"round {number} of {rounds}: {name:16} child out {result.child} ms,"
                f" acknowledged {result.acknowledged} ms (p50 / p99 / p99.9)",
                err=True,
            )
    return measured


def _round(done: Done, sync: Times, pauses: Pauses) -> Round:
    seen, came_at = done.trade, done.venues.came_at
    numbers = range(seen.first, seen.first + len(seen.due_at))
    return Round(
        child=times([came_at[n + 1] - due for n, due in zip(numbers, seen.due_at, strict=True)]),
        acknowledged=times(differences(seen.due_at, seen.acknowledged_at)),
        late=times(differences(seen.due_at, seen.sent_at)),
        sync=sync,
        pauses=pauses,
    )


def differences(before: list[int], after: list[int]) -> list[int]:
    """Return how long each took."""
    return [later - earlier for earlier, later in zip(before, after, strict=True)]


def _syncs(folder: Path) -> list[int]:
    """Return how long the disk takes to append a little and have it for good, in nanoseconds."""
    took = []
    path = folder / "sync"
    with path.open("wb", buffering=0) as file:
        for _ in range(_SYNCS):
            began = time.perf_counter_ns()
            file.write(_SYNC_BYTES)
            os.fdatasync(file.fileno())
            took.append(time.perf_counter_ns() - began)
    path.unlink()
    return took


def pauses_of(router: Router) -> Pauses:
    """Ask our router for the pauses of its garbage collector."""
    answer = ask(router.folder / "oms.sock", ControlRequest("status"))
    found = next(filter(None, map(_PAUSES.fullmatch, answer.lines)), None)
    if found is None:
        return Pauses()
    count, p999_ms, max_ms = map(float, found.groups())
    return Pauses(count, p999_ms, max_ms)


def _show(report: LatencyReport) -> None:
    for name, value in report.machine.items():
        click.echo(f"{name}: {value}")
    click.echo(", ".join(f"{name} {value}" for name, value in report.settings.items()) + "\n")
    rows = [
        [
            name,
            str(each.child),
            str(each.acknowledged),
            f"{each.late.p99_ms:.3f}",
            f"{each.sync.p50_ms:.3f} / {each.sync.p99_ms:.3f}",
            f"{each.pauses.p999_ms:.3f}" if each.pauses.count else "",
        ]
        for name, each in report.medians.items()
    ]
    headers = [
        "router", "order to child ms", "order to ack ms", "sent late p99", "disk's sync p50 / p99",
        "GC p99.9",
    ]  # fmt: skip
    align = ("left", *["right"] * (len(headers) - 1))
    click.echo(tabulate(rows, headers, colalign=align, disable_numparse=True))
    click.echo(
        "\nTimes are p50 / p99 / p99.9 from when an order was due, in milliseconds; medians of"
        f" {report.settings['rounds']} rounds."
    )
