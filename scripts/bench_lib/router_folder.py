"""The configuration of a router for benchmarks, and that router as a process."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from msgspec import Struct

from bench_lib import history
from bench_lib.crowd import client_name
from bench_lib.publisher import ROUTER, symbol, venue_name

_STOP_S = 60.0
CHECKS = 12
_FILES = {
    "oms.yaml": "store: oms.db\ncontrol_socket: oms.sock\nchecks: checks.yaml\n"
    "routing: routing.yaml\ninstruments: instruments.csv\naccounts: accounts.yaml\n"
    "clients: clients.cfg\nvenues: venues.cfg\nbase_currency: USD\ndurability: {durability}\n",
    "checks.yaml": """\
checks:
  - {{id: known-instrument, check: instrument_known}}
  - {{id: known-account, check: account_known}}
  - {{id: no-duplicates, check: duplicate_cl_ord_id}}
  - {{id: restricted, check: restricted_list, symbols: [{untraded}]}}
  - {{id: tradable, check: instrument_status}}
  - {{id: open-account, check: account_status}}
  - {{id: size, check: order_quantity, when: {{AssetClass: equity}}, quantity_max: 100_000_000}}
  - {{id: value, check: order_notional, notional_max: 10_000_000_000}}
  - {{id: collar, check: price_collar, when: {{AssetClass: equity}}, distance_max: 10}}
  - {{id: position, check: position_limit, quantity_max: 1_000_000_000_000}}
  - {{id: turnover, check: daily_turnover, notional_max: 1_000_000_000_000_000, per: firm}}
  - {{id: open-value, check: open_order_value, notional_max: 1_000_000_000_000_000}}
""",
    "routing.yaml": """\
routes:
  - {{id: asked-for, strategy: direct, when: {{ExDestination: VENUE1}}, venue: VENUE1}}
  - {{id: bonds, strategy: direct, when: {{AssetClass: corporate_bond}}, venue: VENUE0}}
  - id: london
    strategy: direct
    when: {{AssetClass: equity, Country: GB}}
    venue: VENUE1
  - id: small
    strategy: direct
    when: {{AssetClass: equity, Country: US, OrderQty: '<= 100000000'}}
    venue: VENUE0
""",
    "instruments.csv": "symbol,asset_class,currency,price,country\n{instruments}",
    "accounts.yaml": "accounts:\n{accounts}",
    "venues.cfg": "[DEFAULT]\nConnectionType=initiator\nSenderCompID={router}\n"
    "BeginString=FIX.4.4\nHeartBtInt=30\nReconnectInterval=1\nSocketConnectHost=127.0.0.1\n"
    "{venue_sessions}",
    "clients.cfg": "[DEFAULT]\nConnectionType=acceptor\nSenderCompID={router}\n"
    "BeginString=FIX.4.4\nSocketAcceptHost=127.0.0.1\nSocketAcceptPort={client_port}\n"
    "{client_sessions}",
}


class Place(Struct, frozen=True):
    """Who trades what, and where.

    Attributes:
        client_port: where the router listens for clients.
        venue_ports: of each venue.
        clients: how many sessions there are.
        instruments: how many; every other one is British and goes to the second venue.
        accounts: how many.
        absent_port: where nobody listens, for the venue of the orders that the book begins with;
            their clients are not there either. None if it begins empty.
    """

    client_port: int
    venue_ports: list[int]
    clients: int
    instruments: int
    accounts: int
    absent_port: int | None = None


def write_configuration(folder: Path, place: Place, durability: str) -> None:
    """Write the files of a router with ``CHECKS`` checks that all orders pass, and routes."""
    countries = ("US", "GB")
    filled = {
        "durability": durability,
        "router": ROUTER,
        "client_port": place.client_port,
        "instruments": "".join(
            f"{symbol(number)},equity,USD,100,{countries[number % 2]}\n"
            for number in range(place.instruments + 1)
        ),
        "untraded": symbol(place.instruments),
        "accounts": "".join(
            f"  - {{id: FUND{number}, name: Fund {number}, value: 1_000_000_000}}\n"
            for number in range(place.accounts)
        ),
        "venue_sessions": "".join(
            f"[SESSION]\nTargetCompID={name}\nSocketConnectPort={port}\n"
            for name, port in _venues(place).items()
        ),
        "client_sessions": "".join(f"[SESSION]\nTargetCompID={name}\n" for name in _clients(place)),
    }
    for file, text in _FILES.items():
        (folder / file).write_text(text.format(**filled))


def _venues(place: Place) -> dict[str, int]:
    names = [venue_name(number) for number in range(len(place.venue_ports))]
    ports = dict(zip(names, place.venue_ports, strict=True))
    return ports if place.absent_port is None else ports | {history.VENUE: place.absent_port}


def _clients(place: Place) -> list[str]:
    names = [client_name(number) for number in range(place.clients)]
    return names if place.absent_port is None else [*names, *history.CLIENTS]


@contextmanager
def running(command: list[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a router for as long as the block runs.

    Raises:
        click.ClickException: something in the block failed; with the end of the router's log.
    """
    with (folder / "log").open("wb") as log:
        router = subprocess.Popen(
            [sys.executable, "-m", *command], stdin=subprocess.PIPE, stdout=log, stderr=log
        )
    try:
        yield router
    except click.ClickException as error:
        text = (folder / "log").read_text(errors="replace")[-2000:]
        raise click.ClickException(f"{error.message}\n{text}") from error
    finally:
        router.send_signal(signal.SIGTERM)
        try:
            router.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            router.kill()
            router.wait()
