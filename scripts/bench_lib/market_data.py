"""``scripts/bench market-data``: what a stream of book updates does to the orders beside it."""

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click
import msgspec
from msgspec import Struct
from tabulate import tabulate

from bench_lib import machine
from bench_lib.crowd import client_name
from bench_lib.flow import Flow
from bench_lib.market_data_figures import Level, Moment, Phase, books_written, levels
from bench_lib.processes import Child, child, cpu_seconds
from bench_lib.publisher import ROUTER, Said, market_data_name, symbol, venue_name
from oms_fix.marketdata.shared_books import BooksReader, beside
from oms_fix.simulator.rebalance import free_ports

_RATES = (0, 20_000, 200_000)
_VENUES = 2
_CLIENTS = 8
_SETTLE_S = 1.0
_PATIENCE_S = 30.0
_STOP_S = 30.0
_FILES = {
    "oms.yaml": "store: oms.db\ncontrol_socket: oms.sock\nchecks: checks.yaml\n"
    "routing: routing.yaml\nvenue_terms: venues.yaml\ninstruments: instruments.csv\n"
    "accounts: accounts.yaml\nclients: clients.cfg\nvenues: venues.cfg\n"
    "market_data: marketdata.cfg\nbase_currency: USD\ndurability: {durability}\n",
    "checks.yaml": "checks: [{{id: known, check: instrument_known}}]\n",
    "routing.yaml": "routes:\n  - {{id: all, strategy: sweep, venues: [{venues}],"
    " remainder: cancel}}\n",
    "venues.yaml": "venues:\n{terms}",
    "instruments.csv": "symbol,asset_class,currency,price\n{instruments}",
    "accounts.yaml": "accounts: [{{id: ACC-1, name: Fund, value: 1000000}}]\n",
    "venues.cfg": "[DEFAULT]\nConnectionType=initiator\nSenderCompID={router}\n"
    "BeginString=FIX.4.4\nHeartBtInt=30\nReconnectInterval=1\nSocketConnectHost=127.0.0.1\n"
    "{venue_sessions}",
    "marketdata.cfg": "[DEFAULT]\nConnectionType=initiator\nSenderCompID={router}\n"
    "BeginString=FIX.4.4\nHeartBtInt=5\nReconnectInterval=1\nSocketConnectHost=127.0.0.1\n"
    "{data_sessions}",
    "clients.cfg": "[DEFAULT]\nConnectionType=acceptor\nSenderCompID={router}\n"
    "BeginString=FIX.4.4\nSocketAcceptHost=127.0.0.1\nSocketAcceptPort={client_port}\n"
    "{client_sessions}",
}


class MarketDataReport(Struct):
    """All rates, and where they were measured."""

    settings: dict[str, str | int]
    machine: dict[str, str]
    levels: list[Level]


class _Run(Struct):
    """What is to be run: the options and the ports."""

    seconds: int
    rounds: int
    orders_per_second: int
    instruments: int
    client_port: int
    venue_ports: list[int]
    data_ports: list[int]

    @property
    def flow_seconds(self) -> int:
        """How long orders have to flow for all of it."""
        each = self.seconds + _SETTLE_S
        return int(self.rounds * len(_RATES) * each + 3 * _SETTLE_S + 1)


@click.command("market-data")
@click.option(
    "--seconds", type=click.IntRange(1, 10), default=5, show_default=True, help="For each rate."
)
@click.option(
    "--rounds", type=click.IntRange(1, 6), default=5, show_default=True, help="Of all rates."
)
@click.option(
    "--orders",
    "orders_per_second",
    type=click.IntRange(1, 10_000),
    default=1000,
    show_default=True,
    help="A second.",
)
@click.option(
    "--instruments", type=click.IntRange(5, 5000), default=1000, show_default=True, help="How many."
)
@click.option(
    "--durability",
    type=click.Choice(["full", "normal"]),
    default="full",
    show_default=True,
    help="As in oms.yaml.",
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def market_data(
    seconds: int,
    rounds: int,
    orders_per_second: int,
    instruments: int,
    durability: str,
    as_json: bool,
) -> None:
    """Order latency without book updates, with 20,000 and with 200,000 a second.

    The whole router as a process and its market data process beside it; two venues publish
    incremental messages of ten entries each. Orders are divided between both by what their books
    show. The rates take turns within one run, so that all of them meet the same machine. Takes
    about two minutes.

    The publishers stand for other machines and are as nice as can be (19, SCHED_BATCH, long turns),
    as the market data process is by itself; what they have sent is told.

    \b
    Example:
      scripts/bench market-data --seconds 5 --rounds 5
    """
    settings: dict[str, str | int] = {
        "seconds": seconds,
        "rounds": rounds,
        "orders_per_second": orders_per_second,
        "instruments": instruments,
        "durability": durability,
        "publishers": "nice 19, SCHED_BATCH, long turns",
    }
    where = machine.description()
    ports = free_ports(1 + 2 * _VENUES)
    run = _Run(
        seconds, rounds, orders_per_second, instruments,
        ports[0], ports[1 : 1 + _VENUES], ports[1 + _VENUES :],
    )  # fmt: skip
    report = MarketDataReport(settings, where, _measure(run, durability))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        _show(report)


def _measure(run: _Run, durability: str) -> list[Level]:
    with tempfile.TemporaryDirectory(prefix="oms-fix-bench-", dir=machine.disk()) as name:
        folder = Path(name).resolve()
        _write_configuration(folder, run, durability)
        with child("bench_lib.publisher", run.instruments, *run.data_ports) as venues:
            venues.line(_PATIENCE_S)
            command = [sys.executable, "-m", "oms_fix", "run", "--config", str(folder / "oms.yaml")]
            with (folder / "log").open("wb") as log:
                router = subprocess.Popen(command, stdout=log, stderr=log)
            try:
                phases, flow = _trade(folder, run, router.pid, venues)
            except click.ClickException as error:
                text = (folder / "log").read_text(errors="replace")[-2000:]
                raise click.ClickException(f"{error.message}\n{text}") from error
            finally:
                router.send_signal(signal.SIGTERM)
                router.wait(_STOP_S)
        return levels(phases, flow, folder / "oms.db")


def _trade(folder: Path, run: _Run, pid: int, venues: Child) -> tuple[list[Phase], Flow]:
    """Let orders flow, and updates at one rate after the other beside them."""
    reader = BooksReader(beside(folder / "oms.sock"), time.time_ns)
    arguments = (
        run.client_port, _CLIENTS, run.orders_per_second, run.flow_seconds, run.instruments,
        *run.venue_ports,
    )  # fmt: skip
    with child("bench_lib.flow", *arguments) as flow:
        flow.line(_PATIENCE_S)
        _await_books(reader, run.instruments)
        flow.say("go")
        time.sleep(_SETTLE_S)
        phases = [
            _phase(rate, run.seconds, partial(_moment, pid, reader, venues))
            for turn in range(run.rounds)
            # There and back, so that none always follows the same other one.
            for rate in (_RATES if turn % 2 == 0 else _RATES[::-1])
        ]
        venues.say("0")
        written = flow.line(run.flow_seconds + _PATIENCE_S)
    reader.close()
    return phases, msgspec.json.decode(written, type=Flow)


def _await_books(reader: BooksReader, instruments: int) -> None:
    """Wait until every book is there and can be relied on."""
    end = time.monotonic() + _PATIENCE_S
    names = [symbol(number) for number in range(instruments)]
    while time.monotonic() < end:
        if reader.is_alive():
            slots = [reader.slot(each, venue_name(n)) for each in names for n in range(_VENUES)]
            if all(slot is not None and not slot.book.out for slot in slots):
                return
        time.sleep(0.1)
    raise click.ClickException(f"no books after {_PATIENCE_S:.0f} s")


def _phase(rate: int, seconds: int, moment_at: Callable[[int], Moment]) -> Phase:
    click.echo(f"{rate:,} updates a second for {seconds} s", err=True)
    moment_at(rate)
    time.sleep(_SETTLE_S)
    began = moment_at(rate)
    time.sleep(seconds)
    return Phase(rate, began, moment_at(rate))


def _moment(pid: int, reader: BooksReader, venues: Child, rate: int) -> Moment:
    """Have the venues publish at a rate; return where things stand."""
    venues.say(str(rate))
    said = msgspec.json.decode(venues.line(_PATIENCE_S), type=Said)
    return Moment(time.time_ns(), said, books_written(reader), cpu_seconds(pid))


def _write_configuration(folder: Path, run: _Run, durability: str) -> None:
    names = [venue_name(number) for number in range(_VENUES)]
    filled = {
        "durability": durability,
        "router": ROUTER,
        "client_port": run.client_port,
        "venues": ", ".join(names),
        "terms": "".join(
            f"  - {{session: {name}, market_data: {market_data_name(name)}}}\n" for name in names
        ),
        "instruments": "".join(f"{symbol(n)},equity,USD,100\n" for n in range(run.instruments)),
        "venue_sessions": _sessions(names, run.venue_ports),
        "data_sessions": _sessions([market_data_name(name) for name in names], run.data_ports),
        "client_sessions": "".join(
            f"[SESSION]\nTargetCompID={client_name(number)}\n" for number in range(_CLIENTS)
        ),
    }
    for file, text in _FILES.items():
        (folder / file).write_text(text.format(**filled))


def _sessions(names: list[str], ports: list[int]) -> str:
    return "".join(
        f"[SESSION]\nTargetCompID={name}\nSocketConnectPort={port}\n"
        for name, port in zip(names, ports, strict=True)
    )


def _show(report: MarketDataReport) -> None:
    for name, value in report.machine.items():
        click.echo(f"{name}: {value}")
    settings = report.settings
    click.echo(
        f"{settings['orders_per_second']} orders a second, {settings['instruments']} instruments"
        f" at {_VENUES} venues, durability: {settings['durability']},"
        f" publishers: {settings['publishers']}\n"
    )
    rows = [
        [
            f"{level.rate:,}",
            f"{level.sent_per_second:,.0f}",
            f"{level.written_per_second:,.0f}",
            f"{level.orders:,}",
            f"{level.unanswered + level.rejected:,}",
            f"{level.p50_ms:,.1f}",
            f"{level.p99_ms:,.1f}",
            f"{level.p99_ratio:.2f}",
            f"{level.cpu_us:,.0f}",
            f"{level.see_market:,}",
            f"{level.out:,}",
            f"{level.age_p50_ms:,.0f}",
            f"{level.age_p99_ms:,.0f}",
        ]
        for level in report.levels
    ]
    headers = [
        "updates/s",
        "sent/s",
        "books written/s",
        "orders",
        "lost",
        "p50 ms",
        "p99 ms",
        "p99 ratio",
        "CPU us/order",
        "SeeMarket",
        "left out",
        "age p50 ms",
        "age p99 ms",
    ]
    click.echo(tabulate(rows, headers, colalign=["right"] * len(headers), disable_numparse=True))
