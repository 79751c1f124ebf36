"""``scripts/bench route``: orders a second through the whole router, beside a router on QuickFIX.

The clients have a bounded number of orders under way and send a new one for each that is filled, so
that what is measured is the most that the router sustains.
"""

from pathlib import Path

import click
import msgspec
from msgspec import Struct
from tabulate import tabulate

from bench_lib import machine
from bench_lib.figures import medians, times
from bench_lib.processes import memory_bytes
from bench_lib.router_folder import CHECKS
from bench_lib.routers import (
    FULL,
    NATIVE,
    PEER,
    QUICK,
    Done,
    Load,
    own_folder,
    routing,
    trade,
    write_book,
)

_MESSAGES = 6
_IDS = 10_000_000


class Round(Struct):
    """What one router did in one round; times of processors in microseconds an order.

    Attributes:
        per_second: orders that were filled.
        router_cpu_us: the router's.
        load_cpu_us: the clients' and the venues', which share the machine with it.
        acknowledged_p50_ms: from an order to its ExecutionReport(8) New, half took no longer.
        acknowledged_p99_ms: as above, 99 of 100.
        memory_mib: of the router before the first order.
    """

    per_second: float
    router_cpu_us: float
    load_cpu_us: float
    acknowledged_p50_ms: float
    acknowledged_p99_ms: float
    memory_mib: float


class RouteReport(Struct):
    """All rounds, and the medians over them.

    Attributes:
        settings: what was run.
        machine: where.
        rounds: by router.
        medians: by router; each figure is the median of its own.
        ratios: by another router, how many times its rate ours is, and how many times what ours
            takes it takes; one of the others may be ours with a full book.
    """

    settings: dict[str, int | str]
    machine: dict[str, str]
    rounds: dict[str, list[Round]]
    medians: dict[str, Round]
    ratios: dict[str, Round]


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
    "--window",
    type=click.IntRange(1, 10_000),
    default=200,
    show_default=True,
    help="Orders under way at any time, over all clients.",
)
@click.option("--clients", type=click.IntRange(1, 200), default=10, show_default=True)
@click.option(
    "--open-orders",
    type=click.IntRange(0, 1_000_000),
    default=0,
    show_default=True,
    help="Have ours trade with so many orders open in its book, too; a million takes five minutes.",
)
@click.option(
    "--durability",
    type=click.Choice(["full", "normal"]),
    default="full",
    show_default=True,
    help="As in oms.yaml.",
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def route(
    seconds: int,
    rounds: int,
    window: int,
    clients: int,
    open_orders: int,
    durability: str,
    as_json: bool,
) -> None:
    """Orders a second through the whole router, beside minimal ones on QuickFIX's binding.

    An order is six FIX messages through the router: it comes, goes to a venue, is acknowledged and
    filled there, and both come back. Ours validates, checks, routes by rules and stores all of it
    in SQLite; the others validate, have no checks, and write their files without a sync: one is
    written as users of the binding do it, one for speed. All take turns. It fails if any order is
    lost, or acknowledged or filled twice. Takes two minutes.

    \b
    Example:
      scripts/bench route --seconds 60 --rounds 5
    """
    load = Load(clients, instruments=100, accounts=20, seconds=seconds, window=window)
    where = machine.description()
    with own_folder() as book:
        measured = _measure(load, rounds, durability, _runs(book, open_orders))
    merged = {name: medians(done) for name, done in measured.items()}
    settings: dict[str, int | str] = {
        "rounds": rounds, "seconds": seconds, "clients": clients, "orders under way": window,
        "instruments": load.instruments, "accounts": load.accounts, "checks": CHECKS,
        "durability": durability, "open orders": open_orders,
    }  # fmt: skip
    ratios = {name: _ratios(merged[NATIVE], merged[name]) for name in merged if name != NATIVE}
    report = RouteReport(settings, where, measured, merged, ratios)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        _show(report)


def _runs(book: Path, open_orders: int) -> dict[str, Path | None]:
    """Return the routers, and where they find a store; that with a full book is written."""
    runs: dict[str, Path | None] = {NATIVE: None, PEER: None, QUICK: None}
    if open_orders:
        click.echo(f"a book of {open_orders:,} orders is written", err=True)
        write_book(book, open_orders)
        runs[FULL] = book
    return runs


def _measure(
    load: Load, rounds: int, durability: str, runs: dict[str, Path | None]
) -> dict[str, list[Round]]:
    measured: dict[str, list[Round]] = {kind: [] for kind in runs}
    for number in range(1, rounds + 1):
        for kind, folder in runs.items():
            result = _trade(kind, load, durability, folder, number)
            measured[kind].append(result)
            click.echo(
                f"round {number} of {rounds}: {kind:16} {result.per_second:8,.0f} orders a second,"
                f" {result.router_cpu_us:,.0f} us of processor an order,"
                f" {result.load_cpu_us:,.0f} us of clients and venues",
                err=True,
            )
    return measured


def _trade(kind: str, load: Load, durability: str, folder: Path | None, number: int) -> Round:
    with routing(kind, load, durability, folder) as router:
        memory = memory_bytes(router.pid)
        return _round(trade(router, load, number * _IDS), memory)


def _round(done: Done, memory: int) -> Round:
    seen = done.trade
    pairs = zip(seen.sent_at, seen.acknowledged_at, strict=True)
    acknowledged = times([at - sent for sent, at in pairs])
    return Round(
        per_second=seen.per_second,
        router_cpu_us=seen.router_cpu_us,
        load_cpu_us=seen.clients_cpu_us + done.venues_cpu_us,
        acknowledged_p50_ms=acknowledged.p50_ms,
        acknowledged_p99_ms=acknowledged.p99_ms,
        memory_mib=memory / 2**20,
    )


def _ratios(ours: Round, theirs: Round) -> Round:
    rate, *others = zip(*map(msgspec.structs.astuple, (ours, theirs)), strict=True)
    return Round(rate[0] / rate[1], *(their / our for our, their in others))


def _show(report: RouteReport) -> None:
    for name, value in report.machine.items():
        click.echo(f"{name}: {value}")
    click.echo(", ".join(f"{name} {value}" for name, value in report.settings.items()) + "\n")
    rows = [
        [
            name,
            f"{each.per_second:,.0f}",
            f"{each.router_cpu_us:,.0f}",
            f"{each.load_cpu_us:,.0f}",
            f"{each.acknowledged_p50_ms:,.1f}",
            f"{each.acknowledged_p99_ms:,.1f}",
            f"{each.memory_mib:,.0f}",
        ]
        for name, each in report.medians.items()
    ]
    for peer, ratios in report.ratios.items():
        figures = msgspec.structs.astuple(ratios)
        rows.append([f"ratio to {peer}", *(f"{ratio:.2f}" for ratio in figures)])
    headers = [
        "router",
        "orders/s",
        "CPU us/order",
        "load's CPU us",
        "ack p50 ms",
        "ack p99 ms",
        "MiB",
    ]
    align = ("left", *["right"] * (len(headers) - 1))
    click.echo(tabulate(rows, headers, colalign=align, disable_numparse=True))
    click.echo(
        f"\nMedians of {report.settings['rounds']} rounds, {_MESSAGES} messages an order; none was"
        " lost or doubled.\nRatio: how many times better oms-fix is."
    )
