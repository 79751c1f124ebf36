import asyncio
import time
from decimal import Decimal

import pytest
from msgspec import ValidationError

from oms_fix.fix.codec import Framer, parse
from oms_fix.fix.codec import encode as to_wire
from oms_fix.fix.message import DATA_TAGS
from oms_fix.simulator.configuration import load_instruments, load_simulator
from oms_fix.simulator.rebalance import free_ports
from oms_fix.simulator.terms import BUY, NewOrder
from oms_fix.simulator.venue_messages import utc_timestamp
from oms_fix.simulator.venues import Venues, make_desks

SESSION = """\
[DEFAULT]
ConnectionType=initiator
BeginString=FIX.4.4
SenderCompID=ROUTER
SocketConnectHost=127.0.0.1
HeartBtInt=30
SocketConnectPort={port}
[SESSION]
TargetCompID={name}
"""
SIMULATOR = """\
instruments: instruments.csv
venue_sessions: venues.cfg
client_sessions: clients.cfg
market_data_sessions: marketdata.cfg
tick_ms: 5
venues:
  LIT: {kind: exchange, market_data: LIT-MD, liquidity: {levels: 2, replenish_ms: 20}}
"""


def folder_of(path, simulator=SIMULATOR):
    orders, data = free_ports(2)
    (path / "venues.cfg").write_text(SESSION.format(port=orders, name="LIT"))
    (path / "marketdata.cfg").write_text(SESSION.format(port=data, name="LIT-MD"))
    (path / "instruments.csv").write_text("symbol,asset_class,currency,price\nABC,equity,USD,100\n")
    (path / "simulator.yaml").write_text(simulator)
    return path, data


class Feed:
    """One end of a session, by hand."""

    def __init__(self, reader, writer):
        self._reader, self._writer = reader, writer
        self._framer, self._read, self._number = Framer(), [], 0

    def say(self, msg_type, *fields):
        self._number += 1
        header = [
            (49, b"ROUTER"),
            (56, b"LIT-MD"),
            (34, b"%d" % self._number),
            (52, utc_timestamp(time.time_ns())),
        ]
        self._writer.write(to_wire("FIX.4.4", msg_type, header, fields))

    async def hear(self):
        while not self._read:
            data = await asyncio.wait_for(self._reader.read(65_536), 10)
            assert data
            self._read += [parse(raw, DATA_TAGS) for raw in self._framer.feed(data)]
        return self._read.pop(0)


async def conversation(folder, port):
    """Log on, ask for the books, hear of a change, come back with new numbers."""
    venues = Venues(load_simulator(folder / "simulator.yaml"), folder, folder)
    stop = asyncio.Event()
    serving = asyncio.create_task(venues.run(stop))
    await asyncio.wait_for(venues.started.wait(), 10)
    heard = []
    for _ in range(2):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        feed = Feed(reader, writer)
        feed.say("A", (98, b"0"), (108, b"30"), (141, b"Y"))
        heard.append(await feed.hear())
        types = [(267, b"2"), (269, b"0"), (269, b"1")]
        scope = [(262, b"R1"), (263, b"1"), (264, b"5"), (265, b"1")]
        feed.say("V", *scope, *types, (146, b"1"), (55, b"ABC"))
        heard += [await feed.hear(), await feed.hear()]
        writer.close()
    stop.set()
    await serving
    return heard


def test_books_come_over_a_session_of_their_own(tmp_path):
    """Snapshot, then increments of the same request; after a new logon all of it anew."""
    folder, port = folder_of(tmp_path)

    heard = asyncio.run(conversation(folder, port))

    assert [message.msg_type for message in heard] == ["A", "W", "X"] * 2
    assert {message.text(262) for message in heard if message.msg_type != "A"} == {"R1"}
    assert [message.integer(34) for message in heard] == [1, 2, 3] * 2
    assert heard[1].text(55) == "ABC"
    assert heard[2].integer(83) == 1


def test_dark_pool_goes_by_the_mid_of_an_exchange(tmp_path):
    """mid_of names the exchange, wherever it stands among the venues; else the reference price."""
    folder, _ = folder_of(
        tmp_path,
        SIMULATOR.replace("venues:\n", "venues:\n  POOL: {kind: dark, mid_of: LIT}\n"
                          "  WORK: {kind: broker, algorithms: {'1': {duration_ms: 50}}}\n"),
    )  # fmt: skip
    config = load_simulator(folder / "simulator.yaml")
    desks = make_desks(config, load_instruments(folder / "instruments.csv"), "r")
    exchange, pool = desks["LIT"], desks["POOL"]

    exchange.handle(NewOrder("1", "ABC", BUY, Decimal(1_000_000), "2", Decimal(102)), 0)

    assert exchange.book("ABC").best_offer is None
    assert pool.price("ABC") == 100
    exchange.handle(NewOrder("2", "ABC", "2", Decimal(10), "2", Decimal(104)), 0)
    assert pool.price("ABC") == 103


@pytest.mark.parametrize(
    ("found", "instead", "message"),
    [
        (
            "market_data_sessions: marketdata.cfg\n",
            "",
            "`market_data` without `market_data_sessions` - at `$.venues.LIT`",
        ),
        (
            "venues:\n",
            "venues:\n  POOL: {kind: dark, mid_of: LITE}\n",
            "`mid_of` names no exchange: LITE - at `$.venues.POOL`",
        ),
        (
            "venues:\n",
            "venues:\n  TWO: {kind: exchange, market_data: LIT-MD}\n",
            "two venues share a `market_data` session - at `$.venues`",
        ),
    ],
)
def test_simulator_yaml_that_does_not_fit_together(tmp_path, found, instead, message):
    """It is refused with the key and the place."""
    folder, _ = folder_of(tmp_path, SIMULATOR.replace(found, instead))

    with pytest.raises(ValidationError) as caught:
        load_simulator(folder / "simulator.yaml")

    assert str(caught.value) == message
