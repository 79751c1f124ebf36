"""Who may log on: a first message, where it came from and what certificate came with it.

Whatever is wrong, the stranger hears nothing, and waits as long for it as for anything else. The
reason is for our log only.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from oms_fix.fix.codec import parse
from oms_fix.fix.credentials import check_credentials
from oms_fix.fix.errors import ParseError, RemoteError
from oms_fix.fix.link import Link
from oms_fix.fix.message import DATA_TAGS, Message
from oms_fix.fix.settings import SessionSettings
from oms_fix.fix.tls import PeerCertificate, PinError, check_pin

Address = tuple[str, int]

_LOST_SECONDS = 1.0

_USERNAME, _PASSWORD = 553, 554


class LogonRefusedError(RemoteError):
    """This connection gets no session; the text says why, for our log only."""


class LogonRequest(Struct, frozen=True):
    """A Logon(A) as the first message of a connection, not believed yet.

    Attributes:
        message: the Logon.
        begin_string: BeginString(8).
        address: SocketAcceptHost and SocketAcceptPort that it came in on.
        peer: IP address of the other side.
        certificate: of the other side, verified; None without mutual TLS.
    """

    message: Message
    begin_string: str
    address: Address
    peer: str
    certificate: PeerCertificate | None

    @property
    def sender_comp_id(self) -> str:
        """SenderCompID(49): who it claims to be."""
        return self.message.text(49) or ""

    @property
    def target_comp_id(self) -> str:
        """TargetCompID(56): whom it takes us for."""
        return self.message.text(56) or ""


class Candidate(Struct, frozen=True):
    """The session that a Logon claims, and the way to its link once the claim has been proved.

    Attributes:
        settings: what the claim is held against.
        link: called after the proof; may make the session, or raise LogonRefusedError.
    """

    settings: SessionSettings
    link: Callable[[], Link]


Resolver = Callable[[LogonRequest], Candidate | None]
"""Finds the session that a Logon claims; None if there is none. It must change nothing."""


def read_request(
    raw: bytes, address: Address, peer: str, certificate: PeerCertificate | None
) -> LogonRequest:
    """Return a first message as a request.

    Raises:
        LogonRefusedError: it is no Logon(A).
    """
    try:
        message = parse(raw, DATA_TAGS)
    except ParseError as error:
        raise LogonRefusedError("first message is no FIX that can be read") from error
    if message.msg_type != "A":
        raise LogonRefusedError(f"first message is no Logon(A) but {message.msg_type}")
    begin_string = raw[2 : raw.index(b"\x01")].decode("latin-1")
    return LogonRequest(message, begin_string, address, peer, certificate)


class CredentialsChecker:
    """Checks passwords on a thread of its own, one at a time: the event loop goes on meanwhile."""

    def __init__(self) -> None:
        self._worker: ThreadPoolExecutor | None = None

    async def check(self, path: Path | None, name: str, password: bytes | None) -> str | None:
        """Do ``check_credentials``."""
        if self._worker is None:
            self._worker = ThreadPoolExecutor(1, "credentials")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._worker, check_credentials, path, name, password)

    def close(self) -> None:
        """End the thread; what waits for it is cancelled."""
        if self._worker is not None:
            self._worker.shutdown(wait=False, cancel_futures=True)
            self._worker = None


class Admission:
    """Decides about requests.

    Args:
        resolve: finds the session that is claimed.
    """

    def __init__(self, resolve: Resolver) -> None:
        self._resolve = resolve
        self._credentials = CredentialsChecker()

    async def admit(self, request: LogonRequest, *, has_credentials: bool) -> Link:
        """Return the link that a request is for.

        Args:
            request: what came.
            has_credentials: some session at this address has a file of credentials. Then every
                request costs one check of a password, lest a quick refusal tell who exists.

        Raises:
            LogonRefusedError: it gets none.
        """
        candidate = self._resolve(request)
        problem = _problem(request, candidate)
        path = candidate.settings.security.credentials_file if candidate else None
        if has_credentials or path is not None:
            name, password = request.message.text(_USERNAME) or "", request.message.get(_PASSWORD)
            wrong = await self._credentials.check(path, name, password)
            if path is not None:
                problem = problem or wrong
        if candidate is None or problem is not None:
            raise LogonRefusedError(problem or "")
        link = candidate.link()
        if not link.going.is_set():
            await link.going.wait()
            # A connection that was lost meanwhile was not read, and shows it only now.
            with suppress(TimeoutError):
                await asyncio.wait_for(link.gone.wait(), _LOST_SECONDS)
        if link.transport is not None:  # looked at last: it may have come while we waited
            raise LogonRefusedError(f"second logon of live session {link.name}")
        if not link.is_open:
            raise LogonRefusedError(f"session {link.name} is closed")
        return link

    def close(self) -> None:
        """Check no more."""
        self._credentials.close()


def _problem(request: LogonRequest, candidate: Candidate | None) -> str | None:
    """Return what is wrong apart from the password, or None."""
    if candidate is None:
        return (
            f"no session {request.begin_string} "
            f"{request.sender_comp_id} to {request.target_comp_id} here"
        )
    security = candidate.settings.security
    if not security.allows(request.peer):
        return f"{candidate.settings.name} may not connect from {request.peer}"
    try:
        check_pin(security, request.certificate)
    except PinError as error:
        return f"{candidate.settings.name}: {error}"
    name = security.username or candidate.settings.target_comp_id
    if security.credentials_file is not None and request.message.text(_USERNAME) != name:
        return f"Username(553) is not {name}"
    return None
