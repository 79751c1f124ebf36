"""A venue that comes back with books that are not ours, as client, venue and operator see it."""

import signal
import sqlite3
import subprocess
import time
from contextlib import closing

import pytest
from live_router import Client, Router, Venue

VERSIONS = (("FIX.4.2", None), ("FIX.4.4", None), ("FIXT.1.1", "FIX.5.0SP2"))


class Trading:
    """A router with its client and its venue; order X of 100 works at the venue."""

    def __init__(self, folder, *lines, version=VERSIONS[1]):
        self.router = Router(folder, venue_version=version, venue_lines=lines)
        self.venue = Venue(self.router)
        self.client = Client(self.router)

    def begin(self):
        self.router.start()
        self.venue.log_on()
        self.client.log_on()
        self.client.order("X")
        self.client.expect("8", t11="X", t150="0")
        self.child = self.venue.expect("D").text(11)
        self.venue.report(self.child, "0", "0")
        self.venue.expect_nothing_more()

    def venue_comes_again(self):
        self.venue.drop()
        self.venue.log_on()

    def logged(self, event):
        """Wait for a line of the log."""
        end = time.monotonic() + 20
        while event not in self.router.log.read_text():
            assert time.monotonic() < end, event
            time.sleep(0.05)

    def events(self, kind):
        """Return the bodies of the stored events of a kind."""
        uri = f"{self.router.store.as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as store:
            rows = store.execute("select body from events where kind = ? order by id", (kind,))
            return [body for (body,) in rows]

    def takes_orders(self, cl_ord_id):
        """Send an order, which must go to the venue; its last question may have come twice."""
        self.client.order(cl_ord_id)
        self.client.expect("8", t11=cl_ord_id, t150="0")
        inbox = self.venue.inbox
        self.venue.until(lambda: inbox and inbox[-1].msg_type == "D", "the order")
        assert {message.msg_type for message in inbox[:-1]} <= {"H"}
        inbox.clear()

    def output(self, *words):
        """Return what a command prints, with the router's configuration."""
        command = self.router.command(*words)
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
        return done.stdout

    def end(self):
        self.client.drop()
        self.venue.close()
        self.router.stop()


@pytest.fixture
def trade(tmp_path):
    """Return a function that begins to trade, with a version and lines of the venue's session."""
    begun = []

    def begin(*lines, version=VERSIONS[1]):
        begun.append(Trading(tmp_path, *lines, version=version))
        begun[0].begin()
        return begun[0]

    yield begin
    for each in begun:
        each.end()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_lost_fill_is_booked_and_its_late_report_counts_once(trade, version):
    """The client gets the fill of the status; later a bust of it and the fill as reported."""
    trading = trade(version=version)
    client, venue = trading.client, trading.venue
    trading.venue_comes_again()
    assert venue.tell("1", cum_qty=40) == trading.child
    fill = client.expect("8", t150="F", t39="1", t32="40", t31="250", t14="40", t151="60")
    venue.report(trading.child, "F", "1", cum_qty=40)
    client.expect("8", t150="H", t39="0", t19=fill.text(17), t14="0", t151="100")
    client.expect("8", t150="F", t39="1", t32="40", t14="40", t151="60")
    client.expect_nothing_more()
    text = "CumQty(14) is 40 at VENUE, 0 here"
    assert [text in body for body in trading.events("OrderStatusCompared")] == [True]
    assert "reconciliation_difference" in trading.router.log.read_text()
    assert text in trading.output("order", "show", "X")
    status = trading.output("status")
    assert "venue VENUE: reconciled, 1 orders, 1 differences" in status
    assert f"venue VENUE: {text}" in status


@pytest.mark.parametrize("version", VERSIONS)
def test_an_order_that_vanished_is_closed_and_the_client_told(trade, version):
    """By a cancel that nobody asked for."""
    trading = trade(version=version)
    trading.venue_comes_again()
    trading.venue.status(trading.venue.expect("H").text(11), "8", 0, (103, 5))
    trading.client.expect("8", t11="X", t150="4", t39="4", t14="0", t151="0")
    trading.client.expect_nothing_more()


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_all_orders_are_asked_for_at_once(trade, version):
    """The list settles what it names; what it names and is not ours is reported."""
    trading = trade("OrderReconciliation=mass", version=version)
    venue = trading.venue
    trading.venue_comes_again()
    request = venue.expect("AF", t585="7").text(584)
    venue.status(trading.child, "0", 0, (584, request), (911, 2))
    venue.status("FOREIGN", "0", 0, (584, request), (911, 2), (912, "Y"))
    trading.logged("reconciled")
    venue.expect_nothing_more()
    assert "an order that is not ours: ClOrdID(11)=FOREIGN" in trading.router.log.read_text()
    trading.takes_orders("Y")


def test_what_the_list_does_not_name_is_asked_about(trade):
    """It was filled meanwhile, which the list of open orders cannot tell."""
    trading = trade("OrderReconciliation=mass")
    trading.venue_comes_again()
    request = trading.venue.expect("AF").text(584)
    trading.venue.status("NONE", "8", 0, (584, request), (911, 0), (912, "Y"))
    trading.venue.tell("2", cum_qty=100)
    trading.client.expect("8", t11="X", t150="F", t39="2", t32="100", t14="100")


def test_silence_keeps_the_venue_closed_and_asks_again(trade):
    """New orders are rejected and say why; the order in question stays; an answer ends it."""
    trading = trade("OrderStatusTimeout=1")
    client, venue = trading.client, trading.venue
    trading.venue_comes_again()
    venue.expect("H", t11=trading.child)
    client.order("Y")
    assert "VENUE(reconciling)" in client.expect("8", t11="Y", t150="8").text(58)
    venue.expect("H", t11=trading.child)
    assert "reconciling: 1 of 1 to go" in trading.output("status")
    assert "reconciliation_overdue" in trading.router.log.read_text()
    venue.status(trading.child)
    trading.logged("reconciled")
    trading.takes_orders("Z")
    client.expect_nothing_more()


def test_cancels_go_on_while_the_venue_is_silent(trade):
    """The client's cancel goes out and is answered."""
    trading = trade()
    client, venue = trading.client, trading.venue
    trading.venue_comes_again()
    venue.expect("H")
    client.cancel("C", "X")
    client.expect("8", t11="C", t150="6")
    request = venue.expect("F").text(11)
    venue.report(request, "4", "4", orig_cl_ord_id=trading.child)
    client.expect("8", t11="C", t150="4", t39="4")


def test_a_venue_that_cannot_tell_gets_orders(trade):
    """It refuses the question; the order is taken to be as we know it."""
    trading = trade()
    venue = trading.venue
    trading.venue_comes_again()
    number = venue.expect("H").text(34)
    venue.send("j", (45, number), (372, "H"), (380, 3), (58, "unsupported"))
    trading.logged("does not tell")
    trading.takes_orders("Y")


def test_a_connection_lost_in_between_begins_anew(trade):
    """The question is asked again on the next one, and its answer counts."""
    trading = trade()
    trading.venue_comes_again()
    trading.venue.expect("H")
    trading.venue_comes_again()
    trading.venue.tell("1", cum_qty=40)
    trading.client.expect("8", t11="X", t150="F", t14="40")
    trading.takes_orders("Y")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_router_that_ended_in_between_begins_anew(trade, number):
    """A restart is a reconnect; the lost fill is booked once."""
    trading = trade()
    router, client, venue = trading.router, trading.client, trading.venue
    trading.venue_comes_again()
    venue.expect("H")
    router.process.send_signal(number)
    client.read_to_end()
    venue.read_to_end()
    router.process.wait(20)
    router.start()
    venue.log_on()
    venue.tell("1", cum_qty=40)
    client.log_on()
    client.expect("8", t11="X", t150="F", t14="40")
    client.expect_nothing_more()
    trading.takes_orders("Y")


def test_a_fill_lost_by_a_reset_of_the_numbers_is_booked(trade):
    """What the venue reported to nobody is not resent after a reset: the status tells of it."""
    trading = trade("ResetOnLogon=Y")
    trading.venue.drop()
    trading.venue.report(trading.child, "F", "2", cum_qty=100)
    trading.venue.log_on()
    trading.venue.tell("2", cum_qty=100)
    trading.client.expect("8", t11="X", t150="F", t39="2", t32="100", t14="100")
    trading.client.expect_nothing_more()


def test_a_venue_set_to_none_is_not_asked(trade):
    """It gets orders as soon as it is logged on."""
    trading = trade("OrderReconciliation=none")
    trading.venue_comes_again()
    trading.takes_orders("Y")
    trading.venue.expect_nothing_more()
