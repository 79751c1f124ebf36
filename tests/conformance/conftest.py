"""Raw FIX in, exact FIX out, on a virtual clock: a session and the counterparty it talks to."""

import pytest

from oms_fix.fix import (
    ConnectionType,
    Message,
    SequenceNumbers,
    SessionSettings,
    open_session,
)
from oms_fix.fix.codec import encode
from oms_fix.fix.outputs import (
    Deliver,
    Direction,
    Disconnect,
    LoggedOn,
    LoggedOut,
    Persist,
    Reset,
    Retrieve,
    Write,
)
from oms_fix.fix.timestamps import format_timestamp, parse_timestamp

START = parse_timestamp(b"20260105-12:00:00.000")
SECOND = 1_000_000_000
VERSIONS = ("FIX.4.2", "FIX.4.4", "FIXT.1.1")
ORDER = "11=a|21=1|55=IBM|54=1|60=20260105-12:00:00.000|38=100|40=1"

# What every message has, and no rule is about; exact bytes have tests of their own.
_ENVELOPE = {8, 9, 10, 49, 52, 56}


def fields_of(text):
    """Read ``35=D|11=a`` into tag and value pairs."""
    pairs = (field.split("=", 1) for field in text.split("|"))
    return [(int(tag), value.encode("latin-1")) for tag, value in pairs]


def line_of(data):
    """Write a message without its envelope: ``35=0|34=2|112=HELLO``."""
    fields = fields_of(data.decode("latin-1").rstrip("\x01").replace("\x01", "|"))
    return "|".join(f"{tag}={value.decode()}" for tag, value in fields if tag not in _ENVELOPE)


class Talk:
    """OMSFIX, the session under test, and PEER, the counterparty that the test speaks for.

    Every verb returns what the session did because of it: each written message as a line, and
    ``deliver D 2``, ``reset``, ``logged on``, ``logged out``, ``disconnect``. ``Retrieve`` is
    answered at once out of what was persisted; with ``holds_retrieve`` it shows as ``retrieve``.
    """

    def __init__(self, version, role, numbers, **settings):
        if version == "FIXT.1.1":
            settings = {"default_appl_ver_id": "FIX.5.0SP2", **settings}
        self.settings = SessionSettings(
            name="PEER",
            connection_type=ConnectionType(role),
            begin_string=version,
            sender_comp_id="OMSFIX",
            target_comp_id="PEER",
            **settings,
        )
        self.session = open_session(self.settings, SequenceNumbers(*numbers))
        self.now = START
        self.sent = {}
        self.taken = []
        self.taken_raw = []
        self.raw = b""
        self.holds_retrieve = False
        self.held_retrieve = None

    def connect(self):
        """Open the connection."""
        return self._perform(self.session.connected(self.now))

    def log_on(self, logon="98=0|108=30", number=1):
        """Connect as PEER's acceptor and exchange Logons."""
        self.connect()
        return self.hear(f"35=A|34={number}|{logon}{self.version_field}")

    @property
    def version_field(self):
        """DefaultApplVerID(1137), which only Logons of FIXT.1.1 have."""
        return "|1137=9" if self.settings.begin_string == "FIXT.1.1" else ""

    def message(self, text):
        """Build PEER's message; CompIDs, SendingTime and BeginString are right unless given."""
        given = dict(fields_of(text))
        usual = {
            49: b"PEER",
            56: b"OMSFIX",
            52: format_timestamp(self.now, self.settings.precision),
        }
        header = [
            (tag, given.get(tag, usual.get(tag)))
            for tag in (49, 56, 34, 43, 97, 52, 122, 115, 116, 128, 129, 144, 145)
            if tag in given or tag in usual
        ]
        known = {8, 35, *(tag for tag, _ in header)}
        body = [field for field in fields_of(text) if field[0] not in known]
        begin_string = given.get(8, self.settings.begin_string.encode()).decode()
        header = [field for field in header if field[1] != b"absent"]
        return encode(begin_string, given[35].decode(), header, body)

    def hear(self, *texts):
        """Let the session receive messages, in one piece."""
        return self.hear_bytes(b"".join(self.message(text) for text in texts))

    def hear_bytes(self, data):
        """Let the session receive bytes as they are."""
        return self._perform(self.session.received(data, self.now))

    def wait(self, seconds):
        """Let the virtual clock run, with five ticks a second."""
        said = []
        for _ in range(round(seconds * 5)):
            self.now += SECOND // 5
            said += self._perform(self.session.tick(self.now))
        return said

    def send(self, msg_type, text):
        """Send an application message."""
        return self._perform(self.session.send(Message(msg_type, fields_of(text)), self.now))

    def logout(self, text):
        """Begin the logout."""
        return self._perform(self.session.logout(text, self.now))

    def reset(self):
        """Reset the numbers, as the operator does."""
        return self._perform(self.session.reset(self.now))

    def disconnect(self):
        """Cut the connection."""
        return self._perform(self.session.disconnected(self.now))

    def retrieved(self, asked=None):
        """Answer a Retrieve, or else the one that was held back last, out of what was persisted."""
        asked = asked or self.held_retrieve
        numbers = range(asked.begin, asked.end + 1)
        stored = [(n, self.sent[n]) for n in numbers if n in self.sent]
        return self._perform(self.session.retrieved(asked, stored, self.now))

    def _perform(self, outputs):
        return [line for output in outputs for line in self._lines(output)]

    def _lines(self, output):
        match output:
            case Persist(Direction.OUT, number, _, data):
                self.sent[number] = data
            case Persist(Direction.IN, number, msg_type, data):
                self.taken.append((number, msg_type))
                self.taken_raw.append(data)
            case Write(data):
                self.raw = data
                return [line_of(data)]
            case Deliver(message, number):
                return [f"deliver {message.msg_type} {number}"]
            case Retrieve() if not self.holds_retrieve:
                return self.retrieved(output)
            case _:
                return self._plain_lines(output)
        return []

    def _plain_lines(self, output):
        if isinstance(output, Reset):
            self.sent.clear()
        if isinstance(output, Retrieve):
            self.held_retrieve = output
        names = {
            Reset: "reset",
            LoggedOn: "logged on",
            LoggedOut: "logged out",
            Disconnect: "disconnect",
            Retrieve: "retrieve",
        }
        name = names.get(type(output))
        return [] if name is None else [name]


@pytest.fixture
def start():
    """Make a session of any version, role, numbers and settings."""

    def make(version="FIX.4.4", role="acceptor", numbers=(1, 1), **settings):
        return Talk(version, role, numbers, **settings)

    return make


@pytest.fixture(params=VERSIONS)
def version(request):
    """Each FIX version in turn."""
    return request.param


@pytest.fixture
def talk(start, version):
    """An acceptor's session, logged on with a HeartBtInt(108) of 30 seconds, in each version."""
    talk = start(version)
    talk.log_on()
    return talk


@pytest.fixture
def order():
    """The body of a NewOrderSingle(D) that is valid in every version."""
    return ORDER
