"""The two engines that hear the same conversations, each in a process of its own.

There is no waiting for silence: a second session, the pace, asks its engine for a sign of life a
few times, and since both engines serve all sockets in one thread, all that was there before is
answered by then.
"""

import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from fix_wire import SOH, Fields, framed
from msgspec import Struct
from quickfix_peer import DICTIONARIES, ENDS, LONGEST_WAIT_S

from oms_fix.fix.timestamps import format_timestamp
from oms_fix.simulator.rebalance import free_ports

_PACE = "PACE"
_ROUNDS = 4
_HEAD = """\
[DEFAULT]
ConnectionType=acceptor
SenderCompID=ENGINE
SocketAcceptHost=127.0.0.1
SocketAcceptPort={port}
NonStopSession=Y
HeartBtInt=30
"""
_QUICKFIX_HEAD = "UseDataDictionary=Y\nSocketReuseAddress=Y\nSocketNodelay=Y\n"


class Counterparty(Struct, frozen=True):
    """A session that both engines have.

    Attributes:
        version: BeginString(8).
        comp_id: of the client.
        lasting: numbers last over connections; else ResetOnLogon=Y.
        expects: SendNextExpectedMsgSeqNum=Y.
    """

    version: str
    comp_id: str
    lasting: bool = False
    expects: bool = False

    def settings(self, *, quickfix: bool) -> list[str]:
        """Return the lines of its section."""
        lines = ["[SESSION]", f"BeginString={self.version}", f"TargetCompID={self.comp_id}"]
        lines.append(f"ResetOnLogon={'N' if self.lasting else 'Y'}")
        if self.expects:
            lines.append("SendNextExpectedMsgSeqNum=Y")
        if self.version == "FIXT.1.1":
            lines.append("DefaultApplVerID=FIX.5.0SP2")
        if quickfix and self.version == "FIXT.1.1":
            lines.append(f"TransportDataDictionary={DICTIONARIES / 'FIXT11.xml'}")
            lines.append(f"AppDataDictionary={DICTIONARIES / 'FIX50SP2.xml'}")
        elif quickfix:
            lines.append(f"DataDictionary={DICTIONARIES / self.version.replace('.', '')}.xml")
        return lines


COUNTERPARTIES = {
    each.comp_id: each
    for each in (
        Counterparty("FIX.4.2", "FIX42"),
        Counterparty("FIX.4.2", "FIX42-LASTING", lasting=True),
        Counterparty("FIX.4.4", "FIX44"),
        Counterparty("FIX.4.4", "FIX44-LASTING", lasting=True),
        Counterparty("FIX.4.4", "FIX44-EXPECTS", lasting=True, expects=True),
        Counterparty("FIXT.1.1", "FIXT11"),
        Counterparty("FIXT.1.1", "FIXT11-LASTING", lasting=True),
        Counterparty("FIXT.1.1", "FIXT11-EXPECTS", lasting=True, expects=True),
    )
}


def _settings(head: str, *, quickfix: bool) -> str:
    lines = [head.strip()]
    for each in (*COUNTERPARTIES.values(), Counterparty("FIX.4.2", _PACE)):
        lines += each.settings(quickfix=quickfix)
    return "\n".join(lines) + "\n"


def our_engine(folder: Path, *, with_bugs: bool = False) -> "Peer":
    """Return our engine, or one that bugs can be planted in."""
    (port,) = free_ports(1)
    settings = folder / ("buggy.cfg" if with_bugs else "ours.cfg")
    settings.write_text(_settings(_HEAD.format(port=port), quickfix=False))
    buggy = [str(Path(__file__).parent / "planted_bugs.py")]
    command = buggy if with_bugs else ["-m", "oms_fix", "echo"]
    return Peer("ours", [sys.executable, *command, str(settings)], port, folder)


def quickfix_engine(folder: Path) -> "Peer":
    """Return QuickFIX with an application that does what ``oms-fix echo`` does."""
    (port,) = free_ports(1)
    settings = folder / "quickfix.cfg"
    settings.write_text(_settings(_HEAD.format(port=port) + _QUICKFIX_HEAD, quickfix=True))
    program = str(Path(__file__).parent / "quickfix_echo.py")
    return Peer("QuickFIX", [sys.executable, program, str(settings)], port, folder)


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

    def __enter__(self):
        """Wait until the engine listens, and log the pace on."""
        try:
            self._process.stdout.readline()
            self._pace = self._connect()
            self._pace_number = 0
            self.ask_for_life("A", ((98, b"0"), (108, b"0")))
            self.await_life()
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise
        return self

    def __exit__(self, *error):
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

    def plant(self, bug: str) -> None:
        """Have another bug from now on."""
        self._process.stdin.write(f"{bug}\n".encode())
        self._process.stdin.flush()
        assert self._process.stdout.readline() == b"planted\n"

    def hang_up(self) -> None:
        """Close the connection."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def connect(self) -> None:
        """Begin with a new connection."""
        self.connection = self._connect()
        self._line = b""

    def say(self, data: bytes) -> None:
        """Send bytes."""
        with suppress(ConnectionError):
            self.connection.sendall(data)

    def hear(self) -> list[Fields]:
        """Return what has come; an empty one stands for a closed connection."""
        self.connection.setblocking(False)
        is_closed = False
        try:
            while data := self.connection.recv(65536):
                self._line += data
            is_closed = True
        except BlockingIOError:
            pass
        except ConnectionError:
            is_closed = True
        self.connection.setblocking(True)
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
                messages.append(Fields(fields))
                fields = []
        assert not fields, f"{self.name} sent half a message"
        return messages

    def _connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self._port), LONGEST_WAIT_S)
        # Else the system may keep back what is sent until what was sent before is confirmed.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def ask_for_life(self, msg_type: str = "1", fields=((112, b"pace"),)) -> None:
        """Send a message of the pace."""
        self._pace_number += 1
        stamp = format_timestamp(time.time_ns(), 3)
        header = [(49, _PACE.encode()), (56, b"ENGINE"), (34, b"%d" % self._pace_number)]
        pairs = [(b"%d" % tag, value) for tag, value in (*header, (52, stamp), *fields)]
        self._pace.sendall(framed(b"FIX.4.2", msg_type, pairs))

    def await_life(self) -> None:
        """Wait for the answer to it."""
        heard = b""
        while b"\x0110=" not in heard or not heard.endswith(SOH):
            data = self._pace.recv(4096)
            assert data, f"{self.name} has ended: {self._errors.read_text()}"
            heard += data


def _keep_pace(peers) -> None:
    for _ in range(_ROUNDS):
        for peer in peers:
            peer.ask_for_life()
        for peer in peers:
            peer.await_life()


def connect(peers) -> None:
    """Begin with a new connection to each engine; it has noticed when this returns."""
    for peer in peers:
        peer.hang_up()
    _keep_pace(peers)
    for peer in peers:
        peer.connect()
    _keep_pace(peers)


def exchange(peers, data: bytes) -> list[list[Fields]]:
    """Send bytes to each engine and return what each has answered."""
    for peer in peers:
        peer.say(data)
    _keep_pace(peers)
    return [peer.hear() for peer in peers]
