"""``scripts/bench engine``: the engine alone beside QuickFIX's Python binding, as echo servers."""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import click
import msgspec
from msgspec import Struct
from tabulate import tabulate

from bench_lib import machine
from bench_lib.load import Measurement
from bench_lib.processes import load, server

NATIVE, PEER = "oms-fix", "QuickFIX binding"
_SERVERS = {NATIVE: "bench_lib.native_echo", PEER: "bench_lib.quickfix_echo"}
_NS_PER_US = 1_000
_US_PER_S = 1_000_000


class Round(Struct):
    """What one server did in one round; times in microseconds.

    Attributes:
        per_second: orders echoed, many under way.
        cpu_us: the server's processor time for one of these; steadier than the rate where others
            use the machine, too.
        p50_us: round trip of one order at a time, half of them took no longer.
        p99_us: as above, 99 of 100.
        max_us: the longest.
    """

    per_second: float
    cpu_us: float
    p50_us: float
    p99_us: float
    max_us: float


class EngineReport(Struct):
    """All rounds, and the medians over them.

    Attributes:
        settings: what was run.
        machine: where.
        rounds: by server.
        medians: by server; each figure is the median of its own.
        ratios: how many times the peer's rate ours is; how many times our times are shorter.
    """

    settings: dict[str, int]
    machine: dict[str, str]
    rounds: dict[str, list[Round]]
    medians: dict[str, Round]
    ratios: Round


@click.command()
@click.option(
    "--rounds",
    type=click.IntRange(1, 50),
    default=5,
    show_default=True,
    help="Rounds of each server.",
)
@click.option(
    "--orders",
    type=click.IntRange(1_000, 200_000),
    default=20_000,
    show_default=True,
    help="Orders a round for the throughput.",
)
@click.option(
    "--window",
    type=click.IntRange(1, 1_000),
    default=200,
    show_default=True,
    help="Orders under way at any time.",
)
@click.option(
    "--pings",
    type=click.IntRange(100, 100_000),
    default=2_000,
    show_default=True,
    help="Orders a round sent one at a time.",
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def engine(rounds: int, orders: int, window: int, pings: int, as_json: bool) -> None:
    """Echo of NewOrderSingle(D): native engine beside QuickFIX's Python binding.

    Both validate by their FIX 4.4 dictionary and store what they send: ours in SQLite with
    durability normal, QuickFIX in its FileStore. They take turns, round by round; each figure is
    the median of the rounds. Takes about half a minute.

    \b
    Example:
      scripts/bench engine --rounds 5
    """
    settings = {"rounds": rounds, "orders": orders, "window": window, "pings": pings}
    where = machine.description()
    measured = _measure(rounds, orders, window, pings)
    medians = {name: _medians(done) for name, done in measured.items()}
    report = EngineReport(settings, where, measured, medians, _ratios(medians))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        _show(report)


def _measure(rounds: int, orders: int, window: int, pings: int) -> dict[str, list[Round]]:
    measured: dict[str, list[Round]] = {name: [] for name in _SERVERS}
    with tempfile.TemporaryDirectory(prefix="oms-fix-bench-") as folder, ExitStack() as running:
        servers = {
            name: running.enter_context(server(module, Path(folder) / module))
            for name, module in _SERVERS.items()
        }
        for number in range(1, rounds + 1):
            for name, each in servers.items():
                done = load("bench_lib.load", each.pid, each.port, orders, window, pings)
                result = _round(msgspec.json.decode(done, type=Measurement))
                measured[name].append(result)
                click.echo(
                    f"round {number} of {rounds}: {name:16} {result.per_second:8,.0f} a second, "
                    f"p50 {result.p50_us:,.0f} us",
                    err=True,
                )
    return measured


def _round(measurement: Measurement) -> Round:
    times = measurement.round_trips
    return Round(
        per_second=measurement.per_second,
        cpu_us=measurement.cpu_seconds * _US_PER_S,
        p50_us=times[len(times) // 2] / _NS_PER_US,
        p99_us=times[len(times) * 99 // 100] / _NS_PER_US,
        max_us=times[-1] / _NS_PER_US,
    )


def _medians(rounds: list[Round]) -> Round:
    return Round(
        *(median(each) for each in zip(*map(msgspec.structs.astuple, rounds), strict=True))
    )


def _ratios(medians: dict[str, Round]) -> Round:
    ours, theirs = medians[NATIVE], medians[PEER]
    return Round(
        per_second=ours.per_second / theirs.per_second,
        cpu_us=theirs.cpu_us / ours.cpu_us,
        p50_us=theirs.p50_us / ours.p50_us,
        p99_us=theirs.p99_us / ours.p99_us,
        max_us=theirs.max_us / ours.max_us,
    )


def _show(report: EngineReport) -> None:
    for name, value in report.machine.items():
        click.echo(f"{name}: {value}")
    click.echo()
    rows = [
        [name, f"{figures.per_second:,.0f}", *_times(figures)]
        for name, figures in report.medians.items()
    ]
    ratios = msgspec.structs.astuple(report.ratios)
    rows.append(["ratio", *(f"{ratio:.2f}" for ratio in ratios)])
    headers = ["echo", "orders/s", "CPU us/order", "p50 us", "p99 us", "max us"]
    align = ("left", *["right"] * (len(headers) - 1))
    click.echo(tabulate(rows, headers, colalign=align, disable_numparse=True))
    click.echo(
        f"\nMedians of {report.settings['rounds']} rounds; ratio: how many times better oms-fix is."
    )


def _times(figures: Round) -> list[str]:
    _, cpu, *round_trips = msgspec.structs.astuple(figures)
    return [f"{cpu:.1f}", *(f"{time:,.0f}" for time in round_trips)]
