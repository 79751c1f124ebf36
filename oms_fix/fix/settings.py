"""Session settings out of a QuickFIX-format ``.cfg`` file.

``[DEFAULT]`` holds what all ``[SESSION]`` sections share. Keys have QuickFIX's names, meanings and
defaults; ``spec/configuration.md`` says which ones are our own. A key that nothing reads is an
error, so that nobody relies on a setting without effect. All problems are reported at once.
"""

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path

from msgspec import Struct, structs

from oms_fix.fix.codec import MESSAGE_SIZE_MAX_BYTES
from oms_fix.fix.dictionary import Dictionary, load_dictionary
from oms_fix.fix.dictionary_overlay import overlaid
from oms_fix.fix.errors import ConfigError, SettingsProblem
from oms_fix.fix.order_status_settings import ORDER_STATUS_KEYS, OrderStatusSettings
from oms_fix.fix.overload_settings import OVERLOAD_KEYS, OverloadSettings
from oms_fix.fix.quickfix_limits import check_quickfix
from oms_fix.fix.schedule import Schedule
from oms_fix.fix.schedule_settings import (
    SCHEDULE_KEYS,
    misfits,
    read_day,
    read_days,
    read_market,
    read_time,
    read_time_zone,
    schedule_of,
)
from oms_fix.fix.security import SECURITY_KEYS, SecuritySettings, read_host
from oms_fix.fix.security_checks import check_listeners, check_session, read_password
from oms_fix.fix.settings_file import Entry, Section, read_sections, whole
from oms_fix.fix.template import check_template
from oms_fix.fix.validation import ValidationOptions

FIXT = "FIXT.1.1"
# DefaultApplVerID(1137) on the wire, by the name that settings and dictionaries use.
APPL_VER_IDS = {"FIX.5.0": "7", "FIX.5.0SP1": "8", "FIX.5.0SP2": "9"}
# Their timestamps have no fraction of a second.
_WHOLE_SECONDS = ("FIX.4.0", "FIX.4.1")


BEGIN_STRINGS = ("FIX.4.0", "FIX.4.1", "FIX.4.2", "FIX.4.3", "FIX.4.4", FIXT)


class ConnectionType(StrEnum):
    """Which side opens the connection and sends the first Logon(A)."""

    ACCEPTOR = "acceptor"
    INITIATOR = "initiator"


class EngineKind(StrEnum):
    """Who runs the session behind the port of ``oms_fix.fix.session_port``."""

    NATIVE = "native"
    QUICKFIX = "quickfix"


class SessionSettings(Struct, frozen=True, kw_only=True):
    """What one session has been told; attributes are the keys of the file in snake case.

    Times are whole seconds, as in the file. ``line`` is that of the ``[SESSION]`` header;
    ``of_template``, not in the file, is the SessionName of the template that a session is of.
    """

    name: str
    connection_type: ConnectionType
    begin_string: str
    sender_comp_id: str
    target_comp_id: str
    engine: EngineKind = EngineKind.NATIVE
    default_appl_ver_id: str | None = None
    acceptor_template: bool = False
    max_template_sessions: int = 100
    of_template: str | None = None
    heart_bt_int: int = 30
    socket_accept_host: str = "0.0.0.0"  # noqa: S104 - QuickFIX's default: every interface
    socket_accept_port: int = 0
    socket_connect_host: str = ""
    socket_connect_port: int = 0
    reconnect_interval: int = 30
    reset_on_logon: bool = False
    reset_on_logout: bool = False
    reset_on_disconnect: bool = False
    refresh_on_logon: bool = False
    logon_timeout: int = 10
    logout_timeout: int = 2
    check_latency: bool = True
    max_latency: int = 120
    check_comp_id: bool = True
    send_redundant_resend_requests: bool = False
    send_next_expected_msg_seq_num: bool = False
    requires_orig_sending_time: bool = True
    persist_messages: bool = True
    timestamp_precision: int = 3
    data_dictionary: Path | None = None
    transport_data_dictionary: Path | None = None
    app_data_dictionary: Path | None = None
    data_dictionary_overlay: Path | None = None
    schedule: Schedule | None = None  # None: always open
    max_message_size: int = MESSAGE_SIZE_MAX_BYTES
    validation: ValidationOptions = ValidationOptions()
    security: SecuritySettings = SecuritySettings()
    overload: OverloadSettings = OverloadSettings()
    order_status: OrderStatusSettings = OrderStatusSettings()
    line: int = 0

    @property
    def precision(self) -> int:
        """Return the digits after the second of every timestamp of the session."""
        return 0 if self.begin_string in _WHOLE_SECONDS else self.timestamp_precision

    def load_dictionary(self) -> Dictionary:
        """Return the dictionary that this session's messages are validated with.

        Raises:
            ConfigError: a dictionary file named in the settings is wrong.
        """
        dictionary = load_dictionary(
            self.begin_string,
            self.default_appl_ver_id,
            transport=self.transport_data_dictionary,
            application=self.app_data_dictionary or self.data_dictionary,
        )
        overlay = self.data_dictionary_overlay
        return dictionary if overlay is None else overlaid(dictionary, overlay)


class _Key(Struct, frozen=True):
    """One key of the file: the attribute it sets, how its value is read, what is allowed."""

    attribute: str
    read: Callable[[str], object]  # raises ValueError, KeyError
    allowed: str


def _choice(attribute: str, values: Mapping[str, object]) -> _Key:
    return _Key(attribute, values.__getitem__, " or ".join(values))


def _flag(attribute: str) -> _Key:
    return _choice(attribute, {"Y": True, "N": False})


def _whole(attribute: str, least: int = 0, most: int = 86_400) -> _Key:
    return _Key(attribute, whole(least, most), f"a whole number from {least} to {most}")


def _text(attribute: str) -> _Key:
    def read(value: str) -> str:
        if not (value.isascii() and value.isprintable()):
            raise ValueError(value)
        return value

    return _Key(attribute, read, "printable ASCII text")


def _path(attribute: str) -> _Key:
    return _Key(attribute, Path, "a file that exists")


_DAY = "a day of the week, such as Monday, Mon or mo"


_PORT_MAX = 65_535
_TEMPLATE_SESSIONS_MAX = 10_000
_MESSAGE_SIZES = 4 * 1024, 64 * 1024 * 1024
_VALIDATION = "validation."
_SECURITY = "security."
_OVERLOAD = "overload."
_ORDER_STATUS = "order_status."
_SCHEDULE = "schedule"  # all keys of SCHEDULE_KEYS make one value together

KEYS: Mapping[str, _Key] = {
    "SessionName": _text("name"),
    "ConnectionType": _choice("connection_type", {kind.value: kind for kind in ConnectionType}),
    "Engine": _choice("engine", {kind.value: kind for kind in EngineKind}),
    "BeginString": _choice("begin_string", {version: version for version in BEGIN_STRINGS}),
    "SenderCompID": _text("sender_comp_id"),
    "TargetCompID": _text("target_comp_id"),
    "DefaultApplVerID": _choice(
        "default_appl_ver_id", {k: n for n, v in APPL_VER_IDS.items() for k in (n, v)}
    ),
    "AcceptorTemplate": _flag("acceptor_template"),
    "MaxTemplateSessions": _whole("max_template_sessions", 1, _TEMPLATE_SESSIONS_MAX),
    "HeartBtInt": _whole("heart_bt_int"),
    "SocketAcceptHost": _Key("socket_accept_host", read_host, "a host name or IP address"),
    "SocketAcceptPort": _whole("socket_accept_port", 0, _PORT_MAX),
    "SocketConnectHost": _Key("socket_connect_host", read_host, "a host name or IP address"),
    "SocketConnectPort": _whole("socket_connect_port", 1, _PORT_MAX),
    "ReconnectInterval": _whole("reconnect_interval", 1),
    "ResetOnLogon": _flag("reset_on_logon"),
    "ResetOnLogout": _flag("reset_on_logout"),
    "ResetOnDisconnect": _flag("reset_on_disconnect"),
    "RefreshOnLogon": _flag("refresh_on_logon"),
    "LogonTimeout": _whole("logon_timeout", 1),
    "LogoutTimeout": _whole("logout_timeout", 1),
    "CheckLatency": _flag("check_latency"),
    "MaxLatency": _whole("max_latency", 1),
    "CheckCompID": _flag("check_comp_id"),
    "SendRedundantResendRequests": _flag("send_redundant_resend_requests"),
    "SendNextExpectedMsgSeqNum": _flag("send_next_expected_msg_seq_num"),
    "RequiresOrigSendingTime": _flag("requires_orig_sending_time"),
    "PersistMessages": _flag("persist_messages"),
    "TimestampPrecision": _choice("timestamp_precision", {str(n): n for n in (0, 3, 6, 9)}),
    "DataDictionary": _path("data_dictionary"),
    "TransportDataDictionary": _path("transport_data_dictionary"),
    "AppDataDictionary": _path("app_data_dictionary"),
    "DataDictionaryOverlay": _path("data_dictionary_overlay"),
    "StartTime": _Key(_SCHEDULE, read_time, "a time of day as hh:mm:ss, such as 08:30:00"),
    "EndTime": _Key(_SCHEDULE, read_time, "a time of day as hh:mm:ss, such as 17:00:00"),
    "StartDay": _Key(_SCHEDULE, read_day, _DAY),
    "EndDay": _Key(_SCHEDULE, read_day, _DAY),
    "Weekdays": _Key(_SCHEDULE, read_days, "days of the week, such as Mon,Tue,Wed,Thu,Fri"),
    "Holidays": _Key(_SCHEDULE, read_market, "a market with a calendar, such as XNYS or XLON"),
    "TimeZone": _Key(_SCHEDULE, read_time_zone, "a zone such as America/New_York or UTC"),
    "NonStopSession": _flag(_SCHEDULE),
    "ValidateFieldsOutOfOrder": _flag(_VALIDATION + "validate_fields_out_of_order"),
    "ValidateUnorderedGroupFields": _flag(_VALIDATION + "validate_unordered_group_fields"),
    "ValidateFieldsHaveValues": _flag(_VALIDATION + "validate_fields_have_values"),
    "ValidateUserDefinedFields": _flag(_VALIDATION + "validate_user_defined_fields"),
    "AllowUnknownMsgFields": _flag(_VALIDATION + "allow_unknown_msg_fields"),
    "CheckEnumerations": _flag(_VALIDATION + "check_enumerations"),
    "MaxMessageSize": _whole("max_message_size", *_MESSAGE_SIZES),
    **{name: _Key(_SECURITY + key[0], *key[1:]) for name, key in SECURITY_KEYS.items()},
    **{name: _Key(_OVERLOAD + key[0], *key[1:]) for name, key in OVERLOAD_KEYS.items()},
    **{name: _Key(_ORDER_STATUS + key[0], *key[1:]) for name, key in ORDER_STATUS_KEYS.items()},
}

_REQUIRED = ("ConnectionType", "BeginString", "SenderCompID", "TargetCompID")
_REQUIRED_BY_ROLE = {
    ConnectionType.ACCEPTOR: ("SocketAcceptPort",),
    ConnectionType.INITIATOR: ("SocketConnectHost", "SocketConnectPort", "HeartBtInt"),
}

_REFUSED = {
    "UseLocalTime": "UseLocalTime is not taken: hours would depend on the machine; give the time "
    "zone by TimeZone, such as TimeZone=Europe/London",
}

_OF_FIXT = ("DefaultApplVerID", "TransportDataDictionary", "AppDataDictionary")
_BEFORE_44 = (*_OF_FIXT, "SendNextExpectedMsgSeqNum")
_WITHOUT_EFFECT: Mapping[object, tuple[str, ...]] = {
    "FIX.4.0": (*_BEFORE_44, "TimestampPrecision"),
    "FIX.4.1": (*_BEFORE_44, "TimestampPrecision"),
    "FIX.4.2": _BEFORE_44,
    "FIX.4.3": _BEFORE_44,
    "FIX.4.4": _OF_FIXT,
    FIXT: ("DataDictionary",),
    ConnectionType.ACCEPTOR: (
        "SocketConnectHost",
        "SocketConnectPort",
        "ReconnectInterval",
        "ClientCertificateFile",
        "ClientCertificateKeyFile",
        "SNIHostName",
        "PasswordFile",
        *ORDER_STATUS_KEYS,
    ),
    ConnectionType.INITIATOR: (
        "AcceptorTemplate",
        "MaxTemplateSessions",
        "SocketAcceptHost",
        "SocketAcceptPort",
        "ServerCertificateFile",
        "ServerCertificateKeyFile",
        "NeedClientAuth",
        "AllowedRemoteAddresses",
        "CredentialsFile",
        "RateLimitAction",  # what a venue has done is done: none of it is refused
    ),
}


_STRICT = ValidationOptions()


def load_settings(path: Path, validation: ValidationOptions = _STRICT) -> list[SessionSettings]:
    """Read the sessions of one file, in its order.

    Args:
        path: the ``.cfg`` file; paths inside it are relative to its folder.
        validation: holds where the file has no key for it.

    Raises:
        ConfigError: with every problem of the file, in the order of its lines.
    """
    reader = _Reader(path, validation)
    sessions = reader.read()
    if reader.problems:
        # Those of dictionaries, which are other files, come last.
        ours = str(path)
        raise ConfigError(sorted(reader.problems, key=lambda p: (p.path != ours, p.path, p.line)))
    return sessions


class _Reader:
    """Turns sections into settings and gathers what is wrong with them."""

    def __init__(self, path: Path, validation: ValidationOptions) -> None:
        self.path = path
        self._validation = validation
        self.problems: list[SettingsProblem] = []
        self._names: dict[str, int] = {}
        self._identities: dict[tuple[str, str, str], int] = {}
        self._default_entries: dict[str, Entry] = {}

    def read(self) -> list[SessionSettings]:
        sections = read_sections(self.path, self._problem)
        values = [(section, self._values(section)) for section in sections]
        defaults: dict[str, object] = {}
        for section, read in values:
            if section.is_default:
                defaults.update(read)
                self._default_entries.update(section.entries)
        sessions = [(s, {**defaults, **read}) for s, read in values if not s.is_default]
        if not sessions and not self.problems:
            self._problem(0, "no [SESSION] section; at least one is needed")
        built = [self._session(section, given) for section, given in sessions]
        good = [session for session in built if session is not None]
        for line, text in check_listeners(
            (each.socket_accept_host, each.socket_accept_port, each.security, each.line)
            for each in good
            if each.connection_type is ConnectionType.ACCEPTOR
        ):
            self._problem(line, text)
        return good

    def _problem(self, line: int, text: str) -> None:
        self._report([SettingsProblem(str(self.path), line, text)])

    def _report(self, problems: Iterable[SettingsProblem]) -> None:
        """Take problems, each once: what [DEFAULT] says is looked at with every session."""
        self.problems += [problem for problem in problems if problem not in self.problems]

    def _values(self, section: Section) -> dict[str, object]:
        """Return the section's values by key."""
        values: dict[str, object] = {}
        for name, entry in section.entries.items():
            key = KEYS.get(name)
            if key is None:
                self._problem(entry.line, _unknown_key(name))
                continue
            try:
                value = key.read(entry.value)
            except (KeyError, ValueError):
                value = None
            if isinstance(value, Path):
                value = self._file(value)
            if value is None or not entry.value:
                self._problem(entry.line, _bad_value(name, entry, key))
            values[name] = value
        return values

    def _file(self, path: Path) -> Path | None:
        path = self.path.parent / path
        return path if path.is_file() else None

    def _session(self, section: Section, given: dict[str, object]) -> SessionSettings | None:
        """Build one session, or None if something it needs is missing or wrong."""
        missing = [name for name in self._required(given) if name not in given]
        for name in missing:
            self._problem(section.line, f"session without {name}")
        self._misplaced(section, given)
        unfit = [
            SettingsProblem(str(self.path), self._line(key, section), text)
            for key, text in misfits(given, section.entries)
        ]
        self._report(unfit)
        self._read_password(section, given)
        given.setdefault("SessionName", given.get("TargetCompID"))
        if missing or unfit or any(value is None for value in given.values()):
            return None
        schedule = {name: given.pop(name) for name in SCHEDULE_KEYS if name in given}
        attributes = {KEYS[name].attribute: value for name, value in given.items()}
        options = _take_prefixed(attributes, _VALIDATION)
        security = _take_prefixed(attributes, _SECURITY)
        overload = _take_prefixed(attributes, _OVERLOAD)
        order_status = _take_prefixed(attributes, _ORDER_STATUS)
        session = SessionSettings(
            **attributes,  # type: ignore[arg-type]  # each key's reader gives its attribute's type
            schedule=schedule_of(schedule),
            validation=structs.replace(self._validation, **options),
            security=SecuritySettings(**security),  # type: ignore[arg-type]  # as above
            overload=OverloadSettings(**overload),  # type: ignore[arg-type]  # as above
            order_status=OrderStatusSettings(**order_status),  # type: ignore[arg-type]  # as above
            line=section.line,
        )
        self._check_unique(session, section)
        self._check_files(session, section)
        return session

    def _required(self, given: dict[str, object]) -> list[str]:
        required = [*_REQUIRED]
        role = given.get("ConnectionType")
        if isinstance(role, ConnectionType):
            required += _REQUIRED_BY_ROLE[role]
        if given.get("BeginString") == FIXT:
            required.append("DefaultApplVerID")
        return required

    def _misplaced(self, section: Section, given: dict[str, object]) -> None:
        """Report keys of this section without effect; those in [DEFAULT] are for other sessions."""
        foreign = [
            (key, name)
            for key in ("BeginString", "ConnectionType")
            for name in _WITHOUT_EFFECT.get(given.get(key), ())
        ]
        for key, name in foreign:
            entry = section.entries.get(name)
            if entry is not None:
                self._problem(entry.line, f"{name} means nothing for {key}={given[key]}")
            given.pop(name, None)

    def _line(self, key: str, section: Section) -> int:
        """Return where a key of a session stands; its section if it is not there at all."""
        entry = section.entries.get(key) or self._default_entries.get(key)
        return entry.line if entry else section.line

    def _check_files(self, session: SessionSettings, section: Section) -> None:
        """Check the dictionaries, and what the security keys say and name."""
        keys = {*section.entries, *self._default_entries}
        for key, text in check_template(session, keys):
            self._problem(self._line(key, section), text)
        try:
            dictionary = session.load_dictionary()
            for key, text in check_session(session, dictionary, keys):
                self._problem(self._line(key, section), text)
        except ConfigError as error:
            self._report(error.problems)
        if session.engine is EngineKind.QUICKFIX:
            for key, text in check_quickfix(session):
                self._problem(self._line(key, section), text)

    def _read_password(self, section: Section, given: dict[str, object]) -> None:
        """Put the password in the place of the name of its file."""
        path = given.get("PasswordFile")
        if isinstance(path, Path):
            try:
                given["PasswordFile"] = read_password(path)
            except (OSError, ValueError) as error:
                given["PasswordFile"] = None
                self._problem(self._line("PasswordFile", section), f"PasswordFile: {error}")

    def _check_unique(self, session: SessionSettings, section: Section) -> None:
        entry = section.entries.get("SessionName")
        line = entry.line if entry else section.line
        first = self._names.setdefault(session.name, line)
        if first != line:
            self._problem(
                line,
                f"SessionName {session.name} (default: the TargetCompID) is already that of line "
                f"{first}; names are unique",
            )
        identity = (session.begin_string, session.sender_comp_id, session.target_comp_id)
        first = self._identities.setdefault(identity, section.line)
        if first != section.line:
            self._problem(
                section.line, f"the same session as in line {first}: {':'.join(identity)}"
            )


def _take_prefixed(attributes: dict[str, object], prefix: str) -> dict[str, object]:
    """Take the attributes of an inner structure out of those of a session."""
    names = [name for name in attributes if name.startswith(prefix)]
    return {name.removeprefix(prefix): attributes.pop(name) for name in names}


def _unknown_key(name: str) -> str:
    if name in _REFUSED:
        return _REFUSED[name]
    by_folded = {key.casefold(): key for key in KEYS}
    close = get_close_matches(name.casefold(), by_folded, n=1)
    hint = f"; did you mean {by_folded[close[0]]}?" if close else ""
    return f"unknown key {name}{hint}"


def _bad_value(name: str, entry: Entry, key: _Key) -> str:
    return f"{name}={entry.value}: not allowed; {key.allowed}"
