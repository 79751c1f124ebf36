"""Operators' commands: a Unix domain socket, one JSON object a line, one line of answer.

Only the owner and the group of the socket may open it. Who the operator is, is what the operating
system says of the peer, not what the peer says. Linux only (SO_PEERCRED, unix(7)).
"""

import asyncio
import pwd
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import msgspec
import structlog
from msgspec import Struct

from oms_fix.core.engine import UndecidedError
from oms_fix.journal.records import StoreError

LINE_SIZE_MAX = 64 * 1024
IDLE_TIMEOUT_S = 30.0
_UCRED = struct.Struct("3i")

log = structlog.get_logger("oms_fix.control")


class ControlRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """One command; ``name`` is that of the ``oms-fix`` subcommand."""

    name: str
    arguments: dict[str, str] = {}


class ControlAnswer(Struct, frozen=True, omit_defaults=True):
    """The answer: whether it was done, lines for people, and rows where a table was asked for.

    ``code`` is the stable code of a refusal that has one.
    """

    done: bool
    lines: list[str] = []
    rows: list[dict[str, str | int]] = []
    code: str = ""


Handler = Callable[[str, Mapping[str, str]], Awaitable[ControlAnswer]]
"""Carries a command out; gets the operator's name and the arguments."""


class ControlServer:
    """Listens on the socket and carries out what ``handlers`` know."""

    def __init__(self, path: Path, handlers: Mapping[str, Handler]) -> None:
        self._path = path
        self._handlers = handlers
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Open the socket; a left-over one of a daemon that was killed is replaced."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # Between bind and chmod nobody can connect, because nobody listens yet.
        listener.bind(str(self._path))
        self._path.chmod(0o660)
        self._server = await asyncio.start_unix_server(
            self._serve, sock=listener, limit=LINE_SIZE_MAX
        )

    async def stop(self) -> None:
        """Close the socket and remove it."""
        if self._server is not None:
            self._server.close()
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        operator = _peer_name(writer.get_extra_info("socket"))
        try:
            line = await asyncio.wait_for(reader.readline(), IDLE_TIMEOUT_S)
            answer = await self._answer(line, operator)
            writer.write(msgspec.json.encode(answer) + b"\n")
            await writer.drain()
        except (TimeoutError, ConnectionError, ValueError) as error:
            log.warning("control_connection", operator=operator, error=str(error))
        finally:
            writer.close()

    async def _answer(self, line: bytes, operator: str) -> ControlAnswer:
        try:
            request = msgspec.json.decode(line, type=ControlRequest)
        except msgspec.DecodeError as error:
            return ControlAnswer(done=False, lines=[f"not understood: {error}"])
        handler = self._handlers.get(request.name)
        if handler is None:
            known = ", ".join(sorted(self._handlers))
            return ControlAnswer(False, [f"unknown command {request.name}; allowed: {known}"])
        log.info("operator_command", command=request.name, operator=operator)
        try:
            return await handler(operator, request.arguments)
        except UndecidedError as error:
            return ControlAnswer(done=False, lines=[f"an error of ours, nothing is done: {error}"])
        except StoreError as error:
            return ControlAnswer(done=False, lines=[str(error)])


def _peer_name(peer: socket.socket) -> str:
    """Return the login name of the process at the other end, by the kernel's word."""
    credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
    _pid, uid, _gid = _UCRED.unpack(credentials)
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def ask(path: Path, request: ControlRequest, timeout_s: float = IDLE_TIMEOUT_S) -> ControlAnswer:
    """Send a command to a running daemon and return its answer.

    Raises:
        OSError: no daemon listens there, or this user may not.
        msgspec.DecodeError: what answered is no daemon of ours.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout_s)
        connection.connect(str(path))
        connection.sendall(msgspec.json.encode(request) + b"\n")
        with connection.makefile("rb") as stream:
            return msgspec.json.decode(stream.readline(LINE_SIZE_MAX), type=ControlAnswer)
