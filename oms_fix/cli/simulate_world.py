"""``oms-fix simulate world``: seeded worlds in virtual time, and the story of one that fails."""

import os
import secrets
import sys
import time

import click
import msgspec

from oms_fix.cli.output import echo_json
from oms_fix.simulator.world.runs import Finding, Outcome, run_many, shortest

_SEED_BITS = 40
_STORIES_MAX = 3
_PLAIN_PROGRESS_SECONDS = 5.0


@click.command()
@click.option("--seed", type=click.IntRange(min=0), help="The first seed.  [default: a fresh one]")
@click.option(
    "--seeds", type=click.IntRange(min=1), default=1, show_default=True,
    help="How many worlds: of this seed and those after it.",
)  # fmt: skip
@click.option(
    "--orders", type=click.IntRange(min=1), default=200, show_default=True,
    help="Orders in each world.",
)  # fmt: skip
@click.option(
    "--processes", type=click.IntRange(min=1), default=None,
    help="How many worlds at a time.  [default: one on each core]",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def world(seed: int | None, seeds: int, orders: int, processes: int | None, as_json: bool) -> None:
    """Run worlds in which everything goes wrong, and compare all ledgers with the store.

    The router is the real one; network, disk, clocks, clients and venues are simulated, in virtual
    time. A seed always gives the same world. Of a world in which a promise is broken, the shortest
    beginning that still breaks one is told. Exit status 1 if there is one.

    \b
    Example:
      oms-fix simulate world --seed 7 --orders 200
      oms-fix simulate world --seeds 500
    """  # click wants the character itself
    first = secrets.randbits(_SEED_BITS) if seed is None else seed
    workers = min(processes or os.cpu_count() or 1, seeds)
    progress = _Progress(first, seeds, orders, is_quiet=as_json)
    for outcome in run_many(range(first, first + seeds), orders, workers):
        progress.add(outcome)
    progress.end()
    findings = [shortest(failed, orders) for failed in progress.failed[:_STORIES_MAX]]
    if as_json:
        echo_json(msgspec.to_builtins({"summary": progress.summary, "findings": findings}))
    else:
        for finding in findings:
            _tell(finding, orders)
    sys.exit(1 if progress.failed else 0)


class _Progress:
    """Counts what is done, and shows it: one line that is written over on a terminal."""

    def __init__(self, first: int, seeds: int, orders: int, *, is_quiet: bool) -> None:
        self.failed: list[Outcome] = []
        self._first, self._seeds, self._orders = first, seeds, orders
        self._is_quiet = is_quiet
        self._done = self._sent = self._events = 0
        self._virtual_seconds = 0.0
        self._is_terminal = sys.stdout.isatty()
        self._begun = self._shown_at = time.monotonic()
        if not is_quiet:
            last = f" to {first + seeds - 1}" if seeds > 1 else ""
            click.echo(f"Seed {first}{last}, {orders} orders each")

    @property
    def summary(self) -> dict[str, int | float | list[int]]:
        """What was run and what came of it."""
        return {
            "first_seed": self._first,
            "seeds": self._done,
            "orders": self._sent,
            "events": self._events,
            "virtual_seconds": round(self._virtual_seconds),
            "seconds": round(time.monotonic() - self._begun, 1),
            "failed_seeds": [outcome.seed for outcome in self.failed],
        }

    def add(self, outcome: Outcome) -> None:
        """Count an outcome in; a failure is shown at once."""
        self._done += 1
        self._sent += outcome.orders
        self._events += outcome.events
        self._virtual_seconds += outcome.seconds
        if outcome.violations:
            self.failed.append(outcome)
            if not self._is_quiet:
                click.echo(f"\nSeed {outcome.seed} FAILS: {outcome.violations[0]}")
        self._show()

    def end(self) -> None:
        """Show the last state."""
        self._shown_at = float("-inf")
        self._show()
        if self._is_terminal and not self._is_quiet:
            click.echo()

    def _show(self) -> None:
        now = time.monotonic()
        if self._is_quiet or not (
            self._is_terminal or now - self._shown_at >= _PLAIN_PROGRESS_SECONDS
        ):
            return
        self._shown_at = now
        text = (
            f"worlds: {self._done} of {self._seeds}, orders {self._sent}, events {self._events}, "
            f"{now - self._begun:.0f} s for {self._virtual_seconds:.0f} virtual s, "
            f"failed {len(self.failed)}"
        )
        click.echo(f"\r{text}" if self._is_terminal else text, nl=not self._is_terminal)


def _tell(finding: Finding, orders: int) -> None:
    """Print the story of the shortest run that fails."""
    outcome = finding.outcome
    click.echo(
        f"\nSeed {outcome.seed}: the first {outcome.actions} actions and {outcome.orders} orders "
        "are enough. What befell the orders concerned:\n"
    )
    for line in finding.story:
        click.echo(line)
    click.echo(f"\nRun it again: oms-fix simulate world --seed {outcome.seed} --orders {orders}")
