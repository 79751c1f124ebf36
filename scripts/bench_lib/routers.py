"""Both routers, ours and the minimal one on QuickFIX's binding, under the same load."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import NamedTuple

import click
import msgspec
from msgspec import Struct

from bench_lib import machine
from bench_lib.history import write_history
from bench_lib.processes import Child, child, progress
from bench_lib.router_folder import Place, running, write_configuration
from bench_lib.trading import PATIENCE_S, Plan, Trade
from bench_lib.venues import Venues
from oms_fix.simulator.rebalance import free_ports

NATIVE, FULL = "oms-fix", "oms-fix, full book"
PEER, QUICK = "QuickFIX router", "QuickFIX, by text"
_PEERS = {PEER: "usual", QUICK: "quick"}
_VENUES = 2
_START_S = 600.0
_LOOK_S = 0.5


class Load(Struct, frozen=True):
    """What is to be traded; the rest of the ``Plan`` is known once the router runs.

    Attributes:
        clients: how many sessions.
        instruments: how many they trade.
        accounts: for how many.
        seconds: for how long.
        window: orders under way at any time; unless ``per_second``, how many are due, is given.
    """

    clients: int
    instruments: int
    accounts: int
    seconds: float
    window: int = 0
    per_second: int = 0


class Router(NamedTuple):
    """A router that runs, with its venues logged on; ``folder``: where its files are."""

    pid: int
    place: Place
    folder: Path
    venues: Child


class Done(NamedTuple):
    """What clients and venues saw; ``venues_cpu_us``: of these for an order, in microseconds."""

    trade: Trade
    venues: Venues
    venues_cpu_us: float


@contextmanager
def routing(
    kind: str, load: Load, durability: str = "full", folder: Path | None = None
) -> Iterator[Router]:
    """Run a router and its venues for as long as the block runs, in a folder of its own.

    Args:
        kind: ours or a peer.
        load: who will trade what.
        durability: of ours.
        folder: in which ours finds a store with a full book; without it the book is empty.
    """
    client_port, absent_port, *venue_ports = free_ports(2 + _VENUES)
    place = Place(
        client_port, venue_ports, load.clients, load.instruments, load.accounts,
        absent_port if folder is not None else None,
    )  # fmt: skip
    with nullcontext(folder) if folder is not None else own_folder() as work:
        if kind in _PEERS:
            (work / "place.json").write_bytes(msgspec.json.encode(place))
            command = ["bench_lib.quickfix_router", str(work), _PEERS[kind]]
        else:
            write_configuration(work, place, durability)
            command = ["oms_fix", "run", "--config", str(work / "oms.yaml")]
        are_noted = int(load.per_second > 0)
        with child("bench_lib.venues", are_noted, *venue_ports) as venues:
            venues.line(PATIENCE_S)
            with running(command, work) as router:
                _await(router, venues)
                yield Router(router.pid, place, work, venues)


@contextmanager
def own_folder() -> Iterator[Path]:
    """Have a folder on the disk of the project for as long as the block runs."""
    with tempfile.TemporaryDirectory(prefix="oms-fix-bench-", dir=machine.disk()) as name:
        yield Path(name).resolve()


def write_book(folder: Path, open_orders: int) -> None:
    """Write a store for a router in which so many orders are open, with a snapshot."""
    store = folder / "oms.db"
    write_history(store, 0, open_orders, lambda events: progress(f"{events:,} events written"))
    command = [sys.executable, "-m", "oms_fix", "snapshot", "--store", str(store)]
    subprocess.run(command, stdout=subprocess.DEVNULL, timeout=_START_S, check=True)


def _await(router: subprocess.Popen[bytes], venues: Child) -> None:
    """Wait until the router has logged on to its venues, or has given up."""
    end = time.monotonic() + _START_S
    while not venues.has_line(_LOOK_S):
        if router.poll() is not None or time.monotonic() > end:
            raise click.ClickException("the router did not start")
    venues.line(_LOOK_S)


def trade(
    router: Router,
    load: Load,
    first_id: int = 0,
    meanwhile: Callable[[int], None] | None = None,
) -> Done:
    """Trade through a router that runs.

    Args:
        router: which.
        load: what is to be traded.
        first_id: number in the first ClOrdID(11).
        meanwhile: what to do while clients trade; gets their process.

    Raises:
        click.ClickException: an order was lost or doubled.
    """
    plan = Plan(
        router.pid, router.place.client_port, load.clients, load.instruments, load.accounts,
        load.seconds, window=load.window, per_second=load.per_second, first_id=first_id,
    )  # fmt: skip
    with child("bench_lib.trading", msgspec.json.encode(plan).decode()) as clients:
        clients.line(PATIENCE_S)
        before = _seen(router.venues)
        clients.say("go")
        if meanwhile is not None:
            meanwhile(clients.pid)
        written = clients.line(plan.warm_up + plan.seconds + 3 * PATIENCE_S)
        after = _seen(router.venues)
    trade = msgspec.json.decode(written, type=Trade)
    venues_cpu = (after.cpu_seconds - before.cpu_seconds) / trade.orders
    return Done(trade, after, venues_cpu * 1e6)


def _seen(venues: Child) -> Venues:
    venues.say("tell")
    return msgspec.json.decode(venues.line(PATIENCE_S), type=Venues)
