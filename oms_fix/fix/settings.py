"""Session settings out of a QuickFIX-format ``.cfg`` file.

``[DEFAULT]`` holds what all ``[SESSION]`` sections share. Keys have QuickFIX's names, meanings and
defaults; ``SessionName`` and ``CheckEnumerations`` are our own. A key that nothing reads is an
error, so that nobody relies on a setting without effect. All problems are reported at once.
"""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from oms_fix.fix.dictionary import Dictionary, load_dictionary
from oms_fix.fix.errors import ConfigError, SettingsProblem
from oms_fix.fix.settings_file import Entry, Section, read_sections
from oms_fix.fix.validation import ValidationOptions

FIXT = "FIXT.1.1"
# DefaultApplVerID(1137) on the wire, by the name that settings and dictionaries use.
APPL_VER_IDS = {"FIX.5.0SP2": "9"}


class ConnectionType(StrEnum):
    """Which side opens the connection and sends the first Logon(A)."""

    ACCEPTOR = "acceptor"
    INITIATOR = "initiator"


class SessionSettings(Struct, frozen=True, kw_only=True):
    """What one session has been told; attributes are the keys of the file in snake case.

    Times are whole seconds, as in the file. ``line`` is that of the ``[SESSION]`` header.
    """

    name: str
    connection_type: ConnectionType
    begin_string: str
    sender_comp_id: str
    target_comp_id: str
    default_appl_ver_id: str | None = None
    heart_bt_int: int = 30
    socket_accept_host: str = "0.0.0.0"  # noqa: S104 - QuickFIX's default: every interface
    socket_accept_port: int = 0
    socket_connect_host: str = ""
    socket_connect_port: int = 0
    reconnect_interval: int = 30
    reset_on_logon: bool = False
    reset_on_logout: bool = False
    reset_on_disconnect: bool = False
    logon_timeout: int = 10
    logout_timeout: int = 2
    check_latency: bool = True
    max_latency: int = 120
    check_comp_id: bool = True
    send_redundant_resend_requests: bool = False
    timestamp_precision: int = 3
    data_dictionary: Path | None = None
    transport_data_dictionary: Path | None = None
    app_data_dictionary: Path | None = None
    validation: ValidationOptions = ValidationOptions()
    line: int = 0

    def load_dictionary(self) -> Dictionary:
        """Return the dictionary that this session's messages are validated with.

        Raises:
            ConfigError: a dictionary file named in the settings is wrong.
        """
        return load_dictionary(
            self.begin_string,
            self.default_appl_ver_id,
            transport=self.transport_data_dictionary,
            application=self.app_data_dictionary or self.data_dictionary,
        )


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
    def read(value: str) -> int:
        # isdecimal takes digits of every script; int() alone takes "+1" and "1_0".
        if not (value.isascii() and value.isdecimal() and least <= int(value[:9]) <= most):
            raise ValueError(value)
        return int(value)

    return _Key(attribute, read, f"a whole number from {least} to {most}")


def _text(attribute: str) -> _Key:
    def read(value: str) -> str:
        if not (value.isascii() and value.isprintable()):
            raise ValueError(value)
        return value

    return _Key(attribute, read, "printable ASCII text")


def _path(attribute: str) -> _Key:
    return _Key(attribute, Path, "a file that exists")


_PORT_MAX = 65_535
_VALIDATION = "validation."

KEYS: Mapping[str, _Key] = {
    "SessionName": _text("name"),
    "ConnectionType": _choice("connection_type", {kind.value: kind for kind in ConnectionType}),
    "BeginString": _choice("begin_string", {v: v for v in ("FIX.4.2", "FIX.4.4", FIXT)}),
    "SenderCompID": _text("sender_comp_id"),
    "TargetCompID": _text("target_comp_id"),
    "DefaultApplVerID": _choice(
        "default_appl_ver_id", {k: n for n, v in APPL_VER_IDS.items() for k in (n, v)}
    ),
    "HeartBtInt": _whole("heart_bt_int"),
    "SocketAcceptHost": _text("socket_accept_host"),
    "SocketAcceptPort": _whole("socket_accept_port", 0, _PORT_MAX),
    "SocketConnectHost": _text("socket_connect_host"),
    "SocketConnectPort": _whole("socket_connect_port", 1, _PORT_MAX),
    "ReconnectInterval": _whole("reconnect_interval", 1),
    "ResetOnLogon": _flag("reset_on_logon"),
    "ResetOnLogout": _flag("reset_on_logout"),
    "ResetOnDisconnect": _flag("reset_on_disconnect"),
    "LogonTimeout": _whole("logon_timeout", 1),
    "LogoutTimeout": _whole("logout_timeout", 1),
    "CheckLatency": _flag("check_latency"),
    "MaxLatency": _whole("max_latency", 1),
    "CheckCompID": _flag("check_comp_id"),
    "SendRedundantResendRequests": _flag("send_redundant_resend_requests"),
    "TimestampPrecision": _choice("timestamp_precision", {str(n): n for n in (0, 3, 6, 9)}),
    "DataDictionary": _path("data_dictionary"),
    "TransportDataDictionary": _path("transport_data_dictionary"),
    "AppDataDictionary": _path("app_data_dictionary"),
    "ValidateFieldsOutOfOrder": _flag(_VALIDATION + "validate_fields_out_of_order"),
    "ValidateFieldsHaveValues": _flag(_VALIDATION + "validate_fields_have_values"),
    "ValidateUserDefinedFields": _flag(_VALIDATION + "validate_user_defined_fields"),
    "AllowUnknownMsgFields": _flag(_VALIDATION + "allow_unknown_msg_fields"),
    "CheckEnumerations": _flag(_VALIDATION + "check_enumerations"),
}

_REQUIRED = ("ConnectionType", "BeginString", "SenderCompID", "TargetCompID")
_REQUIRED_BY_ROLE = {
    ConnectionType.ACCEPTOR: ("SocketAcceptPort",),
    ConnectionType.INITIATOR: ("SocketConnectHost", "SocketConnectPort", "HeartBtInt"),
}

_OF_FIXT = ("DefaultApplVerID", "TransportDataDictionary", "AppDataDictionary")
_WITHOUT_EFFECT: Mapping[object, tuple[str, ...]] = {
    "FIX.4.2": _OF_FIXT,
    "FIX.4.4": _OF_FIXT,
    FIXT: ("DataDictionary",),
    ConnectionType.ACCEPTOR: ("SocketConnectHost", "SocketConnectPort", "ReconnectInterval"),
    ConnectionType.INITIATOR: ("SocketAcceptHost", "SocketAcceptPort"),
}


def load_settings(path: Path) -> list[SessionSettings]:
    """Read the sessions of one file, in its order.

    Args:
        path: the ``.cfg`` file; paths inside it are relative to its folder.

    Raises:
        ConfigError: with every problem of the file, in the order of its lines.
    """
    reader = _Reader(path)
    sessions = reader.read()
    if reader.problems:
        # Those of dictionaries, which are other files, come last.
        ours = str(path)
        raise ConfigError(sorted(reader.problems, key=lambda p: (p.path != ours, p.path, p.line)))
    return sessions


class _Reader:
    """Turns sections into settings and gathers what is wrong with them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[SettingsProblem] = []
        self._names: dict[str, int] = {}
        self._identities: dict[tuple[str, str, str], int] = {}

    def read(self) -> list[SessionSettings]:
        sections = read_sections(self.path, self._problem)
        values = [(section, self._values(section)) for section in sections]
        defaults: dict[str, object] = {}
        for section, read in values:
            if section.is_default:
                defaults.update(read)
        sessions = [(s, {**defaults, **read}) for s, read in values if not s.is_default]
        if not sessions and not self.problems:
            self._problem(0, "no [SESSION] section; at least one is needed")
        built = [self._session(section, given) for section, given in sessions]
        return [session for session in built if session is not None]

    def _problem(self, line: int, text: str) -> None:
        self.problems.append(SettingsProblem(str(self.path), line, text))

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
        given.setdefault("SessionName", given.get("TargetCompID"))
        if missing or any(value is None for value in given.values()):
            return None
        attributes = {KEYS[name].attribute: value for name, value in given.items()}
        options = {
            name.removeprefix(_VALIDATION): attributes.pop(name)
            for name in list(attributes)
            if name.startswith(_VALIDATION)
        }
        session = SessionSettings(
            **attributes,  # type: ignore[arg-type]  # each key's reader gives its attribute's type
            validation=ValidationOptions(**options),  # type: ignore[arg-type]  # all are flags
            line=section.line,
        )
        self._check_unique(session, section)
        self._check_dictionary(session)
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

    def _check_dictionary(self, session: SessionSettings) -> None:
        try:
            session.load_dictionary()
        except ConfigError as error:
            self.problems += error.problems

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


def _unknown_key(name: str) -> str:
    by_folded = {key.casefold(): key for key in KEYS}
    close = get_close_matches(name.casefold(), by_folded, n=1)
    hint = f"; did you mean {by_folded[close[0]]}?" if close else ""
    return f"unknown key {name}{hint}"


def _bad_value(name: str, entry: Entry, key: _Key) -> str:
    return f"{name}={entry.value}: not allowed; {key.allowed}"
