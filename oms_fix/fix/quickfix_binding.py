"""QuickFIX's session, driven by calls: the one module that imports ``quickfix``, an optional extra.

QuickFIX is made and never started, so it has no threads and no sockets: its ``Session`` is handed
messages and points in time, and calls back, within the call, with what it takes and what it says.
What it says is written nowhere, since nobody has given it a ``Responder``.

Its store is a file store in a scratch folder that goes with the process, since the binding knows no
store of ours. ``show`` writes into it what is to be resent, and drops the rest.

Dangers of the binding that are kept out here: an exception in a callback (it is held until the call
is back), a message that is used after its callback (its text is copied), text that is not UTF-8
(the binding can neither take nor give it), the handler of SIGINT, which the import resets.
"""

import re
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, Protocol
from weakref import finalize

from oms_fix.fix.codec import joined
from oms_fix.fix.dictionary import shipped_dictionary
from oms_fix.fix.errors import LocalError
from oms_fix.fix.message import Message
from oms_fix.fix.quickfix_limits import INSTALL
from oms_fix.fix.settings import FIXT, ConnectionType, SessionSettings

_NOT_ASCII_TO_QUESTION_MARK = bytes(range(128)) + b"?" * 128
_VALUES = re.compile(rb"""<value\s(?:[^>"']|"[^"]*"|'[^']*')*?(?:/>|>\s*</value\s*>)""")


class Listener(Protocol):
    """Hears, during each call, what QuickFIX does."""

    def taken(self, msg_seq_num: int, msg_type: str) -> None:
        """Take note that a message has been found good, and is acted on."""

    def said(self, raw: bytes) -> None:
        """Take note of a message as it is to be written; with PossDupFlag(43)=Y it is not new."""


class QuickfixBinding:
    """QuickFIX's session of some settings; all calls belong to one thread.

    Args:
        settings: of the session.
        listener: hears what happens; errors that it raises come out of the call.

    Raises:
        LocalError: QuickFIX is not installed, or refuses the settings.
    """

    def __init__(self, settings: SessionSettings, listener: Listener) -> None:
        self._fix = fix = _quickfix()
        self._settings = settings
        self._raised: BaseException | None = None
        folder = mkdtemp(prefix="oms-fix-quickfix-")
        finalize(self, rmtree, folder, ignore_errors=True)
        values = _values(settings, Path(folder))
        identity = (settings.begin_string, settings.sender_comp_id, settings.target_comp_id)
        self._stem = Path(folder) / "-".join(identity)
        is_acceptor = settings.connection_type is ConnectionType.ACCEPTOR
        try:
            session_id, given = fix.SessionID(*identity), fix.Dictionary()
            for key, value in values.items():
                given.setString(key, value)
            all_given = fix.SessionSettings()
            all_given.set(session_id, given)
            # All of these must live as long as the session.
            self._application = _application(fix, listener, self._keep_error)
            self._store_factory = fix.FileStoreFactory(folder)
            role = fix.SocketAcceptor if is_acceptor else fix.SocketInitiator
            self._engine = role(self._application, self._store_factory, all_given)
            self._dictionaries = [
                _dictionary(path) for path in _dictionary_files(settings).values()
            ]
        except (fix.FIXException, RuntimeError) as error:
            raise LocalError(f"{settings.name}: QuickFIX refuses its settings: {error}") from error
        self._session = self._engine.getSession(session_id)

    def _keep_error(self, error: BaseException) -> None:
        self._raised = self._raised or error

    def _call(self, method: Callable[..., Any], *arguments: Any) -> Any:
        result = method(*arguments)
        raised, self._raised = self._raised, None
        if raised is not None:
            raise raised
        return result

    @property
    def next_in(self) -> int:
        """MsgSeqNum(34) expected next."""
        return self._session.getExpectedTargetNum()  # type: ignore[no-any-return]  # no types

    @property
    def next_out(self) -> int:
        """MsgSeqNum(34) of our next message."""
        return self._session.getExpectedSenderNum()  # type: ignore[no-any-return]  # no types

    @property
    def is_logged_on(self) -> bool:
        """Both Logons have been exchanged, and perhaps a Logout has been sent."""
        return self._session.isLoggedOn()  # type: ignore[no-any-return]  # no types

    @property
    def is_logging_out(self) -> bool:
        """A Logout has been sent."""
        return self._session.sentLogout()  # type: ignore[no-any-return]  # no types

    @property
    def has_ended(self) -> bool:
        """Nothing more is to come of the connection: QuickFIX would close it, or has refused it."""
        return not (self._session.sentLogon() or self._session.receivedLogon())

    def begin(self) -> None:
        """Be ready for a new connection."""
        self._session.logon()

    def hand(self, raw: bytes) -> str | None:
        """Hand over one message, whole and with a good CheckSum(10).

        Returns:
            What is wrong with it if it cannot even be judged: it is ignored then.
        """
        try:
            self._call(self._session.next, _text(raw), self._fix.UtcTimeStamp())
        except self._fix.FIXException as error:
            return str(error)
        return None

    def tick(self) -> None:
        """Let it do what is due; an initiator begins with its Logon(A)."""
        self._call(self._session.next, self._fix.UtcTimeStamp())

    def send(self, message: Message) -> bool:
        """Number an application message; tell whether that was done."""
        content = joined([(35, message.msg_type.encode()), *message.fields])
        raw = b"8=%b\x019=0\x01%b10=000\x01" % (self._settings.begin_string.encode(), content)
        taken = self._fix.Message(_text(raw), *self._dictionaries, False)
        if self.is_logged_on:
            return self._call(self._session.send, taken)  # type: ignore[no-any-return]  # no types
        # At numbers 1 and 1, and due to be reset, it would forget the message.
        self._set_resets(logon=False, logout=False, disconnect=False)
        try:
            return self._call(self._session.send, taken)  # type: ignore[no-any-return]  # no types
        finally:
            told = self._settings
            self._set_resets(
                logon=told.reset_on_logon,
                logout=told.reset_on_logout,
                disconnect=told.reset_on_disconnect,
            )

    def _set_resets(self, *, logon: bool, logout: bool, disconnect: bool) -> None:
        self._session.setResetOnLogon(logon)
        self._session.setResetOnLogout(logout)
        self._session.setResetOnDisconnect(disconnect)

    def logout(self, text: str) -> None:
        """Send Logout(5)."""
        self._session.logout(text)
        self.tick()

    def disconnect(self) -> None:
        """Take note that the connection is gone."""
        self._call(self._session.disconnect)

    def set_numbers(self, next_in: int, next_out: int) -> None:
        """Set both numbers."""
        self._session.setNextTargetMsgSeqNum(next_in)
        self._session.setNextSenderMsgSeqNum(next_out)

    def show(self, messages: Mapping[int, bytes]) -> None:
        """Make these all that it knows of our sent messages, by number.

        The files are those of QuickFIX's FileStore: the messages one after the other, for each of
        them "number,offset,size ", and both numbers.
        """
        offset, entries = 0, []
        for number, raw in messages.items():
            entries.append(f"{number},{offset},{len(raw)} ")
            offset += len(raw)
        numbers = f"{self.next_out:020} : {self.next_in:020}"
        Path(f"{self._stem}.body").write_bytes(b"".join(messages.values()))
        Path(f"{self._stem}.header").write_text("".join(entries))
        Path(f"{self._stem}.seqnums").write_text(numbers)
        self._session.refresh()


def _quickfix() -> Any:
    """Return the binding, imported by the first session that needs it."""
    is_new = "quickfix" not in sys.modules
    try:
        import quickfix
    except ImportError as error:
        raise LocalError(INSTALL) from error
    handler = signal.getsignal(signal.SIGINT)
    if is_new and handler is not None and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, handler)  # the import has put the default in its place
    return quickfix


def _text(raw: bytes) -> str:
    """Return a message as the binding takes it: what is no UTF-8 with ? for what is not ASCII."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.translate(_NOT_ASCII_TO_QUESTION_MARK).decode()


def _application(fix: Any, listener: Listener, failed: Callable[[BaseException], None]) -> Any:
    """Return an Application that tells the listener, and lets nothing escape into C++."""

    class Application(fix.Application):  # type: ignore[misc]  # the binding has no types
        def onCreate(self, _session_id: Any) -> None:  # noqa: N802 - the binding's names
            """Do nothing."""

        onLogon = onLogout = onCreate  # noqa: N815 - the binding's names

        def toAdmin(self, message: Any, _session_id: Any) -> None:  # noqa: N802 - as above
            try:
                listener.said(message.toString().encode(errors="surrogateescape"))
            except BaseException as error:  # noqa: BLE001 - it comes out of the call
                failed(error)

        toApp = toAdmin  # noqa: N815 - as above

        def fromAdmin(self, message: Any, _session_id: Any) -> None:  # noqa: N802 - as above
            try:
                header = message.getHeader()
                listener.taken(int(header.getField(34)), header.getField(35))
            except BaseException as error:  # noqa: BLE001 - it comes out of the call
                failed(error)

        fromApp = fromAdmin  # noqa: N815 - as above

    return Application()


def _values(settings: SessionSettings, folder: Path) -> dict[str, str]:
    """Return the settings in QuickFIX's words; hours and sockets stay with us."""
    values = {
        "ConnectionType": settings.connection_type.value,
        "NonStopSession": "Y",
        "ValidateLengthAndChecksum": "N",  # it is done before, on the bytes as they came
        "HeartBtInt": str(settings.heart_bt_int),
        "LogonTimeout": str(settings.logon_timeout),
        "LogoutTimeout": str(settings.logout_timeout),
        "MaxLatency": str(settings.max_latency),
        "TimestampPrecision": str(settings.timestamp_precision),
    }
    checks = settings.validation
    flags = {
        "ResetOnLogon": settings.reset_on_logon,
        "ResetOnLogout": settings.reset_on_logout,
        "ResetOnDisconnect": settings.reset_on_disconnect,
        "CheckLatency": settings.check_latency,
        "CheckCompID": settings.check_comp_id,
        "SendRedundantResendRequests": settings.send_redundant_resend_requests,
        "SendNextExpectedMsgSeqNum": settings.send_next_expected_msg_seq_num,
        "PersistMessages": settings.persist_messages,
        "ValidateFieldsOutOfOrder": checks.validate_fields_out_of_order,
        "ValidateFieldsHaveValues": checks.validate_fields_have_values,
        "ValidateUserDefinedFields": checks.validate_user_defined_fields,
        "AllowUnknownMsgFields": checks.allow_unknown_msg_fields,
    }
    values |= {key: "Y" if flag else "N" for key, flag in flags.items()}
    if settings.default_appl_ver_id is not None:
        values["DefaultApplVerID"] = settings.default_appl_ver_id
    for key, path in _dictionary_files(settings).items():
        copy = folder / f"{key}.xml"
        # QuickFIX has no CheckEnumerations: without values in the dictionary, any will do.
        text = path.read_bytes()
        copy.write_bytes(text if checks.check_enumerations else _VALUES.sub(b"", text))
        values[key] = str(copy)
    return values


def _dictionary_files(settings: SessionSettings) -> dict[str, Path]:
    """Return the files that a session is to be judged by, by QuickFIX's keys."""
    if settings.begin_string != FIXT:
        shipped = shipped_dictionary(settings.begin_string)
        return {"DataDictionary": settings.data_dictionary or shipped}
    transport, version = settings.transport_data_dictionary, settings.default_appl_ver_id or ""
    return {
        "TransportDataDictionary": transport or shipped_dictionary(FIXT),
        "AppDataDictionary": settings.app_data_dictionary or shipped_dictionary(version),
    }


@lru_cache(maxsize=32)
def _dictionary(path: Path) -> Any:
    """Return a dictionary that messages of ours are read with; the large ones take seconds."""
    return _quickfix().DataDictionary(str(path))
