"""The router as a process, and counterparties that say and read only what a test has them do.

A ``Peer`` keeps its session over connections and over the router's lives, as a counterparty does;
it reads its socket only where a test tells it to, so that the test decides what it has got before
the router is killed.
"""

import os
import signal
import socket
import subprocess
import sys
import time

from msgspec import structs

from oms_fix.daemon.control import ControlRequest, ask
from oms_fix.fix import ConnectionType, Message, SequenceNumbers, Session, SessionSettings
from oms_fix.fix.outputs import Deliver, Direction, Disconnect, LoggedOut, Persist, Retrieve, Write
from oms_fix.fix.timestamps import format_timestamp
from oms_fix.fix.validation import ValidationOptions
from oms_fix.simulator.rebalance import free_ports

PATIENCE_S = 20.0
_READ_S = 0.05
_SILENCE_S = 0.5
_FIX_44 = ("FIX.4.4", None)  # BeginString, DefaultApplVerID
_SESSION = """\
[DEFAULT]
Engine={engine}
ConnectionType={role}
SenderCompID=OMSFIX
BeginString={begin_string}
HeartBtInt=30
ReconnectInterval=1
Socket{verb}Host=127.0.0.1
Socket{verb}Port={port}
[SESSION]
TargetCompID={peer}
{lines}
"""
_FILES = {
    "oms.yaml": "{store: oms.db, control_socket: oms.sock, checks: checks.yaml,"
    " routing: routing.yaml, instruments: instruments.csv, accounts: accounts.yaml,"
    " clients: clients.cfg, venues: venues.cfg, base_currency: USD, disk_reserve_mb: 8}\n",
    "checks.yaml": "checks: [{id: known, check: instrument_known}]\n",
    "routing.yaml": "routes: [{id: all, strategy: direct, venue: VENUE}]\n",
    "instruments.csv": "symbol,asset_class,currency,price\nIBM,equity,USD,250\n",
    "accounts.yaml": "accounts: [{id: FUND, name: Fund, value: 1000000}]\n",
}


class Router:
    """A router with the client CLIENT and the venue VENUE, in a folder of its own.

    ``engine`` runs both sessions; the peers are always on our own. ``venue_version`` is spoken with
    the venue, whose session has the lines ``venue_lines`` more.

    Attributes:
        environment: to start it in; None: that of the tests.
    """

    def __init__(self, folder, engine="native", venue_version=_FIX_44, venue_lines=()):
        self.venue_version = venue_version
        self.folder = folder
        self.config = folder / "oms.yaml"
        self.store = folder / "oms.db"
        self.log = folder / "router.log"
        self.client_port, self.venue_port = free_ports(2)
        for name, text in _FILES.items():
            (folder / name).write_text(text)
        given = {"engine": engine, "begin_string": "FIX.4.4", "lines": ""}
        given |= {"role": "acceptor", "verb": "Accept", "port": self.client_port, "peer": "CLIENT"}
        (folder / "clients.cfg").write_text(_SESSION.format(**given))
        given |= {"role": "initiator", "verb": "Connect", "port": self.venue_port, "peer": "VENUE"}
        begin_string, appl_ver_id = venue_version
        version_lines = () if appl_ver_id is None else (f"DefaultApplVerID={appl_ver_id}",)
        lines = "\n".join((*version_lines, *venue_lines))
        given |= {"begin_string": begin_string, "lines": lines}
        (folder / "venues.cfg").write_text(_SESSION.format(**given))
        self.environment = None
        self.process = None

    def start(self):
        """Start it; returns at once."""
        with self.log.open("ab") as log:
            command = self.command("run")
            # Scratch files of a router that is killed stay behind.
            environment = {**(self.environment or os.environ), "TMPDIR": str(self.folder)}
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)

    def await_status(self, is_so, what):
        """Wait until what it answers to ``oms-fix status`` is so."""
        end = time.monotonic() + PATIENCE_S
        while not is_so("\n".join(self.ask("status").lines)):
            assert time.monotonic() < end, f"status: no {what}"
            time.sleep(_READ_S)

    def ask(self, name, **arguments):
        """Give it an operator's command; return its answer."""
        return ask(self.folder / "oms.sock", ControlRequest(name, arguments))

    def command(self, *words):
        """Return the command line of a subcommand for this router."""
        return [sys.executable, "-m", "oms_fix", *words, "--config", str(self.config)]

    def pause(self):
        """Stop it from doing anything, what reaches its sockets notwithstanding."""
        self.process.send_signal(signal.SIGSTOP)

    def end(self, number):
        """End it with a signal; return its exit status."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)

    def stop(self):
        """End it, whatever it is doing."""
        if self.process is not None and self.process.poll() is None:
            self.end(signal.SIGKILL)


class Peer:
    """The other end of one session of the router.

    Attributes:
        session: its numbers go on from connection to connection.
        inbox: what was delivered, in sequence and once.
        read: every message taken in, by MsgSeqNum(34), as bytes.
        ended: why the session ended each time.
    """

    def __init__(self, name, role, version=_FIX_44):
        settings = SessionSettings(
            name=name,
            connection_type=role,
            begin_string=version[0],
            default_appl_ver_id=version[1],
            sender_comp_id=name,
            target_comp_id="OMSFIX",
        )
        self.session = Session(settings, settings.load_dictionary(), SequenceNumbers())
        self.inbox = []
        self.read = {}
        self.ended = []
        self._sent = {}
        self._taken = set()
        self._socket = None

    def take_user_defined_fields(self):
        """Take them from now on, as has been agreed."""
        agreed = ValidationOptions(validate_user_defined_fields=False)
        settings = structs.replace(self.session.settings, validation=agreed)
        self.session = Session(settings, settings.load_dictionary(), SequenceNumbers())

    def log_on(self):
        """Connect and exchange Logons."""
        self.connect()
        self.until(lambda: self.session.logged_on, "logon")

    def connect(self):
        """Connect; an initiator says Logon(A)."""
        self.drop()
        self._socket = self._connect()
        self._socket.settimeout(_READ_S)
        self._do(self.session.connected(time.time_ns()))

    def drop(self):
        """Close the connection; what it has brought and was not read is lost."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
            self._do(self.session.disconnected(time.time_ns()))

    def log_out(self):
        """Exchange Logouts."""
        self._do(self.session.logout("", time.time_ns()))
        self.read_to_end()

    def send(self, msg_type, *fields):
        """Send a message; fields are (tag, value)."""
        message = Message(msg_type, [(tag, str(value).encode()) for tag, value in fields])
        self._do(self.session.send(message, time.time_ns()))

    def expect(self, msg_type, **tags):
        """Read until the next message is there, which must be this; return it.

        Tags are given as ``t39="2"``.
        """
        self.until(lambda: self.inbox, f"{msg_type} {tags}")
        message = self.inbox.pop(0)
        found = {tag: message.text(int(tag[1:])) for tag in tags}
        assert (message.msg_type, found) == (msg_type, tags)
        return message

    def expect_silence(self):
        """See to it that for a while the router says nothing at all."""
        read = len(self.read)
        end = time.monotonic() + _SILENCE_S
        while time.monotonic() < end:
            self._read()
        assert (self.inbox, len(self.read)) == ([], read)

    def expect_nothing_more(self):
        """Read up to the answer to a TestRequest(1): what the router had to say came before."""
        self.send("1", (112, "MORE"))
        self.read_up_to("0")
        assert self.inbox == []

    def answer_resend_request(self):
        """Read up to the router's ResendRequest(2), which the session answers."""
        self.read_up_to("2")

    def read_up_to(self, msg_type):
        """Read until a message of this type has been taken in."""
        self._taken.clear()
        self.until(lambda: msg_type in self._taken, msg_type)

    def await_unread(self, msg_type):
        """Wait until a message of this type waits to be read."""
        end = time.monotonic() + PATIENCE_S
        while f"\x0135={msg_type}\x01".encode() not in self._peek():
            assert time.monotonic() < end, f"{self.session.name}: no {msg_type} waits"
            time.sleep(_READ_S)

    def _peek(self):
        try:
            return self._socket.recv(65536, socket.MSG_PEEK)
        except TimeoutError:
            return b""

    def read_to_end(self):
        """Read until the router has closed the connection."""
        self.until(lambda: self._socket is None, "end of the connection")

    def until(self, is_so, what):
        """Read until something is so."""
        end = time.monotonic() + PATIENCE_S
        while not is_so():
            assert time.monotonic() < end, f"{self.session.name}: no {what}"
            assert self._socket is not None or what.startswith("end"), f"closed before {what}"
            self._read()

    def _read(self):
        try:
            data = self._socket.recv(65536)
        except TimeoutError:
            return
        except ConnectionResetError:
            data = b""
        if data:
            self._do(self.session.received(data, time.time_ns()))
        else:
            self.drop()

    def _do(self, outputs):
        for output in outputs:
            match output:
                case Write(data):
                    self._write(data)
                case Persist(Direction.OUT, number, _, data):
                    self._sent[number] = data
                case Persist(Direction.IN, number, msg_type, data):
                    self.read[number] = data
                    self._taken.add(msg_type)
                case Deliver(message):
                    self.inbox.append(message)
                case Retrieve(begin, end, _):
                    stored = sorted(item for item in self._sent.items() if begin <= item[0] <= end)
                    self._do(self.session.retrieved(output, stored, time.time_ns()))
                case LoggedOut(reason):
                    self.ended.append(reason)
                case Disconnect():
                    self.drop()

    def _write(self, data):
        if self._socket is not None:
            self._socket.sendall(data)


class Client(Peer):
    """CLIENT, who connects to the router and sends limit orders to buy 100 IBM."""

    def __init__(self, router, name="CLIENT", version=_FIX_44):
        super().__init__(name, ConnectionType.INITIATOR, version)
        self._address = ("127.0.0.1", router.client_port)

    def _connect(self):
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                return socket.create_connection(self._address, PATIENCE_S)
            except ConnectionRefusedError:
                assert time.monotonic() < end, "the router does not listen"
                time.sleep(_READ_S)

    def order(self, cl_ord_id, time_in_force=0):
        """Send a NewOrderSingle(D)."""
        terms = [(38, 100), (40, 2), (44, 250), (59, time_in_force), _now()]
        self.send("D", (11, cl_ord_id), *_IBM, *terms)

    def replace(self, cl_ord_id, orig_cl_ord_id, order_qty):
        """Send an OrderCancelReplaceRequest(G) with another quantity."""
        terms = [(38, order_qty), (40, 2), (44, 250), (59, 0), _now()]
        self.send("G", (41, orig_cl_ord_id), (11, cl_ord_id), *_IBM, *terms)

    def cancel(self, cl_ord_id, orig_cl_ord_id):
        """Send an OrderCancelRequest(F)."""
        self.send("F", (41, orig_cl_ord_id), (11, cl_ord_id), *_IBM, (38, 100), _now())


class Venue(Peer):
    """VENUE, which the router connects to, and which answers by hand."""

    def __init__(self, router, version=None):
        version = version or router.venue_version
        super().__init__("VENUE", ConnectionType.ACCEPTOR, version)
        self.is_old = version[0] == "FIX.4.2"
        self._listener = socket.create_server(("127.0.0.1", router.venue_port))
        self._listener.settimeout(PATIENCE_S)
        self._executions = 0

    def _connect(self):
        return self._listener.accept()[0]

    def close(self):
        """Close the connection and listen no more."""
        self.drop()
        self._listener.close()

    def report(self, cl_ord_id, exec_type, ord_status, cum_qty=0, orig_cl_ord_id=None):
        """Send an ExecutionReport(8); exec_type F is a fill of all that ``cum_qty`` says."""
        self._executions += 1
        leaves_qty = 0 if ord_status in ("2", "4") else 100 - cum_qty
        fields = [(37, "V1"), (11, cl_ord_id), (17, f"E{self._executions}")]
        if self.is_old:
            fields += [(20, 0), (150, ord_status if exec_type == "F" else exec_type)]
        else:
            fields.append((150, exec_type))
        if orig_cl_ord_id is not None:
            fields.append((41, orig_cl_ord_id))
        if exec_type == "F":
            fields += [(32, cum_qty), (31, 250)]
        quantities = [(38, 100), (151, leaves_qty), (14, cum_qty), (6, 250 if cum_qty else 0)]
        self.send("8", *fields, (39, ord_status), *_IBM, *quantities, _now())

    def tell(self, ord_status="0", cum_qty=0):
        """Answer the OrderStatusRequest(H) that comes next; return the ClOrdID(11) it names."""
        cl_ord_id = self.expect("H").text(11)
        self.status(cl_ord_id, ord_status, cum_qty)
        return cl_ord_id

    def status(self, cl_ord_id, ord_status="0", cum_qty=0, *more):
        """Send an ExecutionReport(8) that only tells where an order of 100 at 250 stands."""
        kind = [(20, 3), (150, ord_status)] if self.is_old else [(150, "I")]
        fields = [(37, "V1"), (11, cl_ord_id), (17, "0"), *kind, (39, ord_status), *more]
        leaves_qty = 100 - cum_qty if ord_status in ("0", "1") else 0
        quantities = [(38, 100), (151, leaves_qty), (14, cum_qty), (6, 250 if cum_qty else 0)]
        self.send("8", *fields, *_IBM, *quantities, _now())


_IBM = ((55, "IBM"), (54, "1"))


def _now():
    return 60, format_timestamp(time.time_ns()).decode()
