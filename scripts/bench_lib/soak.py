"""``scripts/bench soak``: whether a long day at a steady pace leaves the router as it was."""

import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec
from msgspec import Struct
from tabulate import tabulate

from bench_lib import machine
from bench_lib.figures import Times, times
from bench_lib.latency import Pauses, differences, pauses_of
from bench_lib.processes import memory_bytes, progress
from bench_lib.router_folder import CHECKS
from bench_lib.routers import NATIVE, Load, own_folder, routing, trade, write_book
from bench_lib.trading import Trade

_SAMPLE_S = 5.0
_S_PER_HOUR = 3600
_MIB = 2**20


class Sample(Struct):
    """How much memory the router and the clients have; ``seconds``: since the first sample."""

    seconds: float
    router_bytes: int
    clients_bytes: int


class Part(Struct):
    """One half of the time.

    Attributes:
        slope_mib_per_hour: by which the router's memory grows, by the line through all samples.
        bytes_per_order: by which it grows with each order; an order that has ended is known until
            the end of the next day, for duplicates and busts. What leaks makes it grow.
        acknowledged: from when an order was due until its acknowledgment was there.
    """

    slope_mib_per_hour: float
    bytes_per_order: float
    acknowledged: Times


class SoakReport(Struct):
    """What became of the router.

    Attributes:
        settings: what was run.
        machine: where.
        orders: that were answered and filled, each once.
        samples: of memory.
        halves: the first half of the time and the second.
        bytes_per_open_order: of the book that it began with; None without one.
        pauses: of the garbage collector.
    """

    settings: dict[str, int | str]
    machine: dict[str, str]
    orders: int
    samples: list[Sample]
    halves: tuple[Part, Part]
    bytes_per_open_order: float | None
    pauses: Pauses


@click.command()
@click.option(
    "--minutes", type=click.FloatRange(0.2, 1440), default=30, show_default=True, help="How long."
)
@click.option(
    "--orders",
    "per_second",
    type=click.IntRange(10, 10_000),
    default=500,
    show_default=True,
    help="A second.",
)
@click.option(
    "--open-orders",
    type=click.IntRange(0, 1_000_000),
    default=0,
    show_default=True,
    help="Begin with so many orders open in the book, and tell what each takes.",
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def soak(minutes: float, per_second: int, open_orders: int, as_json: bool) -> None:
    """Orders at a steady pace for long: memory of the router, and whether it answers as before.

    The whole router with durability full. Every order must be acknowledged and filled once. The two
    halves of the time should tell the same. The engine alone, with many sessions and broken
    connections, is what scripts/soak is for.

    \b
    Example:
      scripts/bench soak --minutes 30 --orders 500
    """
    seconds = minutes * 60
    load = Load(10, instruments=100, accounts=20, seconds=seconds, per_second=per_second)
    where = machine.description()
    settings: dict[str, int | str] = {
        "minutes": f"{minutes:g}", "orders a second": per_second, "checks": CHECKS,
        "open orders": open_orders, "durability": "full",
    }  # fmt: skip
    report = _soak(load, settings, where, open_orders)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        _show(report)


def _soak(
    load: Load, settings: dict[str, int | str], where: dict[str, str], open_orders: int
) -> SoakReport:
    with own_folder() as folder:
        per_open_order = _fill_book(load, folder, open_orders) if open_orders else None
        with routing(NATIVE, load, folder=folder) as router:
            samples: list[Sample] = []
            seen = trade(
                router, load, meanwhile=lambda clients: _sample(router.pid, clients, load, samples)
            ).trade
            pauses = pauses_of(router)
    middle = len(samples) // 2
    parts = _part(samples[:middle], seen, 0), _part(samples[middle:], seen, 1)
    return SoakReport(settings, where, seen.orders, samples, parts, per_open_order, pauses)


def _fill_book(load: Load, folder: Path, open_orders: int) -> float:
    """Write a store with open orders; return what each takes in the memory of a router."""
    with routing(NATIVE, load) as router:
        empty = memory_bytes(router.pid)
    write_book(folder, open_orders)
    with routing(NATIVE, load, folder=folder) as router:
        return (memory_bytes(router.pid) - empty) / open_orders


def _sample(router: int, clients: int, load: Load, samples: list[Sample]) -> None:
    """Look at the memory of both now and then, as long as orders are sent."""
    began = time.monotonic()
    step = min(_SAMPLE_S, load.seconds / 20)
    while (seconds := time.monotonic() - began) < load.seconds:
        samples.append(Sample(seconds, memory_bytes(router), memory_bytes(clients)))
        progress(f"{seconds:.0f} s: router {samples[-1].router_bytes / _MIB:,.0f} MiB")
        time.sleep(step)


def _part(samples: Sequence[Sample], seen: Trade, half: int) -> Part:
    per_second = slope([(each.seconds, each.router_bytes) for each in samples])
    middle = len(seen.due_at) // 2
    counted = slice(half * middle, (half + 1) * middle)
    return Part(
        slope_mib_per_hour=per_second * _S_PER_HOUR / _MIB,
        bytes_per_order=per_second / seen.per_second,
        acknowledged=times(differences(seen.due_at[counted], seen.acknowledged_at[counted])),
    )


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return by how much the line of least squares through these points rises."""
    return statistics.linear_regression(*zip(*points, strict=True)).slope


def _show(report: SoakReport) -> None:
    for name, value in report.machine.items():
        click.echo(f"{name}: {value}")
    click.echo(", ".join(f"{name} {value}" for name, value in report.settings.items()) + "\n")
    rows = [
        [
            name,
            f"{each.slope_mib_per_hour:,.1f}",
            f"{each.bytes_per_order:,.0f}",
            str(each.acknowledged),
        ]
        for name, each in zip(("first half", "second half"), report.halves, strict=True)
    ]
    headers = ["", "MiB an hour", "bytes an order", "order to ack ms"]
    align = ("left", *["right"] * (len(headers) - 1))
    click.echo(tabulate(rows, headers, colalign=align, disable_numparse=True))
    first, last = report.samples[0], report.samples[-1]
    click.echo(
        f"\n{report.orders:,} orders, none lost or doubled. Memory of the router"
        f" {first.router_bytes / _MIB:,.0f} to {last.router_bytes / _MIB:,.0f} MiB, of the clients"
        f" {first.clients_bytes / _MIB:,.0f} to {last.clients_bytes / _MIB:,.0f}. Pauses of garbage"
        f" collection: p99.9 {report.pauses.p999_ms:.3f} ms."
    )
    if report.bytes_per_open_order is not None:
        click.echo(f"An open order of the book takes {report.bytes_per_open_order:,.0f} bytes.")
