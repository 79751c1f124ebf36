"""Market data from a venue's FIX session to the router's decision, by the processes themselves."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import time

import pytest
from live_router import Client, Peer, Router, Venue

from oms_fix.fix import ConnectionType
from oms_fix.marketdata.shared_books import NOT_RUNNING
from oms_fix.simulator.rebalance import free_ports

PATIENCE_S = 20.0
_SESSION = """\
[SESSION]
SessionName=MD
ConnectionType=initiator
SenderCompID=OMSFIX
TargetCompID=MD
BeginString=FIX.4.4
HeartBtInt=30
ReconnectInterval=1
ResetOnLogon=Y
SocketConnectHost=127.0.0.1
SocketConnectPort={port}
"""
_TERMS = "venues: [{session: VENUE, mic: XNYS, market_data: MD}]\n"


class Publisher(Peer):
    """The acceptor that publishes the book of IBM."""

    def __init__(self, port):
        super().__init__("MD", ConnectionType.ACCEPTOR)
        self._listener = socket.create_server(("127.0.0.1", port))
        self._listener.settimeout(PATIENCE_S)

    def _connect(self):
        return self._listener.accept()[0]

    def publish(self, bid, offer):
        """Be connected to, and answer the subscription with a snapshot."""
        self.log_on()
        asked = self.expect("V", t263="1", t55="IBM")
        entries = [(269, 0), (270, bid), (271, 300), (269, 1), (270, offer), (271, 200)]
        self.send("W", (262, asked.text(262)), (55, "IBM"), (268, 2), *entries)

    def close(self):
        """Close the connection and listen no more."""
        self.drop()
        self._listener.close()


class Market:
    """A router whose market data come from a publisher."""

    def __init__(self, folder):
        self.router = Router(folder)
        (port,) = free_ports(1)
        (folder / "marketdata.cfg").write_text(_SESSION.format(port=port))
        (folder / "terms.yaml").write_text(_TERMS)
        oms = self.router.config.read_text().strip().removesuffix("}")
        more = ", market_data: marketdata.cfg, venue_terms: terms.yaml}\n"
        self.router.config.write_text(oms + more)
        self.publisher = Publisher(port)

    def quotes(self):
        """The rows of ``oms-fix quotes IBM``; none while there is no file."""
        command = [*self.router.command("quotes", "IBM"), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return json.loads(done.stdout) if done.returncode == 0 else []

    def await_book(self, **expected):
        """Wait until the venue's book is so."""
        end = time.monotonic() + PATIENCE_S
        while True:
            found = [{key: row[key] for key in expected} for row in self.quotes()[1:]]
            if found == [expected]:
                return
            assert time.monotonic() < end, f"{found}, not {expected}"
            time.sleep(0.1)

    def seen(self):
        """The books that the core has seen, as stored: (best bid, best offer, out)."""
        database = sqlite3.connect(self.router.store)
        rows = database.execute("select body from events where body like '%MarketSeen%'").fetchall()
        database.close()
        books = [book for (body,) in rows for book in json.loads(body)["books"]]
        return [(book[1] and book[1][0][0], book[2] and book[2][0][0], book[4]) for book in books]

    def process(self):
        """The id of the feed process, as it has logged."""
        lines = self.router.log.read_text().splitlines()
        started = [json.loads(line) for line in lines if "market_data_process_started" in line]
        return started[-1]["process"]


@pytest.fixture
def market(tmp_path):
    """A running router, its venue and client logged on, its market published."""
    market = Market(tmp_path)
    venue = Venue(market.router)
    client = Client(market.router)
    market.venue, market.client = venue, client
    market.router.start()
    market.publisher.publish("249.50", "249.75")
    venue.log_on()
    client.log_on()
    yield market
    for peer in (client, venue, market.publisher):
        (peer.close if hasattr(peer, "close") else peer.drop)()
    market.router.stop()


def test_an_order_is_decided_by_what_the_market_is(market):
    """What differs is seen just before an order, once; what has not changed is not told again."""
    market.await_book(bid="249.50", offer="249.75", out="")
    market.client.order("A")
    market.venue.expect("D")
    assert market.seen() == [("249.50", "249.75", "")]
    market.client.order("B")
    market.venue.expect("D")
    entry = [(279, 0), (269, 1), (55, "IBM"), (270, "249.60"), (271, 50)]
    market.publisher.send("X", (262, "M1"), (268, 1), *entry)
    market.await_book(offer="249.60")
    market.client.order("C")
    market.venue.expect("D")
    assert market.seen() == [("249.50", "249.75", ""), ("249.50", "249.60", "")]


def test_feed_process_that_is_killed(market):
    """Its books are out; the daemon starts it again, and the books come back."""
    market.await_book(bid="249.50", out="")
    os.kill(market.process(), signal.SIGKILL)
    market.await_book(bid=None)  # out, or begun anew with nothing yet
    market.publisher.publish("250", "251")
    market.await_book(bid="250", offer="251", out="")


def test_market_data_session_that_is_lost(market):
    """Without its session a book is out, and after the next logon it is there again."""
    market.await_book(out="")
    market.publisher.drop()
    market.await_book(bid=None, out="market data session not logged on")
    market.publisher.publish("250", "251")
    market.await_book(bid="250", offer="251", out="")


def test_feed_process_ends_with_the_daemon(market):
    """When the daemon is killed, the feed process ends by itself, and the books are out."""
    market.await_book(out="")
    market.router.stop()
    market.await_book(out=NOT_RUNNING)
    market.publisher.read_to_end()
