"""The real daemon between QuickFIX clients and QuickFIX venues, each party in its own process."""

import os
import subprocess
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import count

import pytest
from quickfix_peer import LONGEST_WAIT_S, QuickfixPeer, session_settings

from oms_fix.simulator.rebalance import free_ports

VERSIONS = ("FIX.4.2", "FIX.4.4", "FIXT.1.1")

_FILES = {
    "oms.yaml": """\
store: oms.db
control_socket: oms.sock
durability: full
base_currency: USD
log_level: info
checks: checks.yaml
routing: routing.yaml
instruments: instruments.csv
accounts: accounts.yaml
clients: clients.cfg
venues: venues.cfg
""",
    "checks.yaml": """\
checks:
  - {id: known-instrument, check: instrument_known}
  - {id: known-account, check: account_known}
""",
    "instruments.csv": """\
symbol,asset_class,currency,price,name,security_id,security_id_source,tick_size,lot_size,fx_rate
AAPL,equity,USD,228.50,Apple Inc.,US0378331005,4,0.01,1,1
""",
    "accounts.yaml": "accounts: [{id: FUND1, name: Balanced Growth, value: 200_000_000}]\n",
    "clients.cfg": """\
[DEFAULT]
ConnectionType=acceptor
SenderCompID=OMSFIX
SocketAcceptHost=127.0.0.1
""",
    "venues.cfg": """\
[DEFAULT]
ConnectionType=initiator
SenderCompID=OMSFIX
SocketConnectHost=127.0.0.1
HeartBtInt=30
ReconnectInterval=1
""",
}


def client_name(version: str) -> str:
    """Return the CompID and session name of the client that speaks a version."""
    return "CLIENT" + version.replace(".", "")


def venue_name(version: str) -> str:
    """Return the CompID and session name of the venue that speaks a version."""
    return "VENUE" + version.replace(".", "")


def _session(name, version, port_line):
    lines = ["[SESSION]", f"BeginString={version}", f"TargetCompID={name}", port_line]
    if version == "FIXT.1.1":
        lines.append("DefaultApplVerID=FIX.5.0SP2")
    return "\n".join(lines) + "\n"


def _write_configuration(folder, accept_port, venue_ports) -> None:
    """A session for each version on both sides; ExDestination(100) names the venue."""
    files = dict(_FILES)
    routes = ["routes:"]
    for version, port in zip(VERSIONS, venue_ports, strict=True):
        client, venue = client_name(version), venue_name(version)
        files["clients.cfg"] += _session(client, version, f"SocketAcceptPort={accept_port}")
        files["venues.cfg"] += _session(venue, version, f"SocketConnectPort={port}")
        when = f"when: {{ExDestination: {venue}}}"
        routes.append(f"  - {{id: to-{venue}, strategy: direct, {when}, venue: {venue}}}")
    files["routing.yaml"] = "\n".join(routes) + "\n"
    for name, text in files.items():
        (folder / name).write_text(text)


def _stop_daemon(process, log_path) -> None:
    process.terminate()
    try:
        status = process.wait(LONGEST_WAIT_S)
    finally:
        process.kill()
        process.wait()
    assert status == 0, f"oms-fix run ended with {status}:\n{log_path.read_text()}"


@pytest.fixture(scope="module")
def peers(tmp_path_factory):
    """All parties, started and logged on: QuickFIX peers by name, with the daemon between them."""
    folder = tmp_path_factory.mktemp("interop")
    accept_port, *venue_ports = free_ports(1 + len(VERSIONS))
    _write_configuration(folder, accept_port, venue_ports)
    clients, venues = [], []
    for version, port in zip(VERSIONS, venue_ports, strict=True):
        name = venue_name(version)
        settings = session_settings("acceptor", version, name, port)
        venues.append(QuickfixPeer(folder / name, settings))
        name = client_name(version)
        settings = session_settings("initiator", version, name, accept_port)
        clients.append(QuickfixPeer(folder / name, settings))
    with ExitStack() as stack:
        # Run last to first: the daemon stops, then all peers are asked to before one is waited for.
        for peer in [*clients, *venues]:
            peer.start()
            stack.callback(peer.wait_stopped)
        for peer in [*clients, *venues]:
            stack.callback(peer.ask_to_stop)
        log_path = folder / "daemon.log"
        log = stack.enter_context(log_path.open("wb"))
        daemon = subprocess.Popen(
            [sys.executable, "-m", "oms_fix", "run", "--config", str(folder / "oms.yaml")],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        stack.callback(_stop_daemon, daemon, log_path)
        for peer in [*venues, *clients]:
            peer.wait_logged_on()
        yield {peer.name: peer for peer in [*clients, *venues]}


class Desk:
    """A client and a venue with the daemon between them, in domain verbs.

    All orders are to buy AAPL for FUND1. A ClOrdID(11) or an ExecID(17) is never used twice.
    """

    _numbers = count(1)

    def __init__(self, client, venue) -> None:
        self.client = client
        self.venue = venue
        self._order_id = ""
        self._exec_ids = set()

    # The client's verbs; each returns the ClOrdID(11) that it gave.

    def order(self, quantity="100", price="10.5"):
        return self._ask("D", self._terms(quantity, price))

    def replace(self, orig_cl_ord_id, quantity, price="10.5"):
        return self._ask("G", self._terms(quantity, price) | {41: orig_cl_ord_id})

    def cancel(self, orig_cl_ord_id):
        return self._ask("F", {41: orig_cl_ord_id, 55: "AAPL", 54: "1", 38: "100"})

    def _terms(self, quantity, price):
        fields = {1: "FUND1", 21: "1", 55: "AAPL", 54: "1", 38: quantity, 40: "2", 44: price}
        fields[100] = self.venue.name
        return {tag: value for tag, value in fields.items() if value is not None}

    def _ask(self, msg_type, fields):
        cl_ord_id = f"C{next(self._numbers)}"
        self.client.send(msg_type, {11: cl_ord_id, 60: _utc_now()} | fields)
        return cl_ord_id

    def told(self, *, poss_dup=False):
        """Return what the client is told next, as a line; each ExecID(17) comes once."""
        message = self.client.receive()
        assert (message.get(43), 122 in message) == (("Y", True) if poss_dup else (None, False))
        if message[35] == "8":
            assert message.get(20) == ("0" if self.client.begin_string == "FIX.4.2" else None)
            assert message[17] not in self._exec_ids
            self._exec_ids.add(message[17])
        self._order_id = self._order_id or message[37]
        assert message[37] == self._order_id, "OrderID(37) stays"
        return line(message)

    # The venue's verbs; ``about`` is the message of the daemon's that is answered.

    def asked(self, line_expected):
        """Return the next message to the venue, which reads as expected (``ID`` is the OrderID)."""
        message = self.venue.receive()
        assert line(message) == line_expected.replace("ID", self._order_id)
        return message

    def report(self, about, exec_type, ord_status, cum_qty, leaves_qty, **more):
        fields = {
            37: "V-1",
            11: about[11],
            17: f"E{next(self._numbers)}",
            150: exec_type,
            39: ord_status,
            55: about[55],
            54: about[54],
            38: about[38],
            151: leaves_qty,
            14: cum_qty,
            6: "0",
            60: _utc_now(),
        }
        if self.venue.begin_string == "FIX.4.2":
            fields[20] = "0"
        self.venue.send("8", fields | {_TAGS[name]: value for name, value in more.items()})

    def asked_for_status(self):
        """Return the OrderStatusRequest(H) about the order; those of tests before are New."""
        while True:
            message = self.venue.receive()
            assert message[35] == "H"
            if message[11].startswith(f"{self._order_id}."):
                return message
            self.tell_status(message, "0", "100")

    def tell_status(self, about, ord_status, leaves_qty):
        """Answer an OrderStatusRequest(H) about an order of 100 without fills."""
        is_old = self.venue.begin_string == "FIX.4.2"
        fields = {37: "V-1", 11: about[11], 17: "0", 39: ord_status, 55: about[55], 54: about[54]}
        fields |= {20: "3", 150: ord_status} if is_old else {150: "I"}
        self.venue.send("8", fields | {38: "100", 151: leaves_qty, 14: "0", 6: "0"})

    def fill(self, about, quantity, price, cum_qty, leaves_qty):
        ord_status = "2" if leaves_qty == "0" else "1"
        exec_type = fill_code(self.venue, ord_status)
        self.report(
            about, exec_type, ord_status, cum_qty, leaves_qty, LastQty=quantity, LastPx=price
        )

    def refuse_request(self, about, ord_status, reason, text):
        fields = {37: "V-1", 11: about[11], 41: about[41], 39: ord_status, 102: reason, 58: text}
        self.venue.send("9", fields | {434: {"F": "1", "G": "2"}[about[35]], 60: _utc_now()})

    @staticmethod
    def replaced(peer):
        """Return OrdStatus(39) of a replaced order without fills."""
        return "5" if peer.begin_string == "FIX.4.2" else "0"

    def working_order(self):
        """Return the ClOrdID(11) of a new order, and the order as the venue acknowledged it."""
        cl_ord_id = self.order()
        assert self.told() == f"8 11={cl_ord_id} 150=0 39=0 38=100 44=10.5 151=100 14=0 6=0"
        child = self.asked("D 11=ID.1 1=FUND1 55=AAPL 54=1 38=100 40=2 44=10.5 59=0")
        self.report(child, "0", "0", "0", "100")
        self.venue.check_quiet()  # only now is the acknowledgment with the daemon for certain
        return cl_ord_id, child


_TAGS = {"LastQty": 32, "LastPx": 31, "OrdRejReason": 103, "OrigClOrdID": 41, "Text": 58}
_ORDER = (11, 41, 37, 1, 55, 54, 38, 40, 44, 59)
_SHOWN = {
    "8": (11, 41, 150, 39, 38, 44, 32, 31, 151, 14, 6, 103, 58),
    "9": (11, 41, 39, 434, 102, 58),
    "D": _ORDER,
    "F": _ORDER,
    "G": _ORDER,
    "H": _ORDER,
}


def line(message) -> str:
    """Write what a message says as ``8 11=C1 150=0 39=0 ...``."""
    shown = [f"{tag}={message[tag]}" for tag in _SHOWN[message[35]] if tag in message]
    return " ".join([message[35], *shown])


def fill_code(peer, ord_status: str) -> str:
    """Return ExecType(150) of a fill: FIX 4.2 tells a partial one from the last, 4.3 on do not."""
    return ord_status if peer.begin_string == "FIX.4.2" else "F"


def _utc_now() -> str:
    return f"{datetime.now(UTC):%Y%m%d-%H:%M:%S}.000"


@pytest.fixture(params=VERSIONS)
def client(request, peers):
    """A QuickFIX client of each version."""
    return peers[client_name(request.param)]


@pytest.fixture(params=VERSIONS)
def venue(request, peers):
    """A QuickFIX venue of each version."""
    return peers[venue_name(request.param)]


@pytest.fixture
def desk(client, venue):
    """A pair of them; at the end neither has been sent anything that the test did not see."""
    yield Desk(client, venue)
    client.check_quiet()
    venue.check_quiet()


@pytest.fixture
def fill_type(client):
    """ExecType(150) of a partial and of a last fill, as the client is to be told."""
    return {"partial": fill_code(client, "1"), "last": fill_code(client, "2")}
