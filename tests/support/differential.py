"""The same conversation with two engines: what is said, and what each of them answers.

``random_conversations`` draws what a client does, ``Bench`` runs both engines as acceptors and
does it to both. There is no waiting for silence: a second session, the pace, asks its engine for a
sign of life a few times, and since both engines serve all sockets in one thread, all that was there
before is answered by then.
"""

import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path

from msgspec import Struct, structs
from quickfix_peer import DICTIONARIES, ENDS, LONGEST_WAIT_S
from random_conversations import FRESH, POSS_DUP, Act, Change, order

from oms_fix.fix.timestamps import format_timestamp
from oms_fix.simulator.rebalance import free_ports

SOH = b"\x01"
VERSIONS = {"FIX.4.2": "CLIENT42", "FIX.4.4": "CLIENT44", "FIXT.1.1": "CLIENT50"}
_PACE = ("FIX.4.2", "PACE")
_ROUNDS = 4
_STALE_NS = 300 * 10**9

# --- how it is said -----------------------------------------------------------------------------


class Client:
    """Writes the messages of one connection; both engines get the same bytes."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.next_out = 1
        self.wanted: tuple[int, int] | None = None  # BeginSeqNo(7) of a request, what came after
        self.gap = False  # an engine has asked for what is missing, and nothing has come

    def logon(self, opening: Act, more=()) -> Act:
        """Return the Logon(A) that a connection begins with, as odd as the opening is."""
        fields = [(98, b"0"), (108, b"30"), *more]
        if self.version == "FIXT.1.1":
            fields.append((1137, b"9"))
        return structs.replace(opening, kind="A", fields=(*fields, *opening.fields))

    def write(self, act: Act) -> bytes:
        """Return the bytes of an act, none where there is nothing to say."""
        if act.kind in ("fill", "resend"):
            return self._answer(act.kind)
        if act.kind == "reset":
            self.next_out, self.gap, self.wanted = 1, False, None
            act = self.logon(Act("A", header=act.header), ((141, b"Y"),))
        elif act.kind == "skip":
            first, self.next_out = self.next_out, self.next_out + 2
            return self._message(Act("4", ((123, b"Y"), (36, b"%d" % self.next_out))), first)
        number = self.next_out + act.shift
        if act.shift >= 0:
            self.next_out = number + 1
        return self._message(act, number)

    def heard(self, messages) -> None:
        """Take note of a request for what is missing."""
        for message in messages:
            if message.get(35) == b"2" and message.get(7, b"").isdigit():
                self.wanted = (int(message[7]), self.next_out)

    def _answer(self, kind: str) -> bytes:
        if self.wanted is None:
            return b""
        (first, end), self.wanted, self.gap = self.wanted, None, False
        if kind == "fill":
            fields = ((123, b"Y"), (36, b"%d" % end))
            return self._message(Act("4", fields, header=POSS_DUP), first)
        again = Act("D", order(b"7", ()), header=POSS_DUP)
        return b"".join(self._message(again, number) for number in range(first, end))

    def _message(self, act: Act, number: int) -> bytes:
        now = time.time_ns()
        kinds = {change.kind for change in act.changes}
        at = now - _STALE_NS if "stale" in kinds else now
        sender = b"STRANGER" if "comp id" in kinds else VERSIONS[self.version].encode()
        header = [(49, sender), (56, b"ENGINE"), (34, b"%d" % number)]
        fields = [*header, (52, format_timestamp(at, 3)), *act.header, *act.fields]
        stamp = format_timestamp(now, 3)
        pairs = [(b"%d" % tag, stamp if value is None else value) for tag, value in fields]
        for change in act.changes:
            _change(pairs, change)
        return framed(self.version.encode(), act.kind, pairs, kinds)


def framed(begin_string: bytes, msg_type: str, pairs, faults=frozenset()) -> bytes:
    """Return a whole message, with the faults of its frame that are named."""
    body = b"35=" + msg_type.encode() + SOH + b"".join(b"%s=%s\x01" % pair for pair in pairs)
    length = len(body) + (3 if "length" in faults else 0)
    begin = b"FIX.4.3" if "begin" in faults else begin_string
    whole = b"8=%s\x019=%d\x01" % (begin, length) + body
    checksum = (sum(whole) + ("checksum" in faults)) % 256
    return (b"junk" if "junk" in faults else b"") + whole + b"10=%03d\x01" % checksum


def _change(pairs, change: Change) -> None:
    at = change.at % len(pairs) if pairs else 0
    if change.kind == "insert":
        pairs.insert(at, (change.what, b"1"))
    elif not pairs:
        return
    elif change.kind == "drop":
        del pairs[at]
    elif change.kind == "double":
        pairs.insert(at, pairs[at])
    elif change.kind == "swap":
        other = (at + 1) % len(pairs)
        pairs[at], pairs[other] = pairs[other], pairs[at]
    elif change.kind == "value":
        pairs[at] = (pairs[at][0], change.what)
    elif change.kind == "tag":
        pairs[at] = (change.what, pairs[at][1])


class Exchange(Struct, frozen=True):
    """One message, or several, and what both engines answered.

    Attributes:
        act: what the client did.
        sent: the fields of the first message that was sent.
        ours: what our engine answered, as ``essence`` gives it.
        theirs: the same of QuickFIX.
        gap: an answer before this one asked for what is missing, and it has not come.
        before: what was exchanged on this connection before.
        last: how the connection before this one went on; empty if there was none.
        text: for people.
    """

    act: Act
    sent: "Answer"
    ours: tuple
    theirs: tuple
    gap: bool
    before: tuple["Exchange", ...]
    last: tuple["Exchange", ...]
    text: str


# --- who hears it -------------------------------------------------------------------------------


def _settings(head: str, quickfix: bool) -> str:
    lines = [head.strip()]
    for version, name in (*VERSIONS.items(), _PACE):
        lines += ["[SESSION]", f"BeginString={version}", f"TargetCompID={name}"]
        if version == "FIXT.1.1":
            lines.append("DefaultApplVerID=FIX.5.0SP2")
        if quickfix and version == "FIXT.1.1":
            lines.append(f"TransportDataDictionary={DICTIONARIES / 'FIXT11.xml'}")
            lines.append(f"AppDataDictionary={DICTIONARIES / 'FIX50SP2.xml'}")
        elif quickfix:
            lines.append(f"DataDictionary={DICTIONARIES / version.replace('.', '')}.xml")
    return "\n".join(lines) + "\n"


_HEAD = """\
[DEFAULT]
ConnectionType=acceptor
SenderCompID=ENGINE
SocketAcceptHost=127.0.0.1
SocketAcceptPort={port}
NonStopSession=Y
HeartBtInt=30
ResetOnLogon=Y
"""
_QUICKFIX_HEAD = "UseDataDictionary=Y\nSocketReuseAddress=Y\nSocketNodelay=Y\n"


class Peer:
    """One engine in a process of its own, with the connection that paces it."""

    def __init__(self, name: str, command: list[str], port: int, folder: Path) -> None:
        self.name = name
        self._errors = folder / f"{name}.stderr"
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        self._port = port
        self._line = b""
        self.connection: socket.socket | None = None

    def start(self) -> None:
        """Wait until the engine listens, and log the pace on."""
        self._process.stdout.readline()
        self._pace = self._connect()
        self._pace_number = 0
        self._say_pace("A", ((98, b"0"), (108, b"0")))

    def stop(self) -> None:
        """End the process."""
        for end in (self.connection, self._pace):
            if end is not None:
                end.close()
        self._process.stdin.close()
        if self.name == "ours":
            self._process.terminate()
        try:
            status = self._process.wait(LONGEST_WAIT_S)
        finally:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()
        assert status in ENDS, f"{self.name} ended with {status}: {self._errors.read_text()}"
        if self.name == "QuickFIX":
            assert self._errors.read_text() == ""

    def connect(self) -> None:
        """Begin with a new connection."""
        self.hang_up()
        self.connection = self._connect()
        self._line = b""
        self._keep_pace()

    def hang_up(self) -> None:
        """Close the connection; the engine has noticed when this returns."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None
        self._keep_pace()

    def exchange(self, data: bytes) -> list[dict[int, bytes]]:
        """Send bytes and return the answers; an empty one stands for a closed connection."""
        with suppress(ConnectionError):
            self.connection.sendall(data)
        self._keep_pace()
        self.connection.setblocking(False)
        is_closed = False
        try:
            while True:
                data = self.connection.recv(65536)
                if not data:
                    is_closed = True
                    break
                self._line += data
        except BlockingIOError:
            pass
        except ConnectionError:
            is_closed = True
        self.connection.settimeout(LONGEST_WAIT_S)
        answers = self._cut()
        return [*answers, {}] if is_closed else answers

    def _cut(self):
        """Return the messages that have come as lists of pairs with look-up."""
        messages, fields = [], []
        *whole, self._line = self._line.split(SOH)
        for field in whole:
            tag, _, value = field.partition(b"=")
            fields.append((int(tag), value))
            if tag == b"10":
                messages.append(Answer(fields))
                fields = []
        assert not fields, f"{self.name} sent half a message"
        return messages

    def _connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self._port), LONGEST_WAIT_S)
        # Else the system may keep back what is sent until what was sent before is confirmed.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _keep_pace(self) -> None:
        for _ in range(_ROUNDS):
            self._say_pace("1", ((112, b"pace"),))

    def _say_pace(self, msg_type, fields) -> None:
        self._pace_number += 1
        stamp = format_timestamp(time.time_ns(), 3)
        header = [(49, b"PACE"), (56, b"ENGINE"), (34, b"%d" % self._pace_number), (52, stamp)]
        pairs = [(b"%d" % tag, value) for tag, value in (*header, *fields)]
        self._pace.sendall(framed(b"FIX.4.2", msg_type, pairs))
        heard = b""
        while b"\x0110=" not in heard or not heard.endswith(SOH):
            data = self._pace.recv(4096)
            assert data, f"{self.name} has ended: {self._errors.read_text()}"
            heard += data


class Answer(dict):
    """The first value of each tag; ``pairs`` has all of them in order."""

    def __init__(self, pairs) -> None:
        super().__init__(reversed(pairs))
        self.pairs = pairs


class Bench:
    """Both engines."""

    def __init__(self, folder: Path) -> None:
        ports = free_ports(2)
        heads = [_HEAD.format(port=port) for port in ports]
        ours, theirs = folder / "ours.cfg", folder / "quickfix.cfg"
        ours.write_text(_settings(heads[0], quickfix=False))
        theirs.write_text(_settings(heads[1] + _QUICKFIX_HEAD, quickfix=True))
        program = Path(__file__).parent / "quickfix_echo.py"
        echo = [sys.executable, "-m", "oms_fix", "echo", str(ours)]
        self.ours = Peer("ours", echo, ports[0], folder)
        quickfix = [sys.executable, str(program), str(theirs)]
        self.theirs = Peer("QuickFIX", quickfix, ports[1], folder)
        self._both = (self.ours, self.theirs)

    def __enter__(self):
        with ExitStack() as stack:
            for peer in self._both:
                stack.callback(peer.stop)
                peer.start()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error):
        self._stack.close()

    def converse(self, version, acts):
        """Yield what is exchanged, one act after the other."""
        self._forget(version)
        client, last = None, ()
        before: list[Exchange] = []
        for act in [FRESH, *acts]:
            if act.kind != "hang up" and client is not None:
                said = act
            else:
                self._connect()
                client, last, before = Client(version), tuple(before), []
                said = client.logon(act if act.kind == "hang up" else FRESH)
            sent = client.write(said)
            if sent:
                before.append(self._exchange(client, said, sent, tuple(before), last))
                yield before[-1]
            if CLOSED in before[-1].ours or CLOSED in before[-1].theirs:
                client = None

    def _connect(self):
        for peer in self._both:
            peer.connect()

    def _forget(self, version):
        """Take what still waits for a Logon(A) since the conversation before."""
        self._connect()
        client = Client(version)
        sent = client.write(client.logon(FRESH))
        for peer in self._both:
            peer.exchange(sent)

    def _exchange(self, client, act, sent, before, last):
        gap = client.gap
        ours, theirs = (peer.exchange(sent) for peer in self._both)
        client.heard(theirs)
        client.gap = client.gap or any(message.get(35) == b"2" for message in ours + theirs)
        lines = [f"{act}", *map(readable, (sent,))]
        lines += [f"    ours:     {readable(each)}" for each in ours]
        lines += [f"    QuickFIX: {readable(each)}" for each in theirs]
        fields = _split(sent[sent.find(b"8=") :].split(b"\x0110=", 1)[0])
        return Exchange(
            act=act,
            sent=Answer(fields),
            ours=tuple(map(essence, ours)),
            theirs=tuple(map(essence, theirs)),
            gap=gap,
            before=before,
            last=last,
            text="\n".join(lines),
        )


# What is compared: not texts, nor times.
_COMPARED = (35, 34, 43, 97, 115, 128, 45, 371, 372, 373, 380, 36, 123, 7, 16, 112, 98, 108, 141)
_NOT_ECHOED = frozenset((8, 9, 10, 49, 52, 56, 122, 60))
CLOSED = ("closed",)


def essence(message):
    """Return what of a message is compared, as pairs; of an echo all of its body, sorted."""
    if not message:
        return CLOSED
    if message[35] in {b"D", b"d"}:
        return tuple(sorted(pair for pair in message.pairs if pair[0] not in _NOT_ECHOED))
    return tuple((tag, message[tag]) for tag in (*_COMPARED, 1137) if tag in message)


def readable(message) -> str:
    """Return a message, or the bytes that were sent, as a line."""
    if isinstance(message, bytes):
        return message.replace(SOH, b"|").decode("latin-1")
    if not message:
        return "closed"
    return "|".join(f"{tag}={value.decode('latin-1')}" for tag, value in message.pairs)


def _split(raw: bytes):
    """Return the fields of a message that may be spoiled."""
    pairs = [field.partition(b"=")[::2] for field in raw.split(SOH)]
    return [(int(tag) if tag.isdigit() else -1, value) for tag, value in pairs]
