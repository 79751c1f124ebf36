"""The router stopped, killed, and started again, as its counterparties see it."""

import signal
import sqlite3
import subprocess
from contextlib import closing

import pytest
from live_router import PATIENCE_S, Client, Router, Venue

STOPS = [signal.SIGTERM, signal.SIGKILL]


@pytest.fixture(params=["native", "quickfix"])
def router(tmp_path, request):
    """A router, started, with its sessions on our own engine or on QuickFIX."""
    process = Router(tmp_path, request.param)
    process.start()
    yield process
    process.stop()


@pytest.fixture
def venue(router):
    """Its venue, logged on."""
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


def working_order(client, venue, cl_ord_id="X"):
    """Bring an order to the venue's book; return the ClOrdID(11) that it has there."""
    client.order(cl_ord_id)
    client.expect("8", t11=cl_ord_id, t150="0", t39="0")
    child = venue.expect("D", t55="IBM", t38="100").text(11)
    venue.report(child, "0", "0")
    return child


def restart(router, venue, client, **told):
    """Start a router that has ended; all log on again, the venue telling where its order stands."""
    router.start()
    venue.log_on()
    if told:
        venue.tell(**told)
    client.log_on()


def numbers(peer):
    """Return the MsgSeqNum(34) that a peer expects next, and the one it will send next."""
    return peer.session.next_in, peer.session.next_out


def plus(pair, messages):
    """Return both numbers after so many messages each way."""
    return pair[0] + messages, pair[1] + messages


def query(router, sql):
    """Return rows of the store, which is only read."""
    with closing(sqlite3.connect(f"{router.store.as_uri()}?mode=ro", uri=True)) as store:
        return store.execute(sql).fetchall()


@pytest.mark.parametrize("number", STOPS)
def test_open_order_is_open_after_a_restart(router, venue, client, number):
    """It can be canceled; the sessions go on with the numbers that they had.

    After the restart each peer says Logon(A) and TestRequest(1), and the router answers with Logon
    and Heartbeat(0); the venue is asked for the order's status and tells it: nothing else has a
    number.
    """
    child = working_order(client, venue)
    venue.expect_nothing_more()
    router.process.send_signal(number)
    client.read_to_end()
    venue.read_to_end()
    router.process.wait(PATIENCE_S)
    before = numbers(client), numbers(venue)
    restart(router, venue, client, ord_status="0")
    client.expect_nothing_more()
    venue.expect_nothing_more()
    assert (numbers(client), numbers(venue)) == (plus(before[0], 2), plus(before[1], 3))
    client.cancel("Y", "X")
    client.expect("8", t11="Y", t41="X", t150="6", t39="6")
    request = venue.expect("F", t41=child)
    venue.report(request.text(11), "4", "4", orig_cl_ord_id=child)
    client.expect("8", t11="Y", t41="X", t150="4", t39="4", t14="0", t151="0")
    client.expect_nothing_more()
    assert query(router, "select distinct epoch from messages") == [(0,)]


def test_stop_says_goodbye(router, venue, client):
    """SIGTERM: Logout(5) to every session, exit status 0."""
    router.process.terminate()
    client.read_to_end()
    venue.read_to_end()
    assert router.process.wait(PATIENCE_S) == 0
    logout = "Logout received: no reason given"
    assert (venue.ended, client.ended) == ([logout], [logout])


def test_order_that_crosses_the_logout_goes_to_its_venue(router, venue, client):
    """Clients are logged out before venues: an order in flight is not rejected for want of one."""
    router.process.terminate()
    client.await_unread("5")
    client.order("X")
    venue.expect("D", t38="100")
    client.read_to_end()
    venue.read_to_end()
    assert router.process.wait(PATIENCE_S) == 0
    restart(router, venue, client, ord_status="0")
    client.expect("8", t11="X", t150="0", t39="0")
    client.expect_nothing_more()
    venue.expect_nothing_more()


def test_order_that_was_sent_but_not_read_is_processed_once(router, venue, client):
    """It had left the client when the router died: it is asked for again, and goes to one venue."""
    router.pause()
    client.order("X")
    router.end(signal.SIGKILL)
    restart(router, venue, client)
    client.expect("8", t11="X", t150="0", t39="0")
    venue.expect("D", t38="100")
    venue.expect_nothing_more()
    client.expect_nothing_more()


def test_order_that_was_stored_but_not_acknowledged_is_processed_once(router, venue, client):
    """It was at the venue and the client had not heard of it: it hears of it, the venue does not.

    The client sends the same order again, as a new message with PossResend(97): that is no second
    order either.
    """
    client.order("X")
    venue.expect("D", t38="100")
    router.end(signal.SIGKILL)
    restart(router, venue, client, ord_status="0")
    assert client.expect("8", t11="X", t150="0", t39="0").text(43) == "Y"
    client.send("D", *[(97, "Y"), (11, "X"), (55, "IBM"), (54, 1), (38, 100), (40, 2), (44, 250)],
                (59, 0), (60, "20260105-12:00:00.000"))  # fmt: skip
    client.expect("8", t11="X", t150="I")
    client.expect_nothing_more()
    venue.expect_nothing_more()


def test_fill_that_was_sent_but_not_read_is_booked_once(router, venue, client):
    """It had left the venue when the router died: it is asked for again, and the client told."""
    child = working_order(client, venue)
    venue.expect_nothing_more()
    router.pause()
    venue.report(child, "F", "1", cum_qty=40)
    router.end(signal.SIGKILL)
    router.start()
    venue.log_on()
    venue.answer_resend_request()
    venue.tell("1", cum_qty=40)
    client.log_on()
    client.expect("8", t11="X", t150="F", t39="1", t32="40", t14="40", t151="60")
    client.expect_nothing_more()


def test_fill_that_was_stored_but_not_told_is_told_once(router, venue, client):
    """It was booked when the router died: the client asks for it, the venue's number is used."""
    child = working_order(client, venue)
    venue.report(child, "F", "1", cum_qty=40)
    venue.expect_nothing_more()
    router.end(signal.SIGKILL)
    restart(router, venue, client, ord_status="1", cum_qty=40)
    client.expect("8", t11="X", t150="F", t39="1", t14="40", t43="Y")
    client.expect_nothing_more()
    venue.expect_nothing_more()


@pytest.mark.usefixtures("venue")
def test_second_router_on_the_same_store_is_refused(router, client):
    """It says why and disturbs nothing: the first one is still there for client and operator."""
    second = subprocess.run(
        router.command("run"), capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert second.returncode == 1
    assert f"Error: {router.store} is in use by another process" in second.stderr
    client.expect_nothing_more()
    subprocess.run(router.command("status"), capture_output=True, timeout=PATIENCE_S, check=True)
