"""``scripts/bench kill-switch``: how soon every cancel is out after a halt of the firm."""

import asyncio
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import click
import msgspec
import uvloop
from msgspec import Struct
from tabulate import tabulate

from bench_lib import machine
from bench_lib.messages import SERVER
from bench_lib.stopped_market import CLIENT, VENUES, Halt, StoppedMarket, symbol_of
from oms_fix.simulator.rebalance import free_ports

_STOP_S = 30.0
_VENUE = "[SESSION]\nTargetCompID={venue}\nSocketConnectPort={port}\n"
_INSTRUMENT = "{symbol},equity,USD,150\n"
_ROUTE = "  - {{id: to-{venue}, strategy: direct, venue: {venue}, when: {{Symbol: {symbol}}}}}\n"
_FILES = {
    "oms.yaml": "{{store: oms.db, control_socket: oms.sock, checks: checks.yaml,"
    " routing: routing.yaml, instruments: instruments.csv, accounts: accounts.yaml,"
    " clients: clients.cfg, venues: venues.cfg, base_currency: USD, durability: {durability}}}\n",
    "checks.yaml": "checks: [{{id: known, check: instrument_known}}]\n",
    "routing.yaml": "routes:\n{routes}",
    "instruments.csv": "symbol,asset_class,currency,price\n{instruments}",
    "accounts.yaml": "accounts: [{{id: ACC-1, name: Fund, value: 1000000}}]\n",
    "venues.cfg": "[DEFAULT]\nConnectionType=initiator\nSenderCompID={router}\n"
    "BeginString=FIX.4.4\nHeartBtInt=60\nReconnectInterval=1\nSocketConnectHost=127.0.0.1\n"
    "{venues}",
    "clients.cfg": "[DEFAULT]\nConnectionType=acceptor\nSenderCompID={router}\n"
    "BeginString=FIX.4.4\nSocketAcceptHost=127.0.0.1\nSocketAcceptPort={client_port}\n"
    "[SESSION]\nTargetCompID={client}\n",
}


class KillSwitchReport(Struct):
    """All rounds.

    Attributes:
        settings: what was asked for.
        machine: where.
        rounds: each with a router of its own.
    """

    settings: dict[str, str | int]
    machine: dict[str, str]
    rounds: list[Halt]


@click.command("kill-switch")
@click.option(
    "--orders",
    type=click.IntRange(100, 1_000_000),
    default=10_000,
    show_default=True,
    help="Open when it is halted, spread over five venues.",
)
@click.option("--rounds", type=click.IntRange(1, 50), default=3, show_default=True, help="Rounds.")
@click.option(
    "--durability",
    type=click.Choice(["full", "normal"]),
    default="full",
    show_default=True,
    help="As in oms.yaml.",
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def kill_switch(orders: int, rounds: int, durability: str, as_json: bool) -> None:
    """Halt the firm with many orders open: the time until the last cancel is at its venue.

    The whole router as a process, with five venues. An order that is sent once the operator has the
    answer must be rejected; so must one after kill -9 and a restart. Takes about half a minute.

    \b
    Example:
      scripts/bench kill-switch --orders 10000
    """
    settings: dict[str, str | int] = {"orders": orders, "durability": durability}
    where = machine.description()
    done = [_measure(orders, durability) for _ in range(rounds)]
    report = KillSwitchReport(settings, where, done)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        _show(report)


def _measure(orders: int, durability: str) -> Halt:
    with tempfile.TemporaryDirectory(prefix="oms-fix-bench-", dir=machine.disk()) as name:
        folder = Path(name)
        client_port, *venue_ports = free_ports(1 + len(VENUES))
        _write_configuration(folder, client_port, venue_ports, durability)
        market = StoppedMarket(folder / "oms.sock", client_port, venue_ports)
        routers: list[subprocess.Popen[bytes]] = []

        def start_again() -> None:
            for router in routers:
                router.kill()
                router.wait()
            routers.append(_start(folder))

        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                return runner.run(market.measure(orders, start_again))
        finally:
            routers[-1].send_signal(signal.SIGTERM)
            routers[-1].wait(_STOP_S)


def _start(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "oms_fix", "run", "--config", str(folder / "oms.yaml")]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)


def _write_configuration(
    folder: Path, client_port: int, venue_ports: list[int], durability: str
) -> None:
    venues = list(zip(VENUES, venue_ports, strict=True))
    filled = {
        "client": CLIENT,
        "client_port": client_port,
        "router": SERVER,
        "durability": durability,
        "venues": "".join(_VENUE.format(venue=venue, port=port) for venue, port in venues),
        "instruments": "".join(_INSTRUMENT.format(symbol=symbol_of(each)) for each in VENUES),
        "routes": "".join(_ROUTE.format(venue=each, symbol=symbol_of(each)) for each in VENUES),
    }
    for file, text in _FILES.items():
        (folder / file).write_text(text.format(**filled))


def _show(report: KillSwitchReport) -> None:
    for name, value in report.machine.items():
        click.echo(f"{name}: {value}")
    click.echo(f"durability: {report.settings['durability']}\n")
    rows = [
        [
            f"{each.cancels:,}",
            f"{each.first_cancel_seconds:.2f}",
            f"{each.last_cancel_seconds:.2f}",
            f"{each.answered_seconds:.2f}",
            each.next_order,
            f"{each.restart_seconds:.2f}",
            each.order_after_restart,
        ]
        for each in report.rounds
    ]
    headers = [
        "cancels",
        "first after s",
        "last after s",
        "operator told s",
        "next order",
        "restart s",
        "order after kill -9",
    ]
    click.echo(tabulate(rows, headers, colalign=["right"] * len(headers), disable_numparse=True))
