"""``scripts/bench recovery``: how long a start takes after a long day, and what an order takes."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import msgspec
from msgspec import Struct
from tabulate import tabulate

from bench_lib import machine
from bench_lib.history import write_history
from bench_lib.recovering import Start

_START_S = 600.0


class RecoveryReport(Struct):
    """Starts on the same store without a snapshot and from one.

    Attributes:
        settings: what was asked for.
        machine: where.
        from_events: the start that folded all events.
        from_snapshot: the start that had a snapshot.
        snapshot_seconds: what it took to take that, beside the daemon.
        memory_per_open_order: bytes by which a process grows for each order that is open, where
            no other has ever been; each with its child, acknowledged.
        memory_per_ended_order: the same for each that was filled and is still to be known, for
            busts and duplicates: what the long history takes beyond its open orders.
    """

    settings: dict[str, int]
    machine: dict[str, str]
    from_events: Start
    from_snapshot: Start
    snapshot_seconds: float
    memory_per_open_order: float
    memory_per_ended_order: float


@click.command()
@click.option(
    "--events",
    type=click.IntRange(1_000, 100_000_000),
    default=1_000_000,
    show_default=True,
    help="Events in the store, at least.",
)
@click.option(
    "--open-orders",
    type=click.IntRange(100, 10_000_000),
    default=100_000,
    show_default=True,
    help="Orders that are open at the end; six events each.",
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def recovery(events: int, open_orders: int, as_json: bool) -> None:
    """Start on a long history: from all events, and from a snapshot.

    Writes two stores through the core first, one of them with the open orders alone, to tell what
    they take in memory. That takes most of the time: about three minutes.

    \b
    Example:
      scripts/bench recovery --events 1000000 --open-orders 100000
    """
    where = machine.description()
    with tempfile.TemporaryDirectory(prefix="oms-fix-bench-", dir=machine.disk()) as folder:
        open_alone = Path(folder) / "open.db"
        write_history(open_alone, 0, open_orders, _show_progress)
        per_open_order = _memory_per_open_order(_start(open_alone))
        open_alone.unlink()
        store = Path(folder) / "oms.db"
        write_history(store, events, open_orders, _show_progress)
        from_events = _start(store)
        began = time.perf_counter()
        _run("oms_fix", "snapshot", "--store", str(store))
        snapshot_seconds = time.perf_counter() - began
        from_snapshot = _start(store)
    report = RecoveryReport(
        settings={"events": events, "open_orders": open_orders},
        machine=where,
        from_events=from_events,
        from_snapshot=from_snapshot,
        snapshot_seconds=snapshot_seconds,
        memory_per_open_order=per_open_order,
        memory_per_ended_order=_memory_per_ended_order(from_events, per_open_order),
    )
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        _show(report)


def _start(store: Path) -> Start:
    return msgspec.json.decode(_run("bench_lib.recovering", str(store)), type=Start)


def _memory_per_open_order(start: Start) -> float:
    return start.memory_bytes / start.open_orders


def _memory_per_ended_order(start: Start, per_open_order: float) -> float:
    of_open = per_open_order * start.open_orders
    return (start.memory_bytes - of_open) / (start.orders - start.open_orders)


def _run(module: str, *arguments: str) -> bytes:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, timeout=_START_S, check=True).stdout


def _show_progress(events: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"{events} events written\r", err=True, nl=False)


def _show(report: RecoveryReport) -> None:
    for name, value in report.machine.items():
        click.echo(f"{name}: {value}")
    click.echo()
    starts = {"all events": report.from_events, "snapshot": report.from_snapshot}
    rows = [
        [
            name,
            f"{start.events:,}",
            f"{start.orders:,}",
            f"{start.open_orders:,}",
            f"{start.seconds:.2f}",
            f"{start.cpu_seconds:.2f}",
            f"{start.memory_bytes / 2**20:,.0f}",
        ]
        for name, start in starts.items()
    ]
    headers = ["start from", "events folded", "orders", "open", "seconds", "CPU s", "MiB"]
    align = ("left", *["right"] * (len(headers) - 1))
    click.echo(tabulate(rows, headers, colalign=align, disable_numparse=True))
    click.echo(
        f"\nMemory: {report.memory_per_open_order:,.0f} bytes an open order,"
        f" {report.memory_per_ended_order:,.0f} one that has ended and is still to be known."
        f"\nTaking the snapshot took {report.snapshot_seconds:.1f} s, beside the daemon."
    )
