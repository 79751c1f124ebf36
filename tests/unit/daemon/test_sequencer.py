import asyncio
import gc
import threading
from decimal import Decimal
from unittest.mock import patch

import pytest
from msgspec import structs

from oms_fix.core.engine import UndecidedError
from oms_fix.core.orders.state import State
from oms_fix.daemon import silence
from oms_fix.daemon.sequencer import Sequencer
from oms_fix.daemon.sessions import Sessions
from oms_fix.fix.codec import encode, parse
from oms_fix.fix.link import Link
from oms_fix.fix.message import Message
from oms_fix.fix.overload_settings import OverloadSettings
from oms_fix.fix.session import SequenceNumbers, Session
from oms_fix.fix.settings import ConnectionType, SessionSettings
from oms_fix.fix.timestamps import format_timestamp
from oms_fix.journal.records import Counters, StoreError, StoreUnavailableError
from oms_fix.model.check_base import Action
from oms_fix.model.commands import (
    LoadReferenceData,
    LoadRules,
    OperateOrder,
    VenueMessageReject,
)
from oms_fix.model.enums import AssetClass, OrderOperation
from oms_fix.model.instruments import Instrument
from oms_fix.model.market_data import Level, SeeMarket, VenueBook
from oms_fix.model.order_checks import OrderQuantity
from oms_fix.model.routes import Direct
from oms_fix.model.rules import ReferenceData, Rules

NOW = 1_767_960_000_000_000_000


class Store:
    """A store in memory that commits when it is told to, or fails."""

    waits_for_disk = True
    has_log_to_finish = False
    checkpoint_is_due = False

    def __init__(self):
        self.batches = []
        self.tried = []
        self.fails = False
        self.error = StoreError("no such table")

    def counters(self):
        return Counters(0, 0, 0, 0)

    def sessions(self):
        return {}

    def commit(self, batch):
        self.tried.append(batch)
        if self.fails:
            raise self.error
        self.batches.append(batch)

    def sync(self):
        """Its disk has everything at once."""

    def sent(self, session, epoch, begin, end):
        return [
            (each.msg_seq_num, each.raw)
            for batch in self.batches
            for each in batch.messages
            if (each.session, each.epoch, each.direction) == (session, epoch, "out")
            and begin <= each.msg_seq_num <= end
        ]

    def sent_now(self, session, epoch, msg_seq_num):
        found = self.sent(session, epoch, msg_seq_num, msg_seq_num)
        return found[0][1] if found else None


@pytest.fixture(params=[True, False], ids=["waits", "at-once"], autouse=True)
def waits_for_disk(request, monkeypatch):
    """A store that waits for its disk, on the worker thread, and one that does not."""
    monkeypatch.setattr(Store, "waits_for_disk", request.param)


class Socket(asyncio.Transport):
    """What was written to it, message by message as ``35=D|11=...``; and whether it is closed."""

    def __init__(self):
        super().__init__()
        self.written = []
        self.closed = False
        self.paused = False

    def write(self, data):
        for raw in data.split(b"8=FIX")[1:]:
            message = parse(b"8=FIX" + raw, {})
            number = message.integer(34)
            self.written.append(f"{message.msg_type} {number} {message.text(11) or ''}".strip())

    def is_closing(self):
        return self.closed

    def close(self):
        self.closed = True

    def abort(self):
        self.closed = True

    def get_write_buffer_size(self):
        return 0

    def pause_reading(self):
        self.paused = True

    def resume_reading(self):
        self.paused = False


class House:
    """A sequencer with one client and one venue, both FIX 4.4, and the sockets they are on."""

    def __init__(self, market=None, **venue):
        self.now = NOW
        self.store = Store()
        self.failures = []
        self.sequencer = Sequencer(
            State(), self.store, lambda: self.now, self.failures.append, market
        )
        instrument = Instrument("ACME", AssetClass.EQUITY, "USD", Decimal(10))
        self.sequencer.execute(LoadReferenceData(ReferenceData("1", (instrument,)), "test"))
        rules = Rules("1", (), (Direct(id="all", venue="VENUE"),))
        self.sequencer.execute(LoadRules(rules, "test"))
        self.client = self.link("CLIENT", ConnectionType.ACCEPTOR)
        self.venue = self.link("VENUE", ConnectionType.INITIATOR, **venue)
        self.numbers = {"CLIENT": 0, "VENUE": 0}

    def link(self, name, role, numbers=SequenceNumbers(), **overload):  # noqa: B008 - frozen
        settings = SessionSettings(
            name=name,
            connection_type=role,
            begin_string="FIX.4.4",
            sender_comp_id="OMSFIX",
            target_comp_id=name,
            overload=OverloadSettings(**overload),
        )
        session = Session(settings, settings.load_dictionary(), numbers)
        link = Link(session, self.sequencer)
        self.sequencer.add(link)
        return link

    def raw(self, link, msg_type, *fields):
        """Return the next message of a counterparty."""
        self.numbers[link.name] += 1
        header = [
            (49, link.name.encode()),
            (56, b"OMSFIX"),
            (34, b"%d" % self.numbers[link.name]),
            (52, format_timestamp(self.now)),
        ]
        return encode("FIX.4.4", msg_type, header, fields)

    def order(self, cl_ord_id):
        stamp = format_timestamp(NOW)
        fields = [(11, cl_ord_id), (55, b"ACME"), (54, b"1"), (60, stamp), (38, b"5"), (40, b"1")]
        return self.raw(self.client, "D", *fields)

    async def log_on(self):
        """Both counterparties connect; returns the client's and the venue's socket."""
        sockets = []
        for link in (self.client, self.venue):
            sockets.append(Socket())
            link.attach(sockets[-1])
            link.received(self.raw(link, "A", (98, b"0"), (108, b"30")))
        await self.sequencer.committed()
        for socket in sockets:
            socket.written.clear()
        return sockets


def run(scenario, **venue):
    """Run a scenario with a house of its own; the venue's session has these overload settings."""

    async def main():
        house = House(**venue)
        try:
            await scenario(house)
        finally:
            await house.sequencer.close()

    asyncio.run(main())


def test_nothing_leaves_before_it_is_stored():
    """An order's acknowledgment and its child are written after the commit, not before."""

    async def scenario(house):
        client, venue = await house.log_on()
        house.client.received(house.order(b"X"))
        assert (client.written, venue.written) == ([], [])
        await house.sequencer.committed()
        order_id = house.sequencer.state.orders_by_cl_ord_id["CLIENT", "X"].order_id
        assert client.written == ["8 2 X"]
        assert venue.written == [f"D 2 {order_id}.1"]

    run(scenario)


def test_one_batch_holds_messages_commands_events_and_numbers():
    """What one order causes is stored in one transaction, each row linked to its cause."""

    async def scenario(house):
        await house.log_on()
        house.client.received(house.order(b"X"))
        await house.sequencer.committed()
        batch = house.store.batches[-1]
        kinds = [(each.session, each.direction, each.msg_type) for each in batch.messages]
        assert kinds == [("CLIENT", "in", "D"), ("CLIENT", "out", "8"), ("VENUE", "out", "D")]
        (command,) = batch.commands
        assert command.message_id == batch.messages[0].id
        told = {record.id: type(record.event).__name__ for record in batch.events}
        outbound = [told[each.event_id] for each in batch.messages[1:]]
        assert outbound == ["OrderReported", "ChildPlaced"]
        numbers = {name: (n.next_in, n.next_out) for name, n in batch.sessions.items()}
        assert numbers == {"CLIENT": (3, 3), "VENUE": (2, 3)}

    run(scenario)


def test_the_end_of_a_day_ends_its_batch():
    """What comes after it is stored after it, with the numbers of then, whatever is under way."""

    async def scenario(house):
        client, _ = await house.log_on()
        house.client.received(house.order(b"X"))
        house.sequencer.end_trading_day("2026-11-23")
        house.client.received(house.order(b"Y"))
        await house.sequencer.committed()
        *_, last, first = house.store.batches
        assert first.id == last.id + 1
        assert [type(each.command).__name__ for each in last.commands[-2:]] == [
            "NewOrderSingle",
            "EndTradingDay",
        ]
        assert [each.command.cl_ord_id for each in first.commands] == ["Y"]
        orders = house.sequencer.state.orders
        carried = [name for kind, name, _ in last.carried.rows if kind == "order"]
        assert (last.carried.day, carried) == ("2026-11-23", list(orders)[:1])
        assert [batch.sessions["CLIENT"].next_in for batch in (last, first)] == [3, 4]
        assert client.written == ["8 2 X", "8 3 Y"]

    run(scenario)


def test_what_the_end_of_a_day_tells_clients_is_stored_with_it():
    """Else a crash between two batches would leave what nobody tells its client any more."""

    async def scenario(house):
        client, _ = await house.log_on()
        large = OrderQuantity(id="large", quantity_max=Decimal(1), action=Action.HOLD)
        rules = Rules("2", (large,), (Direct(id="all", venue="VENUE"),))
        house.sequencer.execute(LoadRules(rules, "test"))
        house.client.received(house.order(b"X"))
        house.sequencer.end_trading_day("2026-11-23")
        await house.sequencer.committed()
        (last,) = [batch for batch in house.store.batches if batch.carried is not None]
        (rejected,) = [each for each in last.messages if b"REVIEW_CLOSED" in each.raw]
        assert last.carried.day == "2026-11-23"
        assert [type(each.event).__name__ for each in last.events][-2:] == [
            "OrderReported",
            "TradingDayEnded",
        ]
        assert last.sessions["CLIENT"].next_out == rejected.msg_seq_num + 1
        assert client.written == ["8 2 X", "8 3 X"]

    run(scenario)


def test_who_waits_behind_the_end_of_a_day_hears_of_a_failure():
    """Nothing of the batches that wait is released."""

    async def scenario(house):
        client, _ = await house.log_on()
        house.store.fails = True
        house.client.received(house.order(b"X"))
        house.sequencer.end_trading_day("2026-11-23")
        house.client.received(house.order(b"Y"))
        with pytest.raises(StoreError, match="no such table"):
            await house.sequencer.committed()
        assert client.written == []
        assert [str(each) for each in house.failures] == ["no such table"]

    run(scenario)


def test_what_arrives_during_a_commit_forms_the_next_batch():
    """Group commit: many orders share one transaction."""

    async def scenario(house):
        await house.log_on()
        before = len(house.store.batches)
        for number in range(50):
            house.client.received(house.order(b"X%d" % number))
        await house.sequencer.committed()
        assert len(house.store.batches) == before + 1
        assert len(house.store.batches[-1].commands) == 50

    run(scenario)


def where_commits_are_made(house):
    """Return a list that gets, at each commit from now on, whether it is on this thread."""
    threads, commit, here = [], house.store.commit, threading.current_thread()
    house.store.commit = lambda batch: (
        threads.append(threading.current_thread() is here),
        commit(batch),
    )
    return threads


@pytest.mark.parametrize(("orders", "is_here"), [(200, True), (201, False)])
def test_a_batch_that_is_not_large_is_written_without_another_thread(orders, is_here):
    """An order makes three messages here."""

    async def scenario(house):
        await house.log_on()
        threads = where_commits_are_made(house)
        for number in range(orders):
            house.client.received(house.order(b"X%d" % number))
        await house.sequencer.committed()
        assert len(house.store.batches[-1].messages) == 3 * orders
        assert threads == [is_here]

    run(scenario)


def test_a_batch_that_has_a_log_to_finish_goes_to_another_thread():
    """It copies what is left of the log, which may take a tenth of a second."""

    async def scenario(house):
        await house.log_on()
        threads = where_commits_are_made(house)
        house.store.has_log_to_finish = True
        house.client.received(house.order(b"X"))
        await house.sequencer.committed()
        assert threads == [False]

    run(scenario)


@pytest.mark.parametrize("waits_for_disk", [False], ids=["at-once"], indirect=True)
def test_in_an_outage_the_store_is_tried_on_another_thread():
    """A disk that is ill may take seconds to refuse: operators are to be heard meanwhile."""

    async def scenario(house):
        await house.log_on()
        threads = where_commits_are_made(house)
        await refuse(house)
        assert threads[0]
        assert not any(threads[1:])
        house.store.fails = False
        await house.sequencer.committed()
        threads.clear()
        house.client.received(house.order(b"Y"))
        await house.sequencer.committed()
        assert threads == [True]

    run(scenario)


@pytest.mark.parametrize("waits_for_disk", [False], ids=["at-once"], indirect=True)
def test_nothing_is_stored_beside_a_thread_that_reads_the_store():
    """A commit waits for its turn on the worker thread while a resend is read there."""

    async def scenario(house):
        client, _ = await house.log_on()
        house.client.received(house.order(b"X"))
        await house.sequencer.committed()
        reading, may_go_on, done = threading.Event(), threading.Event(), []
        sent, commit = house.store.sent, house.store.commit

        def read(*arguments):
            reading.set()
            may_go_on.wait(10)
            done.append("read")
            return sent(*arguments)

        house.store.sent = read
        house.store.commit = lambda batch: (done.append("commit"), commit(batch))
        house.client.received(house.raw(house.client, "2", (7, b"1"), (16, b"0")))
        await until(reading.is_set)
        done.clear()
        house.client.received(house.order(b"Y"))
        await asyncio.sleep(0.01)
        assert done == []
        may_go_on.set()
        await house.sequencer.committed()
        assert done[:2] == ["read", "commit"]
        assert client.written[-1] == "8 3 Y"

    run(scenario)


def test_messages_leave_in_the_order_of_their_numbers():
    """The answer to a TestRequest and reports of orders in one read keep their numbers' order."""

    async def scenario(house):
        client, _ = await house.log_on()
        data = house.order(b"X") + house.raw(house.client, "1", (112, b"T")) + house.order(b"Y")
        house.client.received(data)
        await house.sequencer.committed()
        assert sorted(client.written, key=lambda line: int(line.split()[1])) == client.written
        assert len(client.written) == 3

    run(scenario)


def test_a_failed_commit_stops_the_flow():
    """Nothing of the batch is released, connections are closed, later messages are not taken."""

    async def scenario(house):
        client, venue = await house.log_on()
        house.store.fails = True
        house.client.received(house.order(b"X"))
        with pytest.raises(StoreError, match="no such table"):
            await house.sequencer.committed()
        house.client.received(house.order(b"Y"))
        with pytest.raises(StoreError, match="no such table"):
            await house.sequencer.committed()
        assert (client.written, venue.written) == ([], [])
        assert (client.closed, venue.closed) == (True, True)
        assert [str(error) for error in house.failures] == ["no such table"]

    run(scenario)


async def until(is_so):
    """Wait until something is so, for some seconds at most."""
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110 - what it waits for happens on another thread
            await asyncio.sleep(0.01)


async def refuse(house):
    """Have the disk refuse a commit, that of order X; wait for the second attempt."""
    house.store.error = StoreUnavailableError("disk full")
    house.store.fails = True
    house.client.received(house.order(b"X"))
    before = len(house.store.tried)
    await until(lambda: len(house.store.tried) >= before + 2)


def test_a_batch_that_the_disk_refuses_is_stored_later():
    """The same batch is tried again; nothing of it leaves before, all of it after, in order."""

    async def scenario(house):
        client, venue = await house.log_on()
        await refuse(house)
        assert house.sequencer.outage.error == "disk full"
        assert (client.written, venue.written) == ([], [])
        assert house.store.tried[-1] is house.store.tried[-2]
        house.store.fails = False
        await house.sequencer.committed()
        order_id = house.sequencer.state.orders_by_cl_ord_id["CLIENT", "X"].order_id
        assert (client.written, venue.written) == (["8 2 X"], [f"D 2 {order_id}.1"])
        assert (house.sequencer.outage, house.failures) == (None, [])

    run(scenario)


def test_sessions_rest_while_the_disk_refuses():
    """No socket is read and no time passes for them: nobody is cut off, nothing is said."""

    async def scenario(house):
        client, venue = await house.log_on()
        await refuse(house)
        house.now += 3600 * 1_000_000_000
        house.client.tick()
        house.venue.tick()
        assert (client.paused, venue.paused) == (True, True)
        assert not house.venue.is_open
        house.store.fails = False
        await house.sequencer.committed()
        house.client.tick()
        await house.sequencer.committed()
        assert (client.paused, venue.paused) == (False, False)
        assert (client.closed, venue.closed) == (False, False)
        assert client.written == ["8 2 X", "0 3"]

    run(scenario)


def test_a_connection_lost_meanwhile_is_told_afterwards():
    """The session, and the core, hear of it when it can be stored."""

    async def scenario(house):
        await house.log_on()
        await refuse(house)
        house.client.detach()
        assert house.client.session.logged_on
        house.store.fails = False
        await house.sequencer.committed()
        await house.sequencer.committed()
        assert not house.client.session.logged_on
        assert "CLIENT" not in house.sequencer.state.sessions_logged_on

    run(scenario)


def test_a_session_that_is_changed_meanwhile_hears_of_its_lost_connection_first():
    """What that means for its numbers holds for the session that takes its place."""

    async def scenario(house):
        await house.log_on()
        settings = structs.replace(
            house.client.session.settings, name="C", target_comp_id="C", reset_on_disconnect=True
        )
        sessions = Sessions(house.sequencer, [settings])
        link = sessions.link("C")
        house.numbers["C"] = 0
        link.attach(Socket())
        link.received(house.raw(link, "A", (98, b"0"), (108, b"30")))
        await house.sequencer.committed()
        await refuse(house)
        change = asyncio.create_task(sessions.change(structs.replace(settings, heart_bt_int=9)))
        await asyncio.sleep(0)
        link.detach()
        await asyncio.sleep(0.01)
        house.store.fails = False
        await change
        await house.sequencer.committed()
        session = sessions.link("C").session
        assert session.settings.heart_bt_int == 9
        assert (session.next_in, session.next_out) == (1, 1)

    run(scenario)


def test_no_venue_is_asked_again_while_nothing_can_be_stored():
    """It is not read, so that its silence is ours; it is asked again afterwards."""

    async def scenario(house):
        await house.log_on()
        house.client.received(house.order(b"A"))
        await house.sequencer.committed()
        house.venue.detach()
        house.venue.attach(Socket())
        house.venue.received(house.raw(house.venue, "A", (98, b"0"), (108, b"30")))
        await house.sequencer.committed()
        assert "VENUE" in house.sequencer.state.reconciliations
        await refuse(house)
        told = house.sequencer.last_event_id
        await asyncio.sleep(0.1)
        assert house.sequencer.last_event_id == told
        house.store.fails = False
        await until(lambda: house.sequencer.last_event_id > told)

    with (
        patch.object(silence, "_LOOK_SECONDS", 0.01),
        patch.object(Sequencer, "_status_timeout", lambda *_: 0),
    ):
        run(scenario)


def test_a_stop_does_not_wait_for_the_disk():
    """What the disk refuses is not released; the daemon ends with that error."""

    async def scenario(house):
        client, _ = await house.log_on()
        await refuse(house)
        await house.sequencer.close()
        assert client.written == []
        assert [str(error) for error in house.failures] == ["disk full"]

    run(scenario)


def test_a_stop_that_cannot_store_the_last_release_says_so_once():
    """The error ends the daemon; no future is left with it for the event loop to complain of."""

    async def scenario(house):
        complaints = []
        asyncio.get_running_loop().set_exception_handler(lambda _, told: complaints.append(told))
        await house.log_on()
        house.client.received(house.order(b"X"))
        await house.sequencer.committed()
        house.store.error = StoreUnavailableError("disk full")
        house.store.fails = True
        await house.sequencer.close()
        gc.collect()
        assert [str(error) for error in house.failures] == ["disk full"]
        assert complaints == []

    run(scenario)


@pytest.mark.parametrize("waits_for_disk", [True], ids=["waits"], indirect=True)
def test_nothing_leaves_before_the_disk_has_it():
    """It is waited for on another thread, and the sessions go on meanwhile."""

    async def scenario(house):
        client, _ = await house.log_on()
        done = threading.Event()
        house.store.sync = lambda: done.wait(10)
        house.client.received(house.order(b"X"))
        await asyncio.sleep(0.05)
        stored = len(house.store.batches)
        house.client.received(house.order(b"Y"))
        await asyncio.sleep(0.05)
        assert (client.written, len(house.store.batches)) == ([], stored)
        done.set()
        await house.sequencer.committed()
        assert client.written == ["8 2 X", "8 3 Y"]

    run(scenario)


@pytest.mark.parametrize("waits_for_disk", [True], ids=["waits"], indirect=True)
def test_what_the_disk_may_not_have_is_stored_again():
    """A sync that fails is an outage; the same batch is committed again, and leaves then."""

    async def scenario(house):
        client, _ = await house.log_on()
        attempts = []

        def fail_once():
            attempts.append(1)
            if len(attempts) == 1:
                raise StoreUnavailableError("disk i/o error")

        house.store.sync = fail_once
        house.client.received(house.order(b"X"))
        await house.sequencer.committed()
        assert house.store.tried[-1] is house.store.tried[-2]
        assert client.written == ["8 2 X"]

    run(scenario)


@pytest.mark.parametrize("waits_for_disk", [True], ids=["waits"], indirect=True)
def test_a_commit_that_hangs_is_an_outage():
    """The disk does not answer at all: the sessions rest until it does."""

    async def scenario(house):
        client, _ = await house.log_on()
        answered = threading.Event()
        house.store.sync = lambda: answered.wait(10)
        house.client.received(house.order(b"X"))
        await asyncio.sleep(0.05)
        loop = asyncio.get_running_loop()
        house.sequencer.check_store()
        assert house.sequencer.outage is None
        later = loop.time() + 6
        with patch.object(loop, "time", lambda: later):
            house.sequencer.check_store()
        assert house.sequencer.outage.error == "a commit takes more than 5 s"
        assert client.paused
        answered.set()
        await house.sequencer.committed()
        assert (house.sequencer.outage, client.paused) == (None, False)
        assert client.written == ["8 2 X"]

    run(scenario)


def test_bytes_for_a_lost_connection_do_not_reach_the_next_one():
    """A report stored while its connection was lost waits for a resend; the next begins anew."""

    async def scenario(house):
        first, _ = await house.log_on()
        house.client.received(house.order(b"X"))
        house.client.detach()
        second = Socket()
        house.client.attach(second)
        await house.sequencer.committed()
        assert (first.written, second.written) == ([], [])

    run(scenario)


def test_what_waits_is_sent_anew_after_a_reset():
    """A report for a client that is away survives a reset of the numbers, sent once."""

    async def scenario(house):
        await house.log_on()
        house.client.detach()
        house.client.send(Message("8", [(11, b"X")]))
        await house.sequencer.committed()
        house.numbers["CLIENT"] = 0
        client = Socket()
        house.client.attach(client)
        house.client.received(house.raw(house.client, "A", (98, b"0"), (108, b"30"), (141, b"Y")))
        await house.sequencer.committed()
        assert client.written == ["A 1", "8 2 X"]

    run(scenario)


def test_missed_messages_are_resent_from_the_store():
    """A ResendRequest is answered out of what was committed."""

    async def scenario(house):
        client, _ = await house.log_on()
        house.client.received(house.order(b"X"))
        await house.sequencer.committed()
        client.written.clear()
        house.client.received(house.raw(house.client, "2", (7, b"1"), (16, b"0")))
        await house.sequencer.committed()
        await asyncio.sleep(0.05)
        await house.sequencer.committed()
        assert client.written == ["4 1", "8 2 X"]

    run(scenario)


def test_a_message_that_cannot_be_an_order_is_refused_alone():
    """Unsupported message types are answered; the session goes on."""

    async def scenario(house):
        client, _ = await house.log_on()
        news = [(148, b"headline"), (33, b"1"), (58, b"line")]
        house.client.received(house.raw(house.client, "B", *news) + house.order(b"X"))
        await house.sequencer.committed()
        assert client.written == ["j 2", "8 3 X"]

    run(scenario)


def test_a_venues_reject_names_the_order_it_refuses():
    """A Reject(3) is traced back by its RefSeqNum(45) to the child that was sent under it."""

    async def scenario(house):
        client, _ = await house.log_on()
        house.client.received(house.order(b"X"))
        await house.sequencer.committed()
        client.written.clear()
        house.venue.received(house.raw(house.venue, "3", (45, b"2"), (58, b"bad tag")))
        await house.sequencer.committed()
        order = house.sequencer.state.orders_by_cl_ord_id["CLIENT", "X"]
        assert order.status.name == "REJECTED"
        assert client.written == ["8 3 X"]

    run(scenario)


def test_passwords_are_not_stored():
    """Password(554) of a Logon is masked in the store."""

    async def scenario(house):
        house.client.attach(Socket())
        logon = [(98, b"0"), (108, b"30"), (553, b"me"), (554, b"secret")]
        house.client.received(house.raw(house.client, "A", *logon))
        await house.sequencer.committed()
        stored = b"".join(each.raw for batch in house.store.batches for each in batch.messages)
        assert b"554=***" in stored
        assert b"secret" not in stored

    run(scenario)


def test_an_error_of_ours_stops_the_flow():
    """When the core fails nothing of the batch is stored or released: the store stays the truth."""

    async def scenario(house):
        client, _ = await house.log_on()
        before = len(house.store.batches)
        del house.sequencer.state.orders_by_cl_ord_id
        with pytest.raises(AttributeError):
            house.client.received(house.order(b"X"))
        await asyncio.sleep(0.01)
        assert (client.written, client.closed) == ([], True)
        assert len(house.store.batches) == before
        assert len(house.failures) == 1

    run(scenario)


def test_who_waits_for_a_failing_commit_hears_of_it():
    """Everyone who waits for a batch is told, the waiters of the commit under way included."""

    async def scenario(house):
        await house.log_on()
        house.store.fails = True
        house.client.received(house.order(b"X"))
        waits = [asyncio.create_task(house.sequencer.committed()) for _ in range(2)]
        done = await asyncio.gather(*waits, return_exceptions=True)
        assert [str(error) for error in done] == ["no such table", "no such table"]

    run(scenario)


def test_a_message_the_core_cannot_decide_on_is_refused_alone(monkeypatch):
    """An error of ours before anything is decided costs that message, not the daemon."""

    async def scenario(house):
        client, _ = await house.log_on()
        monkeypatch.delattr("oms_fix.core.from_clients.OrderCaptured")
        house.client.received(house.order(b"X"))
        await house.sequencer.committed()
        assert client.written == ["j 2"]
        assert not client.closed
        assert house.failures == []

    run(scenario)


def test_an_operators_command_that_the_core_cannot_decide_on_is_refused_alone(monkeypatch):
    """Who gave it hears why; it is on record, without events, and the daemon goes on."""

    async def scenario(house):
        client, _ = await house.log_on()
        command = OperateOrder("NOWHERE", OrderOperation.CANCEL, "bob", "phoned")
        with monkeypatch.context() as broken:
            broken.delattr("oms_fix.core.from_operators.OrderOperated")
            with pytest.raises(UndecidedError, match="OperateOrder: NameError"):
                await house.sequencer.intervene(command)
        batch = house.store.batches[-1]
        assert ([each.command for each in batch.commands], batch.events) == ([command], [])
        (refused,) = await house.sequencer.intervene(command)
        assert refused.refused.startswith("UNKNOWN_ORDER")
        house.client.received(house.order(b"X"))
        await house.sequencer.committed()
        assert client.written == ["8 2 X"]
        assert house.failures == []

    run(scenario)


def test_a_request_that_cannot_be_read_is_refused_with_the_orders_status():
    """OrderCancelReject(9) has OrderID(37) and OrdStatus(39) of the live order that it names."""

    async def scenario(house):
        await house.log_on()
        house.client.received(house.order(b"X"))
        stamp = format_timestamp(NOW)
        fields = [(41, b"X"), (11, b"Y"), (55, b"ACME"), (54, b"1"), (60, stamp), (38, b"5")]
        house.client.received(house.raw(house.client, "G", *fields, (40, b"I")))
        await house.sequencer.committed()
        reject = parse(house.store.batches[-1].messages[-1].raw, {})
        order = house.sequencer.state.orders_by_cl_ord_id["CLIENT", "X"]
        assert (reject.msg_type, reject.text(37)) == ("9", order.order_id)
        assert (reject.text(39), reject.text(11)) == ("0", "Y")

    run(scenario)


def test_an_order_that_cannot_be_read_under_a_used_id_is_a_duplicate():
    """The refusal has the status of the order that has the ClOrdID(11); that order stays."""

    async def scenario(house):
        await house.log_on()
        house.client.received(house.order(b"X"))
        stamp = format_timestamp(NOW)
        fields = [(11, b"X"), (55, b"ACME"), (54, b"1"), (60, stamp), (38, b"5")]
        house.client.received(house.raw(house.client, "D", *fields, (40, b"I")))
        await house.sequencer.committed()
        report = parse(house.store.batches[-1].messages[-1].raw, {})
        assert (report.text(150), report.text(39), report.text(103)) == ("8", "0", "6")

    run(scenario)


@pytest.mark.parametrize("number", [b"9" * 20, b"9" * 5000])
def test_a_reject_of_an_absurd_number_harms_nothing(number):
    """RefSeqNum(45) of any length is noted and the session goes on."""

    async def scenario(house):
        client, _ = await house.log_on()
        house.venue.received(house.raw(house.venue, "3", (45, number)))
        house.client.received(house.order(b"X"))
        await house.sequencer.committed()
        assert client.written == ["8 2 X"]
        assert house.failures == []

    run(scenario)


async def lose_order_to_venue(house, *, seconds, meanwhile=None):
    """Send an order to the venue that it does not get; connect it anew after so many seconds.

    ``meanwhile`` is what an operator does to the order, if anything.

    It asks for what it has not got; returns the client's socket and the venue's new one.
    """
    client, _ = await house.log_on()
    house.client.received(house.order(b"X"))
    await house.sequencer.committed()
    house.venue.detach()
    house.now += seconds * 1_000_000_000
    if meanwhile is not None:
        order = house.sequencer.state.orders_by_cl_ord_id["CLIENT", "X"]
        house.sequencer.execute(OperateOrder(order.order_id, meanwhile, "bob", "venue is down"))
        await house.sequencer.committed()
    client.written.clear()
    venue = Socket()
    house.venue.attach(venue)
    logon = house.raw(house.venue, "A", (98, b"0"), (108, b"30"))
    house.venue.received(logon + house.raw(house.venue, "2", (7, b"2"), (16, b"0")))
    async with asyncio.timeout(20):
        while len(venue.written) < 2:
            await house.sequencer.committed()
            await asyncio.sleep(0.001)
    await house.sequencer.committed()
    return client, venue


def test_an_order_too_old_to_be_sent_again_goes_back():
    """The venue gets a gap fill; the core takes the child as refused, and so hears the client."""

    async def scenario(house):
        client, venue = await lose_order_to_venue(house, seconds=61)
        order = house.sequencer.state.orders_by_cl_ord_id["CLIENT", "X"]
        assert venue.written == ["A 3", "4 2", f"H 4 {order.order_id}.1"]
        (reject,) = [
            record.command
            for batch in house.store.batches
            for record in batch.commands
            if isinstance(record.command, VenueMessageReject)
        ]
        assert reject == VenueMessageReject(
            session="VENUE",
            ref_seq_num=2,
            ref_msg_type="D",
            cl_ord_id=f"{order.order_id}.1",
            text="not sent: older than 60 s",
        )
        assert (order.status.name, client.written) == ("REJECTED", ["8 3 X"])

    run(scenario, max_order_age_seconds=60)


def test_an_order_that_an_operator_has_closed_is_not_sent_again():
    """The venue that has never got it gets a gap fill, the cancel, and is asked about it."""

    async def scenario(house):
        done = OrderOperation.FORCE_DONE
        client, venue = await lose_order_to_venue(house, seconds=1, meanwhile=done)
        order = house.sequencer.state.orders_by_cl_ord_id["CLIENT", "X"]
        assert venue.written == [
            "A 4",
            "4 2",
            f"F 3 {order.order_id}.2",
            "4 4",
            f"H 5 {order.order_id}.1",
        ]
        assert (order.status.name, client.written) == ("DONE_FOR_DAY", [])

    run(scenario)


def test_an_order_that_an_operator_has_closed_is_not_sent_anew_after_a_reset():
    """Only the cancel is, which does no harm."""

    async def scenario(house):
        await house.log_on()
        house.client.received(house.order(b"X"))
        await house.sequencer.committed()
        order = house.sequencer.state.orders_by_cl_ord_id["CLIENT", "X"]
        house.venue.detach()
        cl_ord_id = f"{order.order_id}.1".encode()
        house.venue.send(Message("D", [(11, cl_ord_id), (60, format_timestamp(NOW))]))
        done = OrderOperation.FORCE_DONE
        house.sequencer.execute(OperateOrder(order.order_id, done, "bob", "venue is down"))
        await house.sequencer.committed()
        house.venue.reset()
        await house.sequencer.committed()
        assert [each.msg_type for each in house.store.batches[-1].messages] == ["F"]

    run(scenario)


def test_an_order_within_its_age_is_sent_again():
    """It still works for the client."""

    async def scenario(house):
        client, venue = await lose_order_to_venue(house, seconds=60)
        order = house.sequencer.state.orders_by_cl_ord_id["CLIENT", "X"]
        assert venue.written[:2] == ["A 3", f"D 2 {order.order_id}.1"]
        assert (order.status.name, client.written) == ("NEW", [])

    run(scenario, max_order_age_seconds=60)


def test_an_order_too_old_to_be_sent_anew_after_a_reset_goes_back():
    """What was never written waits for new numbers no longer than for old ones."""

    async def scenario(house):
        await house.log_on()
        house.venue.detach()
        stamp = format_timestamp(NOW)
        fields = [(11, b"Z"), (55, b"ACME"), (54, b"1"), (60, stamp), (38, b"5"), (40, b"1")]
        house.venue.send(Message("D", fields))
        house.venue.send(Message("F", fields))
        await house.sequencer.committed()
        house.now += 61_000_000_000
        house.venue.reset()
        await house.sequencer.committed()
        sent = [each.msg_type for each in house.store.batches[-1].messages]
        texts = [each.command.text for each in house.store.batches[-1].commands]
        assert (sent, texts) == (["F"], ["not sent: older than 60 s"])

    run(scenario, max_order_age_seconds=60)


def test_an_order_that_went_back_is_never_sent_again():
    """Not after a restart either, when the session knows nothing of it and no age is set."""

    async def scenario(house):
        await lose_order_to_venue(house, seconds=61)
        house.venue.detach()
        numbers = SequenceNumbers(house.venue.session.next_in, house.venue.session.next_out)
        house.venue = house.link("VENUE", ConnectionType.INITIATOR, numbers)
        venue = Socket()
        house.venue.attach(venue)
        logon = house.raw(house.venue, "A", (98, b"0"), (108, b"30"))
        house.venue.received(logon + house.raw(house.venue, "2", (7, b"2"), (16, b"0")))
        async with asyncio.timeout(20):
            while len(venue.written) < 2:
                await house.sequencer.committed()
                await asyncio.sleep(0.001)
        assert [line for line in venue.written if line.startswith("D")] == []
        assert venue.written[:2] == ["A 5", "4 2"]

    run(scenario, max_order_age_seconds=60)


class Quoted:
    """A market that has one book to tell of, and remembers what was asked for."""

    def __init__(self):
        book = VenueBook("VENUE", (Level(Decimal(9), Decimal(5)),))
        self.news = [SeeMarket("ACME", (book,))]
        self.asked = []

    def see(self, symbol):
        self.asked.append(symbol)
        return self.news.pop() if self.news else None

    def begin_day(self):
        pass


def test_the_market_is_seen_before_an_order_is_decided_on():
    """What differs is stored as a command of its own, before the message's; then nothing more."""
    market = Quoted()

    async def scenario(house):
        await house.log_on()
        assert market.asked == []
        house.client.received(house.order(b"X"))
        house.client.received(house.order(b"Y"))
        await house.sequencer.committed()
        commands = [
            (type(each.command).__name__, each.message_id is None)
            for batch in house.store.batches
            for each in batch.commands
        ]
        assert commands[-3:] == [
            ("SeeMarket", True),
            ("NewOrderSingle", False),
            ("NewOrderSingle", False),
        ]
        assert market.asked == ["ACME", "ACME"]
        assert house.sequencer.state.books["ACME"]["VENUE"].bids[0].price == 9

    run(scenario, market=market)
