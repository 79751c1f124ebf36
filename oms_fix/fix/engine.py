"""The engine used alone: sessions, a store, and an application that hears of messages."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Protocol

from oms_fix.fix.acceptor import Acceptor
from oms_fix.fix.admission import LogonRefusedError
from oms_fix.fix.codec import parse
from oms_fix.fix.errors import LocalError
from oms_fix.fix.initiator import Initiator
from oms_fix.fix.link import Link, log
from oms_fix.fix.message import Message
from oms_fix.fix.outputs import (
    IN,
    OUT,
    Deliver,
    Disconnect,
    Expired,
    LoggedOn,
    LoggedOut,
    Note,
    NumbersSet,
    Output,
    Persist,
    Reset,
    Retrieve,
    Write,
)
from oms_fix.fix.session import SequenceNumbers
from oms_fix.fix.session_messages import goes_again, sending_time
from oms_fix.fix.session_port import open_session
from oms_fix.fix.settings import ConnectionType, SessionSettings
from oms_fix.fix.stale_orders import is_stale
from oms_fix.fix.store import Store

_Gathered = dict[Link, list[Output]]
_HEARD = frozenset((Deliver, LoggedOn, LoggedOut))  # what the application is told

# How often the store is let forget what it need not keep, and the pause between two steps of that.
_TIDY_SECONDS = 60.0
_TIDY_STEP_SECONDS = 0.1


class Application(Protocol):
    """What an application hears; it may send from within."""

    def received(self, session_name: str, message: Message) -> None:
        """Take an application message, or the counterparty's Reject(3), in sequence and once.

        Only after a crash may a message come a second time, with nothing that was sent for it the
        first time stored or gone out; what else was done then is for the application to recognise.

        What is raised here and below is logged; it takes nothing from the messages that follow.
        """

    def logged_on(self, session_name: str) -> None:
        """Take note that messages flow."""

    def logged_out(self, session_name: str, reason: str) -> None:
        """Take note that messages wait until the next logon."""


class Engine:
    """Runs the sessions of some settings. All methods belong to the thread of the event loop.

    One transaction holds a message, as received, and what the application sends when it hears of
    it. After a crash before that, neither has happened: no answer has left, and the counterparty
    sends the message again. An application that raises loses the message, which is logged, and
    nothing else.

    Fail closed: when the store raises, nothing of what it did not store leaves, all connections
    are closed and the engine stops. So it does when the application ends the process (SystemExit).

    The session of a template is there from the first logon of its counterparty on, under the name
    that the application hears; what the store has of it goes on.

    Attributes:
        clock: returns nanoseconds since 1970-01-01 UTC.
        failure: the error that stopped the engine, most likely the store's; None while all is well.
        ports: ports listened on, one for each address of the acceptors' settings; after ``start``.
    """

    def __init__(
        self,
        settings: Iterable[SessionSettings],
        application: Application,
        store: Store,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.clock = clock
        self._application = application
        self._store = store
        templates: list[SessionSettings] = []
        self._links: dict[str, Link] = {}
        for each in settings:
            if each.acceptor_template:
                templates.append(each)
            else:
                self._links[each.name] = self._link(each)
        acceptors: list[Link] = []
        initiators: list[Link] = []
        for link in self._links.values():
            role = link.session.settings.connection_type
            (acceptors if role is ConnectionType.ACCEPTOR else initiators).append(link)
        self._acceptor = Acceptor(acceptors, templates, self._open_session)
        self._initiators = [Initiator(link) for link in initiators]
        self.failure: BaseException | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._tidying: asyncio.TimerHandle | None = None
        self._gathered: _Gathered = {}
        self._scheduled = self._releasing = False

    def _link(self, settings: SessionSettings) -> Link:
        numbers, used_at = self._stored(settings.name)
        session = open_session(settings, numbers)
        refresh = partial(self._refreshed, settings.name) if settings.refresh_on_logon else None
        return Link(session, self, used_at, refresh)

    def _stored(self, session_name: str) -> tuple[SequenceNumbers, int | None]:
        """Return the numbers of a session, and when they were last used."""
        numbers = self._store.numbers(session_name)
        last = numbers.next_out - 1
        used_at = [sending_time(raw) for _, raw in self._store.sent(session_name, last, last)]
        return numbers, used_at[0] if used_at else None

    def _refreshed(self, session_name: str) -> tuple[SequenceNumbers, int | None]:
        self._flush()
        try:
            return self._stored(session_name)
        except Exception as error:
            self._fail(error)
            raise

    def _open_session(self, settings: SessionSettings) -> Link:
        if settings.name in self._links:
            raise LogonRefusedError(f"another session is called {settings.name}")
        link = self._links[settings.name] = self._link(settings)
        return link

    @property
    def ports(self) -> list[int]:
        """Ports listened on, one for each address of the acceptors' settings."""
        return self._acceptor.ports

    def link(self, session_name: str) -> Link:
        """Return the link of a session; KeyError if there is none of this name."""
        return self._links[session_name]

    async def start(self) -> None:
        """Listen and begin to connect; OSError if an address cannot be had."""
        await self._acceptor.start()
        for initiator in self._initiators:
            await initiator.start()
        self._tidy()

    async def stop(self) -> None:
        """Log out of all sessions at once, and close; the store stays open."""
        if self._tidying is not None:
            self._tidying.cancel()
            self._tidying = None
        # Each stops to listen or to connect by itself: who has logged out may not come back in.
        await asyncio.gather(
            self._acceptor.stop(), *(initiator.stop() for initiator in self._initiators)
        )

    def _tidy(self) -> None:
        """Let the store forget step by step, with all else that happens in between."""
        try:
            has_more = self._store.tidy(self.clock())
        except Exception as error:
            self._fail(error)
            raise
        pause = _TIDY_STEP_SECONDS if has_more else _TIDY_SECONDS
        self._tidying = asyncio.get_running_loop().call_later(pause, self._tidy)

    def send(self, session_name: str, message: Message) -> None:
        """Send an application message, now or after the next logon.

        What waits when the numbers are reset is sent anew after the reset.

        Raises:
            KeyError: no such session.
            LocalError: the engine has failed, the message is not sent.
        """
        link = self._links[session_name]
        if self.failure is not None:
            raise LocalError(f"the engine has failed: {self.failure!r}")
        link.send(message)

    def perform(self, link: Link, outputs: Sequence[Output]) -> None:
        """Tell the application, store, then write.

        What came from counterparties waits for the end of this round of the event loop: all that
        arrived in it is one transaction, with all that the application sends when it is told. All
        else is stored when this returns, together with what waits.
        """
        if self.failure is not None:
            return
        gathered = self._gathered.get(link)
        if gathered is None:
            self._gathered[link] = list(outputs)
        else:
            gathered += outputs
        if self._releasing:
            return
        if not any(map(_is_received, outputs)):
            self._flush()
        elif not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._end_round)

    def _end_round(self) -> None:
        self._scheduled = False
        self._flush()

    def _flush(self) -> None:
        """Let the application answer what has gathered, store both and let them out.

        Goes on until nothing more comes up.
        """
        if self._releasing or self.failure is not None:
            return
        self._releasing = True
        try:
            while self._gathered:
                answered = self._answered()
                self._send_anew(answered)
                self._save(answered)
                for link, outputs in answered.items():
                    self._carry_out(link, outputs)
        except BaseException as error:
            self._fail(error)
            raise
        finally:
            self._releasing = False

    def _answered(self) -> _Gathered:
        """Return what has gathered and all that the application sends when it hears of it."""
        answered: _Gathered = {}
        while self._gathered:
            gathered, self._gathered = self._gathered, {}
            for link, outputs in gathered.items():
                answered.setdefault(link, []).extend(outputs)
                if not _HEARD.isdisjoint(map(type, outputs)):
                    self._tell(link, outputs)
        return answered

    def _tell(self, link: Link, outputs: Iterable[Output]) -> None:
        name, application = link.name, self._application
        received = application.received
        for output in outputs:
            try:
                if type(output) is Deliver:
                    received(name, output.message)
                elif type(output) is LoggedOn:
                    application.logged_on(name)
                elif type(output) is LoggedOut:
                    application.logged_out(name, output.reason)
            except Exception:  # noqa: BLE001 - what it does wrong is its own loss
                log.exception("the application failed", extra={"session": name})

    def _send_anew(self, answered: _Gathered) -> None:
        """Send what resets have left unsent, as a part of their transaction: no crash loses it."""
        for link, outputs in answered.items():
            if Reset in map(type, outputs):
                for message in self._unsent(link, outputs):
                    link.send(message)
                outputs.extend(self._gathered.pop(link, []))

    def _save(self, gathered: _Gathered) -> None:
        # One save is a transaction by itself.
        with self._store.together() if len(gathered) > 1 else nullcontext():
            for link, outputs in gathered.items():
                self._save_outputs(link, outputs)

    def _unsent(self, link: Link, outputs: Iterable[Output]) -> list[Message]:
        """Return what was never written before a reset, to be sent anew.

        Some of it may be among these outputs, and not stored yet.
        """
        dictionary = link.session.dictionary
        known: dict[int, bytes] = {}
        is_numbered_anew = False  # what is in the store belongs to the numbering before
        raws: list[bytes] = []
        for output in outputs:
            if isinstance(output, Persist) and output.direction is OUT:
                known[output.msg_seq_num] = output.data
            elif isinstance(output, Reset):
                first, last = output.unsent or (1, 0)
                if not is_numbered_anew:
                    known = dict(self._store.sent(link.name, first, last)) | known
                raws += [known[number] for number in sorted(known) if first <= number <= last]
                known = {}
                is_numbered_anew = True
        age_max = link.session.settings.overload.max_order_age_seconds
        young = [raw for raw in raws if not is_stale(raw, age_max, self.clock())]
        if len(young) < len(raws):
            self._log(link, "too old to be sent anew", orders=len(raws) - len(young))
        return [parse(raw, dictionary.data_tags) for raw in young if goes_again(raw)]

    def _save_outputs(self, link: Link, outputs: Sequence[Output]) -> None:
        if any(isinstance(output, Persist | Reset | NumbersSet) for output in outputs):
            session = link.session
            numbers = SequenceNumbers(session.next_in, session.next_out)
            if not session.settings.persist_messages:
                outputs = [output for output in outputs if not isinstance(output, Persist)]
            self._store.save(link.name, outputs, numbers)

    def _fail(self, error: BaseException) -> None:
        """Sessions are ahead of the store now: nothing they say may leave any more."""
        if self.failure is not None:
            return
        self.failure = error
        log.critical("stopped by an error", extra={"reason": repr(error)})
        for link in self._links.values():
            link.close()
        self._stopping = asyncio.get_running_loop().create_task(self.stop())

    def _carry_out(self, link: Link, outputs: Iterable[Output]) -> None:
        """Write and do the rest in order; what is written in a row goes to the socket as one."""
        row: list[bytes] = []
        for output in outputs:
            if type(output) is Write:
                row.append(output.data)
            elif type(output) is not Persist and type(output) is not Deliver:
                _write(link, row)
                self._do(link, output)
        _write(link, row)

    def _answer(self, link: Link, asked: Retrieve) -> None:
        try:
            link.retrieved(asked, self._store.sent(link.name, asked.begin, asked.end))
        except Exception as error:
            self._fail(error)
            raise

    def _do(self, link: Link, output: Output) -> None:
        match output:
            case Retrieve():
                link.when_writable(partial(self._answer, link, output))
            case Disconnect(reason):
                self._log(link, "disconnect", reason=reason)
                link.close()
            case LoggedOn():
                self._log(link, "logged on")
            case LoggedOut(reason):
                self._log(link, "logged out", reason=reason)
            case _:
                self._log_of_session(link, output)

    def _log_of_session(self, link: Link, output: Output) -> None:
        match output:
            case Reset(reason):
                self._log(link, "sequence numbers reset", reason=reason)
            case NumbersSet(next_in, next_out):
                self._log(link, "sequence numbers set", next_in=next_in, next_out=next_out)
            case Expired(msg_seq_num, _):
                what = {"level": logging.WARNING, "msg_seq_num": msg_seq_num}
                self._log(link, "too old to be sent again", **what)
            case Note(event, details):
                self._log(link, event, level=logging.WARNING, **details)

    @staticmethod
    def _log(link: Link, event: str, *, level: int = logging.INFO, **details: str | int) -> None:
        log.log(level, event, extra={"session": link.name, **details})


def _is_received(output: Output) -> bool:
    return type(output) is Persist and output.direction is IN


def _write(link: Link, row: list[bytes]) -> None:
    if row:
        link.write(b"".join(row))
        row.clear()
