"""The daemon's configuration: the YAML and CSV files and the .cfg files, checked as a whole."""

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct, structs

from oms_fix.fix.errors import ConfigError, SettingsProblem
from oms_fix.fix.settings import ConnectionType, SessionSettings, load_settings
from oms_fix.fix.settings_file import read_sections
from oms_fix.fix.validation import ValidationOptions
from oms_fix.gateway.translator import VERSIONS
from oms_fix.model.rules import Rules
from oms_fix.settings import configuration
from oms_fix.settings.configuration import Configuration, SessionNames
from oms_fix.settings.problems import Problem, in_order, shown

_SIDES = {
    "clients": (ConnectionType.ACCEPTOR, "client sessions are accepted"),
    "venues": (ConnectionType.INITIATOR, "venue sessions are initiated"),
    "market_data": (ConnectionType.INITIATOR, "market data sessions are initiated"),
}

# What holds where a .cfg file does not say. An order that we do not wholly understand is rejected;
# a report of a venue tells what has happened already, whatever else it tells.
_TOLERANT = ValidationOptions(
    allow_unknown_msg_fields=True,
    check_enumerations=False,
    validate_user_defined_fields=False,
    validate_unordered_group_fields=False,
)
# Market data are judged where they are read, and there are too many to do it twice.
_FAST = structs.replace(_TOLERANT, unchecked=frozenset(("W", "X")))
_VALIDATION = {"clients": ValidationOptions(), "venues": _TOLERANT, "market_data": _FAST}
# OrderMassStatusRequest(AF) came with FIX 4.3.
_WITHOUT_MASS_STATUS = ("FIX.4.2",)


class DaemonConfiguration(Struct, frozen=True):
    """All that the daemon is told, with nothing wrong in it."""

    settings: Configuration
    clients: tuple[SessionSettings, ...]
    venues: tuple[SessionSettings, ...]
    market_data: tuple[SessionSettings, ...] = ()

    @property
    def names(self) -> SessionNames:
        """Return the names of the sessions, as rules and accounts refer to them."""
        return SessionNames(
            frozenset(session.name for session in self.clients),
            frozenset(session.name for session in self.venues),
            frozenset(session.name for session in self.market_data),
        )


def load(path: Path) -> DaemonConfiguration | list[Problem]:
    """Read and check oms.yaml and all files it names, sessions included.

    Returns:
        The configuration, or everything that is wrong, by file and line.
    """
    oms = configuration.read_oms(path)
    problems: list[Problem] = []
    sessions = {side: _read_sessions(oms.files.get(side), side, problems) for side in _SIDES}
    problems += _shared(oms.files, sessions)
    names = SessionNames(**{side: _names(oms.files.get(side)) for side in _SIDES})
    result = configuration.complete(oms, names)
    if isinstance(result, list):
        return in_order(problems + result)
    if problems:
        return in_order(problems)
    return DaemonConfiguration(result, **{side: tuple(sessions[side]) for side in _SIDES})


def load_rules(current: DaemonConfiguration) -> Rules | list[Problem]:
    """Read checks, routes and venues anew; sessions and reference data stay as they are."""
    return configuration.load_rules(current.settings, current.names)


def _read_sessions(path: Path | None, side: str, problems: list[Problem]) -> list[SessionSettings]:
    """Return the sessions of one .cfg file; none, and problems more, if anything is wrong."""
    if path is None:
        return []
    try:
        sessions = load_settings(path, _VALIDATION[side])
    except ConfigError as error:
        problems += _translated(error.problems)
        return []
    role, rule = _SIDES[side]
    for session in sessions:
        if session.connection_type is not role:
            text = f"{session.name} is an {session.connection_type} among {side}; allowed: {role}"
            problems.append(Problem(shown(path), session.line, f"{text}, {rule}"))
        unfit = _unfit_for_market_data if side == "market_data" else _unfit_for_orders
        problems += (Problem(shown(path), session.line, text) for text in unfit(session))
        try:
            session.load_dictionary()
        except ConfigError as error:
            problems += _translated(error.problems)
    return sessions


def _unfit_for_orders(session: SessionSettings) -> Iterator[str]:
    """Yield why orders cannot go over a session."""
    if not session.persist_messages:
        yield f"PersistMessages=N of {session.name} would lose orders and reports; allowed: Y"
    if session.refresh_on_logon:
        text = f"RefreshOnLogon=Y of {session.name}: no other process can change this store"
        yield f"{text}; allowed: N"
    version = session.default_appl_ver_id or session.begin_string
    if version not in VERSIONS:
        text = f"{session.name} speaks {version}, which has no orders here"
        yield f"{text}; allowed: {', '.join(VERSIONS)}"
    if session.order_status.reconciliation == "mass" and version in _WITHOUT_MASS_STATUS:
        text = f"OrderReconciliation=mass of {session.name}: {version} has no such request"
        yield f"{text}; allowed: each or none"


def _unfit_for_market_data(session: SessionSettings) -> Iterator[str]:
    """Yield why books cannot come over a session."""
    version = session.default_appl_ver_id or session.begin_string
    if version not in VERSIONS:
        text = f"{session.name} speaks {version}, which has no market data here"
        yield f"{text}; allowed: {', '.join(VERSIONS)}"


def _translated(problems: list[SettingsProblem]) -> Iterator[Problem]:
    """Yield the FIX engine's problems as ours; line 0 there means the file as a whole."""
    return (Problem(shown(Path(p.path)), max(p.line, 1), p.text) for p in problems)


def _names(path: Path | None) -> frozenset[str] | None:
    """Return the names of the sessions of a .cfg file, of faulty ones too.

    A bad port of a venue must not make each route to it look wrong.
    """
    if path is None:
        return None
    sections = read_sections(path, lambda _line, _text: None)
    given: dict[bool, list[dict[str, str]]] = {True: [], False: []}
    for section in sections:
        values = {key: entry.value for key, entry in section.entries.items()}
        given[section.is_default].append(values)
    defaults = {key: value for values in given[True] for key, value in values.items()}
    named = [{**defaults, **values} for values in given[False]]
    return (
        frozenset(values.get("SessionName", values.get("TargetCompID", "")) for values in named)
        or None
    )


def _shared(
    files: dict[str, Path], sessions: dict[str, list[SessionSettings]]
) -> Iterator[Problem]:
    """Yield sessions with the name of one of another file, and venues with a client's identity.

    Market data may come under the identity of a venue's session: they have a process of their own.
    """
    first: dict[str, tuple[int, str]] = {}
    for side in _SIDES:
        for session in sessions[side]:
            if session.name in first:
                line, place = first[session.name]
                where = f"it is on line {line} of {place} already"
                text = f"duplicate SessionName {session.name}, {where}; allowed: each name once"
                yield Problem(shown(files[side]), session.line, text)
        first |= {one.name: (one.line, files[side].name) for one in sessions[side]}
    identities = {_identity(session): session for session in sessions["clients"]}
    for venue in sessions["venues"]:
        client = identities.get(_identity(venue))
        if client is not None:
            where = f"it is on line {client.line} of {files['clients'].name} already"
            text = f"duplicate session {':'.join(_identity(venue))}, {where}"
            yield Problem(shown(files["venues"]), venue.line, f"{text}; allowed: each session once")


def _identity(session: SessionSettings) -> tuple[str, str, str]:
    return session.begin_string, session.sender_comp_id, session.target_comp_id
