"""FIX at the end of a socket, as lean as it gets: load generators share the cores with the router.

What comes is cut at CheckSum(10) and searched for the few values that matter; nothing is parsed or
validated, and no message carries data fields. Waiting is ``select()``, whose time is exact to some
microseconds once the timer slack of the process is set, where event loops round up to milliseconds.
"""

import socket
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from select import select
from typing import Self

from bench_lib.messages import BEGIN_STRING, logon, timestamp
from oms_fix.fix.codec import framed

_BEGIN = BEGIN_STRING.encode()
_RECEIVE_BYTES = 256 * 1024
_END = b"\x0110="
_END_SIZE = len(b"\x0110=nnn\x01")
_LOGON, _TEST_REQUEST = b"\x0135=A\x01", b"\x0135=1\x01"


class LoadError(Exception):
    """The router did not do what it was to do."""


class Peer:
    """One session with the router; a subclass says what to do about messages.

    Args:
        name: our CompID.
        router: the CompID of the router.
        connection: to the router.
    """

    def __init__(self, name: str, router: str, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.name, self._router = name, router
        self._connection = connection
        self._msg_seq_num = 1
        self._ids = b"\x0149=%b\x0156=%b\x0134=" % (name.encode(), router.encode())
        self._tail = b""
        self.is_logged_on = False

    def fileno(self) -> int:
        """Return what ``select()`` takes."""
        return self._connection.fileno()

    def log_on(self) -> None:
        """Send a Logon(A)."""
        self._connection.sendall(logon(self.name, self._router))

    def close(self) -> None:
        """Say goodbye, and leave."""
        with suppress(OSError):
            self.say(b"5", [b""])
            self._connection.close()

    def say(self, msg_type: bytes, bodies: Iterable[bytes]) -> None:
        """Send messages of one MsgType(35) in one go."""
        sent_at = timestamp().encode()
        said = []
        for body in bodies:
            self._msg_seq_num += 1
            content = b"35=%b%b%d\x0152=%b\x01%b" % (
                msg_type, self._ids, self._msg_seq_num, sent_at, body,
            )  # fmt: skip
            said.append(framed(_BEGIN, content))
        self._connection.sendall(b"".join(said))

    def read(self) -> None:
        """Take what has come.

        Raises:
            LoadError: the router has hung up.
        """
        data = self._connection.recv(_RECEIVE_BYTES)
        if not data:
            raise LoadError(f"{self.name}: disconnected by the router")
        data = self._tail + data
        end = data.rfind(_END) + _END_SIZE
        if end < _END_SIZE or end > len(data):
            end = data.rfind(_END, 0, end - _END_SIZE) + _END_SIZE
            if end < _END_SIZE:
                self._tail = data
                return
        self._tail = data[end:]
        messages = data[:end].split(_END)
        messages.pop()  # the last checksum
        if not self.is_logged_on or _TEST_REQUEST in data:
            messages = [each for each in messages if not self._is_admin(each)]
        self.heard(messages)

    def _is_admin(self, message: bytes) -> bool:
        if _LOGON in message:
            self.logged_on()
            self.is_logged_on = True
        elif _TEST_REQUEST in message:
            self.say(b"0", [b"112=%b\x01" % value(message, b"\x01112=")])
        else:
            return False
        return True

    def logged_on(self) -> None:
        """Do what is to be done after the router's Logon(A)."""

    def heard(self, messages: Sequence[bytes]) -> None:
        """Take messages, each without its checksum."""


class Connections:
    """All peers of one process, waited for together."""

    def __init__(self) -> None:
        self.peers: list[Peer] = []
        _wake_exactly()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for peer in self.peers:
            peer.close()

    def wait(self, seconds: float) -> None:
        """Take what comes; return after the first, or after so many seconds."""
        for peer in select(self.peers, (), (), max(seconds, 0.0))[0]:
            peer.read()


def value(message: bytes, start: bytes) -> bytes:
    """Return what stands between ``start`` and the next SOH; empty if there is none."""
    at = message.find(start)
    if at < 0:
        return b""
    at += len(start)
    end = message.find(b"\x01", at)
    return message[at:] if end < 0 else message[at:end]


def _wake_exactly() -> None:
    """Have the kernel wake this process when it is time, not up to 50 microseconds later."""
    with suppress(OSError):
        Path("/proc/self/timerslack_ns").write_text("1")
