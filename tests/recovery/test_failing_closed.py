"""A router whose disk or clock fails for a while, as its counterparties see it.

The faults come from outside (``faults.py``); the router is the one that everybody runs.
"""

import errno
import resource
import signal
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from faults import Faults
from live_router import PATIENCE_S, Client, Router, Venue

REFUSALS = {
    "write": {"write": errno.EIO},
    "sync": {"sync": errno.EIO},
    "full": {"write": errno.ENOSPC},
    "read-only": {"sync": errno.EIO, "opening": errno.EROFS},
}
refusals = pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS.keys())


@pytest.fixture
def router(tmp_path):
    """A router; a test starts it."""
    process = Router(tmp_path)
    yield process
    process.stop()


@pytest.fixture
def faults(router):
    """What goes wrong for the router, which is started here."""
    of_router = Faults(router.store, router.folder / "faults")
    router.environment = of_router.environment
    router.start()
    return of_router


@pytest.fixture
def venue(router, faults):
    """Its venue, logged on."""
    assert faults.environment is router.environment
    peer = Venue(router)
    peer.log_on()
    yield peer
    peer.close()


@pytest.fixture
def client(router, venue):
    """Its client, logged on after the venue."""
    assert venue.session.logged_on
    peer = Client(router)
    peer.log_on()
    yield peer
    peer.drop()


def working_order(client, venue, cl_ord_id):
    """Bring an order to the venue's book; return the ClOrdID(11) that it has there."""
    client.order(cl_ord_id)
    client.expect("8", t11=cl_ord_id, t150="0", t39="0")
    child = venue.expect("D", t55="IBM", t38="100").text(11)
    venue.report(child, "0", "0")
    return child


def await_alarm(router, name):
    """Wait until the router has an alarm."""
    router.await_status(lambda status: f"ALARM {name} since " in status, name)


def await_no_alarm(router):
    """Wait until the router has none any more."""
    router.await_status(lambda status: "ALARM" not in status, "end of all alarms")


def expect_refusal(client, cl_ord_id, alarm):
    """Read the reject of a new order."""
    report = client.expect("8", t11=cl_ord_id, t150="8", t39="8")
    assert report.text(58) == f"NOT_ACCEPTING: nothing new is taken at the moment because={alarm}"


def stored_as_read(router, *peers):
    """Tell whether all that peers have read is in the store as sent to them."""
    with closing(sqlite3.connect(f"{router.store.as_uri()}?mode=ro", uri=True)) as store:
        rows = store.execute(
            "select session, msg_seq_num, raw from messages where direction = 'out'"
        ).fetchall()
    stored = {(session, number): raw for session, number, raw in rows}
    return all(
        (peer.session.name, number) in stored
        and (b"\x0143=Y\x01" in raw or stored[peer.session.name, number] == raw)
        for peer in peers
        for number, raw in peer.read.items()
    )


@refusals
def test_what_meets_a_disk_that_refuses_goes_on_when_it_does_not(
    router, faults, venue, client, refusal
):
    """The order whose commit fails is acknowledged and routed afterwards, once; all stay connected.

    What was sent meanwhile is taken after it: a fill is booked and told, an order is refused. Once
    the disk has kept well for a while, orders are taken again.
    """
    child = working_order(client, venue, "A")
    client.expect_nothing_more()
    faults.refuse(**refusal)
    client.order("B")
    await_alarm(router, "store_unavailable")
    venue.report(child, "F", "2", cum_qty=100)
    client.order("C")
    client.expect_silence()
    faults.refuse()
    client.expect("8", t11="B", t150="0", t39="0")
    venue.expect("D", t38="100")
    told = [client.expect("8") for _ in range(2)]
    assert {(each.text(11), each.text(39)) for each in told} == {("A", "2"), ("C", "8")}
    await_no_alarm(router)
    working_order(client, venue, "D")
    client.expect_nothing_more()
    venue.expect_nothing_more()
    assert (client.ended, venue.ended) == ([], [])
    assert stored_as_read(router, client, venue)


def test_a_full_disk_stops_new_orders_and_nothing_else(router, faults, venue, client):
    """Orders, and replaces to more, are refused; what works is filled and canceled.

    For that the reserve is given up. When there is room again, it is taken again, and orders too.
    """
    child = working_order(client, venue, "A")
    child_b = working_order(client, venue, "B")
    client.expect_nothing_more()
    faults.limit(used(router))
    await_alarm(router, "disk_low")
    client.order("C")
    expect_refusal(client, "C", "disk_low")
    client.replace("A2", "A", 200)
    client.expect("9", t11="A2", t434="2")
    venue.report(child, "F", "1", cum_qty=40)
    client.expect("8", t11="A", t150="F", t14="40")
    client.replace("A3", "A", 60)
    client.expect("8", t11="A3", t150="E")
    assert venue.expect("G", t41=child, t38="60").text(11)
    client.cancel("B2", "B")
    client.expect("8", t11="B2", t150="6")
    request = venue.expect("F", t41=child_b).text(11)
    venue.report(request, "4", "4", orig_cl_ord_id=child_b)
    client.expect("8", t11="B2", t150="4")
    assert not (router.folder / "oms.db.reserve").exists()
    faults.limit(0)
    await_no_alarm(router)
    assert (router.folder / "oms.db.reserve").stat().st_size == 8_000_000
    working_order(client, venue, "D")
    assert (client.ended, venue.ended) == ([], [])


def used(router):
    """Return the bytes that the store's files have."""
    return sum(path.stat().st_size for path in router.folder.glob("oms.db*"))


def test_a_disk_without_any_room_holds_everything_up(router, faults, venue, client):
    """With the reserve used up too nothing is said; when there is room, all goes on in order."""
    working_order(client, venue, "A")
    client.expect_nothing_more()
    faults.limit(1)
    client.order("B")
    await_alarm(router, "store_unavailable")
    client.expect_silence()
    faults.limit(0)
    client.expect("8", t11="B", t150="0", t39="0")
    venue.expect("D", t38="100")
    await_no_alarm(router)
    client.expect_nothing_more()
    venue.expect_nothing_more()


@pytest.mark.parametrize("room_bytes", [0, 5_000])
def test_a_file_that_may_not_grow_holds_everything_up(router, faults, venue, client, room_bytes):
    """The operating system itself refuses, at once or in the middle of a commit (RLIMIT_FSIZE)."""
    assert faults.environment is router.environment
    working_order(client, venue, "A")
    client.expect_nothing_more()
    log = router.folder / "oms.db-wal"
    limits = (log.stat().st_size + room_bytes, resource.RLIM_INFINITY)
    resource.prlimit(router.process.pid, resource.RLIMIT_FSIZE, limits)
    client.order("B")
    await_alarm(router, "store_unavailable")
    client.expect_silence()
    free = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    resource.prlimit(router.process.pid, resource.RLIMIT_FSIZE, free)
    client.expect("8", t11="B", t150="0", t39="0")
    venue.expect("D", t38="100")
    await_no_alarm(router)
    client.expect_nothing_more()
    venue.expect_nothing_more()
    assert stored_as_read(router, client, venue)


def test_a_counterparty_that_gives_up_meanwhile_loses_nothing(router, faults, venue, client):
    """It closes its connection and connects again: it is let in when the disk is well again.

    What it sent before is taken once; what it missed it asks for.
    """
    child = working_order(client, venue, "A")
    client.expect_nothing_more()
    faults.refuse(write=errno.EIO)
    client.order("B")
    await_alarm(router, "store_unavailable")
    client.cancel("A2", "A")
    client.drop()
    venue.drop()
    client.connect()
    client.expect_silence()
    faults.refuse()
    client.until(lambda: client.session.logged_on, "logon")
    client.expect("8", t11="B", t150="0", t39="0")
    venue.log_on()
    other = venue.expect("D", t38="100").text(11)
    venue.expect("F", t41=child)
    assert [venue.tell(), venue.tell()] == [child, other]
    client.expect("8", t11="A2", t150="6")
    client.expect_nothing_more()
    venue.expect_nothing_more()


def test_what_was_not_read_for_long_is_sent_again(router, faults, venue, client):
    """Beyond half of MaxLatency a connection is closed unread, lest its messages count as late."""
    child = working_order(client, venue, "A")
    router.end(signal.SIGTERM)
    for name in ("clients.cfg", "venues.cfg"):
        path = router.folder / name
        path.write_text(path.read_text().replace("[DEFAULT]", "[DEFAULT]\nMaxLatency=2"))
    router.start()
    venue.log_on()
    assert venue.tell() == child
    client.log_on()
    client.expect_nothing_more()
    venue.expect_nothing_more()
    faults.refuse(write=errno.EIO)
    client.order("B")
    await_alarm(router, "store_unavailable")
    venue.report(child, "F", "1", cum_qty=40)
    time.sleep(2)
    faults.refuse()
    client.read_to_end()
    venue.read_to_end()
    venue.log_on()
    other = venue.expect("D", t38="100").text(11)
    assert [venue.tell("1", 40), venue.tell()] == [child, other]
    venue.expect_nothing_more()
    client.log_on()
    told = [client.expect("8") for _ in range(2)]
    assert {(each.text(11), each.text(150)) for each in told} == {("A", "F"), ("B", "0")}
    client.expect_nothing_more()


def test_a_stop_during_an_outage_says_nothing_unstored(router, faults, venue, client):
    """SIGTERM ends the router all the same, with an error; the order is taken after the restart."""
    faults.refuse(write=errno.EIO)
    client.order("B")
    await_alarm(router, "store_unavailable")
    router.process.terminate()
    client.read_to_end()
    venue.read_to_end()
    assert router.process.wait(PATIENCE_S) == 1
    assert (client.inbox, venue.inbox) == ([], [])
    faults.refuse()
    router.start()
    venue.log_on()
    client.log_on()
    client.expect("8", t11="B", t150="0", t39="0")
    venue.expect("D", t38="100")
    client.expect_nothing_more()
    venue.expect_nothing_more()


def test_a_stop_waits_for_no_command_that_cannot_be_stored(router, faults, venue):
    """The operator is told so, and SIGTERM ends the router."""
    assert venue.session.logged_on
    faults.refuse(write=errno.EIO)
    with ThreadPoolExecutor(1) as operator:
        command = operator.submit(router.ask, "session disable", session="CLIENT")
        await_alarm(router, "store_unavailable")
        router.process.terminate()
        assert router.process.wait(PATIENCE_S) == 1
        assert not command.result(PATIENCE_S).done


@pytest.mark.parametrize("seconds", [3600, -3600])
def test_a_clock_that_leaps_stops_new_orders_and_nothing_else(
    router, faults, venue, client, seconds
):
    """An hour forth or back: orders are refused, what works is filled, nobody is logged out.

    When the clock is right again, orders are taken again.
    """
    child = working_order(client, venue, "A")
    client.expect_nothing_more()
    faults.leap(seconds)
    await_alarm(router, "clock_leapt")
    client.order("B")
    expect_refusal(client, "B", "clock_leapt")
    venue.report(child, "F", "1", cum_qty=40)
    client.expect("8", t11="A", t150="F", t14="40")
    faults.leap(0)
    await_no_alarm(router)
    working_order(client, venue, "C")
    client.expect_nothing_more()
    venue.expect_nothing_more()
    assert (client.ended, venue.ended) == ([], [])


def test_operators_are_told_that_nothing_can_be_stored(router, faults, venue, client):
    """A change is refused at once, and does not take effect at some later time."""
    assert venue.session.logged_on
    faults.refuse(write=errno.EIO)
    client.order("B")
    await_alarm(router, "store_unavailable")
    refused = [router.ask("reload"), router.ask("session disable", session="CLIENT")]
    assert [answer.done for answer in refused] == [False, False]
    assert all(answer.lines[0].startswith("nothing can be stored: ") for answer in refused)
    faults.refuse()
    client.expect("8", t11="B", t150="0", t39="0")
    assert router.ask("session show", session="CLIENT").rows[0]["state"] == "logged on"
