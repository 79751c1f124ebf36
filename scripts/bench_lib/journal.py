"""``scripts/bench journal``: commits of the running router, and how many orders share one."""

import signal
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import click
import msgspec
from msgspec import Struct
from tabulate import tabulate

from bench_lib import machine
from bench_lib.crowd import VENUE, Crowd, client_name
from bench_lib.messages import SERVER
from bench_lib.processes import load
from oms_fix.simulator.rebalance import free_ports

_CLIENTS = (1, 10, 100)
_STOP_S = 30.0
_NS_PER_US = 1_000
_FILES = {
    "oms.yaml": "{{store: oms.db, control_socket: oms.sock, checks: checks.yaml,"
    " routing: routing.yaml, instruments: instruments.csv, accounts: accounts.yaml,"
    " clients: clients.cfg, venues: venues.cfg, base_currency: USD, durability: {durability}}}\n",
    "checks.yaml": "checks: [{{id: known, check: instrument_known}}]\n",
    "routing.yaml": "routes: [{{id: all, strategy: direct, venue: {venue}}}]\n",
    "instruments.csv": "symbol,asset_class,currency,price\nAAPL,equity,USD,150\n",
    "accounts.yaml": "accounts: [{{id: ACC-1, name: Fund, value: 1000000}}]\n",
    "venues.cfg": "[DEFAULT]\nConnectionType=initiator\nSenderCompID={router}\n"
    "BeginString=FIX.4.4\nHeartBtInt=30\nReconnectInterval=1\nSocketConnectHost=127.0.0.1\n"
    "SocketConnectPort={venue_port}\n[SESSION]\nTargetCompID={venue}\n",
    "clients.cfg": "[DEFAULT]\nConnectionType=acceptor\nSenderCompID={router}\n"
    "BeginString=FIX.4.4\nSocketAcceptHost=127.0.0.1\nSocketAcceptPort={client_port}\n"
    "{sessions}",
}


class Level(Struct):
    """What so many clients at once gave, each with one order under way.

    Attributes:
        clients: how many.
        orders_per_second: accepted, that is stored, released and read by the client.
        commits_per_second: transactions of the store.
        orders_per_commit: how many orders shared one.
        cpu_us: processor time of the router for an order.
        p50_us: from an order to its ExecutionReport(8); so ``p99_us``.
    """

    clients: int
    orders_per_second: float
    commits_per_second: float
    orders_per_commit: float
    cpu_us: float
    p50_us: float
    p99_us: float


class JournalReport(Struct):
    """All levels, and where they were measured."""

    settings: dict[str, str | int]
    machine: dict[str, str]
    levels: list[Level]


@click.command()
@click.option(
    "--seconds", type=click.IntRange(1, 600), default=5, show_default=True, help="For each level."
)
@click.option(
    "--durability",
    type=click.Choice(["full", "normal"]),
    default="full",
    show_default=True,
    help="As in oms.yaml.",
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def journal(seconds: int, durability: str, as_json: bool) -> None:
    """Commits per second and orders per commit with 1, 10 and 100 clients at once.

    The whole router as a process: sessions, checks, routing, store. Each client sends its next
    order when it has the answer to the last one; what comes while a commit is under way shares the
    next one. Takes about half a minute.

    \b
    Example:
      scripts/bench journal --seconds 5
    """
    settings: dict[str, str | int] = {"seconds": seconds, "durability": durability}
    where = machine.description()
    report = JournalReport(
        settings, where, [_measure(clients, seconds, durability) for clients in _CLIENTS]
    )
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        _show(report)


def _measure(clients: int, seconds: int, durability: str) -> Level:
    with tempfile.TemporaryDirectory(prefix="oms-fix-bench-", dir=machine.disk()) as name:
        folder = Path(name)
        client_port, venue_port = free_ports(2)
        _write_configuration(folder, clients, client_port, venue_port, durability)
        command = [sys.executable, "-m", "oms_fix", "run", "--config", str(folder / "oms.yaml")]
        with (folder / "log").open("wb") as log:
            router = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            written = load("bench_lib.crowd", router.pid, client_port, venue_port, clients, seconds)
        finally:
            router.send_signal(signal.SIGTERM)
            router.wait(_STOP_S)
        crowd = msgspec.json.decode(written, type=Crowd)
        return _level(clients, crowd, folder / "oms.db")


def _write_configuration(
    folder: Path, clients: int, client_port: int, venue_port: int, durability: str
) -> None:
    sessions = "".join(f"[SESSION]\nTargetCompID={client_name(n)}\n" for n in range(clients))
    for file, text in _FILES.items():
        filled = text.format(
            client_port=client_port,
            venue_port=venue_port,
            venue=VENUE,
            router=SERVER,
            sessions=sessions,
            durability=durability,
        )
        (folder / file).write_text(filled)


def _level(clients: int, crowd: Crowd, store: Path) -> Level:
    query = """select count(*), count(distinct batch_id) from commands
               where kind = 'NewOrderSingle' and at between ? and ?"""
    with closing(sqlite3.connect(store)) as database:
        orders, commits = database.execute(query, (crowd.began_at, crowd.ended_at)).fetchone()
    times = crowd.round_trips
    return Level(
        clients=clients,
        orders_per_second=len(times) / crowd.seconds,
        commits_per_second=commits / crowd.seconds,
        orders_per_commit=orders / commits,
        cpu_us=crowd.cpu_seconds / orders * 1e6,
        p50_us=times[len(times) // 2] / _NS_PER_US,
        p99_us=times[len(times) * 99 // 100] / _NS_PER_US,
    )


def _show(report: JournalReport) -> None:
    for name, value in report.machine.items():
        click.echo(f"{name}: {value}")
    click.echo(f"durability: {report.settings['durability']}\n")
    rows = [
        [
            level.clients,
            f"{level.orders_per_second:,.0f}",
            f"{level.commits_per_second:,.0f}",
            f"{level.orders_per_commit:.1f}",
            f"{level.cpu_us:,.0f}",
            f"{level.p50_us:,.0f}",
            f"{level.p99_us:,.0f}",
        ]
        for level in report.levels
    ]
    headers = [
        "clients",
        "orders/s",
        "commits/s",
        "orders/commit",
        "CPU us/order",
        "p50 us",
        "p99 us",
    ]
    click.echo(tabulate(rows, headers, colalign=["right"] * len(headers), disable_numparse=True))
