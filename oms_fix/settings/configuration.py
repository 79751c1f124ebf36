"""The whole configuration: oms.yaml and the files it names, read and checked together.

The .cfg files of the sessions are the FIX engine's, which is not known here: who loads both gives
the names of the sessions to ``complete``, so that routes and accounts can be checked against them.
"""

import hashlib
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct, structs

from oms_fix.core.wording import allowed
from oms_fix.model.checks import Checks
from oms_fix.model.instruments import Account, Instrument
from oms_fix.model.markets import Market
from oms_fix.model.rules import ReferenceData, Routing, Rules, VenuesYaml
from oms_fix.settings.csv_file import Table, read_csv
from oms_fix.settings.market_checks import check_markets
from oms_fix.settings.problems import Problem, in_order, shown
from oms_fix.settings.reference_checks import check_accounts, check_instruments
from oms_fix.settings.references import Known, References, known, known_of_accounts, refer
from oms_fix.settings.rule_checks import check_checks, check_routes
from oms_fix.settings.trading_day import Retention, TradingDay, time_zone_problem
from oms_fix.settings.venue_checks import check_venues
from oms_fix.settings.yaml_file import Document, read_yaml

_VERSION_DIGITS = 12

FILE_KEYS = (
    "checks",
    "routing",
    "venue_terms",
    "instruments",
    "accounts",
    "clients",
    "venues",
    "market_data",
    "markets",
)

_MOVED = {"venues": "allowed: such a list in venues.yaml, which oms.yaml names as venue_terms"}
_NO_MARKET_DATA = Known(frozenset(), "oms.yaml, which names no market_data")


class Durability(StrEnum):
    """When a batch counts as stored: once on the disk, or once the operating system has it."""

    FULL = "full"
    NORMAL = "normal"


class LogLevel(StrEnum):
    """The least grave entries that are logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _file(description: str) -> Meta:
    return Meta(min_length=1, description=f"{description} Relative to the folder of oms.yaml.")


class OmsYaml(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """oms.yaml: where everything is, and what concerns the daemon as a whole."""

    store: Annotated[str, _file("The message store, an SQLite database; made if absent.")]
    control_socket: Annotated[str, _file("The Unix socket that operators' commands come over.")]
    checks: Annotated[str, _file("The pre-trade checks, YAML.")]
    routing: Annotated[str, _file("The routing rules, YAML.")]
    instruments: Annotated[str, _file("The instruments, CSV.")]
    accounts: Annotated[str, _file("The client accounts, YAML.")]
    clients: Annotated[str, _file("The FIX sessions of clients, .cfg.")]
    venues: Annotated[str, _file("The FIX sessions of venues, .cfg.")]
    markets: (
        Annotated[str, _file("The markets' calendars, YAML; without it none ends an order.")] | None
    ) = None
    venue_terms: (
        Annotated[
            str, _file("What venues can do and cost, YAML; without it they take all, for nothing.")
        ]
        | None
    ) = None
    market_data: (
        Annotated[str, _file("The FIX sessions of market data, .cfg; without it there is none.")]
        | None
    ) = None
    base_currency: Annotated[
        str,
        Meta(
            pattern="^[A-Z]{3}$",
            description="ISO 4217 code of the currency in which limits and account values are.",
        ),
    ]
    durability: Annotated[
        Durability,
        Meta(
            description="full: a batch is on the disk before it is released. normal: it is with "
            "the operating system; a power cut may take the last batches, a crash of the daemon "
            "takes none."
        ),
    ] = Durability.FULL
    disk_reserve_mb: Annotated[
        int,
        Meta(
            ge=8,
            le=1_000_000,
            description="Megabytes kept on the store's disk, so that orders that were taken can be "
            "ended when it is full. With less than this free beside it no new orders are taken.",
        ),
    ] = 64
    clock_steady_seconds: Annotated[
        int,
        Meta(
            ge=1,
            le=86_400,
            description="Seconds that the system's clock must keep a new time after a leap, until "
            "it is believed and new orders are taken again.",
        ),
    ] = 60
    log_level: Annotated[LogLevel, Meta(description="The least grave entries that are logged.")] = (
        LogLevel.INFO
    )

    trading_day: Annotated[
        TradingDay | None,
        Meta(description="When the store goes on in a new file; without it there is one file."),
    ] = None
    retention: Annotated[
        Retention, Meta(description="How long the files of earlier trading days are kept.")
    ] = Retention()


class AccountsYaml(Struct, frozen=True, forbid_unknown_fields=True):
    """accounts.yaml."""

    accounts: Annotated[
        tuple[Account, ...], Meta(description="The accounts that orders may name in Account(1).")
    ]


class MarketsYaml(Struct, frozen=True, forbid_unknown_fields=True):
    """markets.yaml."""

    markets: Annotated[
        tuple[Market, ...], Meta(description="The markets that instruments may name.")
    ]


class SessionNames(Struct, frozen=True):
    """Names of the configured sessions; None where the .cfg file could not be read."""

    clients: frozenset[str] | None = None
    venues: frozenset[str] | None = None
    market_data: frozenset[str] | None = None


class Configuration(Struct, frozen=True, kw_only=True):
    """A configuration in which nothing is wrong; paths are as seen from the working directory."""

    path: Path
    store: Path
    control_socket: Path
    durability: Durability
    disk_reserve_mb: int
    clock_steady_seconds: int
    log_level: LogLevel
    base_currency: str
    checks_yaml: Path
    routing_yaml: Path
    instruments_csv: Path
    accounts_yaml: Path
    clients_cfg: Path
    venues_cfg: Path
    venue_terms_yaml: Path | None = None
    market_data_cfg: Path | None = None
    rules: Rules
    reference: ReferenceData
    trading_day: TradingDay | None
    retention: Retention

    @property
    def holidays(self) -> tuple[str, ...]:
        """The dates on which no trading day ends: those of the market that says so."""
        market = None if self.trading_day is None else self.trading_day.market
        days = (each.holidays for each in self.reference.markets if each.id == market)
        return next(days, ())


class OmsFile(Struct, frozen=True):
    """What could be read of oms.yaml: ``files`` has those files it names that are there."""

    path: Path
    document: Document[OmsYaml] | None
    files: dict[str, Path]
    problems: tuple[Problem, ...]


def read_oms(path: Path) -> OmsFile:
    """Read oms.yaml and look for the files it names."""
    problems: list[Problem] = []
    document = read_yaml(path, OmsYaml, problems)
    files: dict[str, Path] = {}
    if document is not None:
        for key in FILE_KEYS:
            if key in document.fields:
                file = _beside(path, document.fields[key])
                if file.is_file():
                    files[key] = file
                else:
                    line = document.mark.at(key).line
                    problems.append(Problem(document.path, line, _no_file(key, file)))
        day = document.fields.get("trading_day")
        problem = None if day is None else time_zone_problem(day.time_zone)
        if problem is not None:
            line = document.mark.at("trading_day").at("time_zone").line
            problems.append(Problem(document.path, line, problem))
    return OmsFile(path, document, files, tuple(problems))


def load(path: Path, names: SessionNames | None = None) -> Configuration | list[Problem]:
    """Read and check oms.yaml and all YAML and CSV files it names.

    Args:
        path: oms.yaml.
        names: of the sessions in the .cfg files; without them references to sessions pass.

    Returns:
        The configuration, or everything that is wrong, by file and line.
    """
    return complete(read_oms(path), names or SessionNames())


def complete(oms: OmsFile, names: SessionNames) -> Configuration | list[Problem]:
    """Read and check the YAML and CSV files that oms.yaml names; see ``load``."""
    problems = list(oms.problems)
    reference, references = _read_reference(oms, names, problems)
    with_venues = oms.document is None or "venue_terms" in oms.document.fields
    rules = _read_rules(oms.files, references, problems, with_venues=with_venues)
    main = oms.document.value if oms.document else None
    if problems or main is None or rules is None or reference is None:
        return in_order(problems)
    return Configuration(
        path=oms.path,
        store=_beside(oms.path, main.store),
        control_socket=_beside(oms.path, main.control_socket),
        durability=main.durability,
        disk_reserve_mb=main.disk_reserve_mb,
        clock_steady_seconds=main.clock_steady_seconds,
        log_level=main.log_level,
        base_currency=main.base_currency,
        checks_yaml=oms.files["checks"],
        routing_yaml=oms.files["routing"],
        instruments_csv=oms.files["instruments"],
        accounts_yaml=oms.files["accounts"],
        clients_cfg=oms.files["clients"],
        venues_cfg=oms.files["venues"],
        venue_terms_yaml=oms.files.get("venue_terms"),
        market_data_cfg=oms.files.get("market_data"),
        rules=rules,
        reference=reference,
        trading_day=main.trading_day,
        retention=main.retention,
    )


def load_rules(configuration: Configuration, names: SessionNames) -> Rules | list[Problem]:
    """Read checks, routes and venues anew, for the sessions and reference data in force.

    Returns:
        The rules, or everything that is wrong with them, by file and line.
    """
    problems: list[Problem] = []
    files = {"checks": configuration.checks_yaml, "routing": configuration.routing_yaml}
    if configuration.venue_terms_yaml is not None:
        files["venue_terms"] = configuration.venue_terms_yaml
    market_data_cfg = configuration.market_data_cfg
    reference = configuration.reference
    place = configuration.instruments_csv.name
    references = structs.replace(
        known_of_accounts(reference.accounts, configuration.accounts_yaml.name),
        venues=_known(names.venues, configuration.venues_cfg),
        clients=_known(names.clients, configuration.clients_cfg),
        symbols=known((each.symbol for each in reference.instruments), place),
        issuers=known((each.issuer for each in reference.instruments), place),
        sectors=known((each.sector for each in reference.instruments), place),
        countries=known((each.country for each in reference.instruments), place),
        markets=known((each.id for each in reference.markets), "markets.yaml"),
        market_data=(
            _known(names.market_data, market_data_cfg) if market_data_cfg else _NO_MARKET_DATA
        ),
    )
    with_venues = "venue_terms" in files
    rules = _read_rules(files, references, problems, with_venues=with_venues)
    return in_order(problems) if rules is None else rules


def _read_rules(
    files: dict[str, Path], references: References, problems: list[Problem], *, with_venues: bool
) -> Rules | None:
    """Return the rules; None, and problems more, if anything is wrong with them.

    ``with_venues``: there is to be a venues.yaml.
    """
    before = len(problems)
    checks = read_yaml(files["checks"], Checks, problems) if "checks" in files else None
    if checks is not None:
        check_checks(checks, references, problems)
    described: Document[VenuesYaml] | None = None
    if "venue_terms" in files:
        described = read_yaml(files["venue_terms"], VenuesYaml, problems)
    if described is not None:
        check_venues(described, references, problems)
    venues = described.value.venues if described and described.value else ()
    routing = read_yaml(files["routing"], Routing, problems, _MOVED) if "routing" in files else None
    if routing is not None:
        is_known = not with_venues or bool(described and described.value)
        terms = {each.session: each for each in venues} if is_known else None
        check_routes(routing, references, terms, problems)
    if len(problems) > before or not (checks and checks.value and routing and routing.value):
        return None
    texts = (checks.text, routing.text, *((described.text,) if described else ()))
    routes = routing.value
    return Rules(
        version=_version(*texts),
        checks=checks.value.checks,
        routes=routes.routes,
        clients=routes.clients,
        venues=venues,
        reviews=checks.value.reviews,
        impact=routes.impact,
        protection_percent=routes.protection_percent,
    )


def _read_reference(
    oms: OmsFile, names: SessionNames, problems: list[Problem]
) -> tuple[ReferenceData | None, References]:
    """Return reference data, None if anything is wrong with them, and what rules may refer to."""
    before = len(problems)
    clients = _known(names.clients, oms.files.get("clients"))
    calendars, markets = _read_markets(oms, problems)
    table: Table[Instrument] | None = None
    if "instruments" in oms.files:
        table = read_csv(oms.files["instruments"], Instrument, problems)
    if table is not None:
        base_currency = oms.document.fields.get("base_currency") if oms.document else None
        check_instruments(table, base_currency, markets, problems)
    document: Document[AccountsYaml] | None = None
    if "accounts" in oms.files:
        document = read_yaml(oms.files["accounts"], AccountsYaml, problems)
    if document is not None:
        check_accounts(document, clients, problems)
    references = structs.replace(
        _of_accounts(document),
        venues=_known(names.venues, oms.files.get("venues")),
        clients=clients,
        symbols=_column(table, "symbol"),
        issuers=_column(table, "issuer"),
        sectors=_column(table, "sector"),
        countries=_column(table, "country"),
        markets=markets,
        market_data=_market_data(oms, names),
    )
    if len(problems) > before or not (table and document and document.value):
        return None, references
    instruments = tuple(row.value for row in table.rows)
    texts = (table.text, document.text, *((calendars.text,) if calendars else ()))
    given = calendars.value.markets if calendars and calendars.value else ()
    return (
        ReferenceData(_version(*texts), instruments, document.value.accounts, given),
        references,
    )


def _market_data(oms: OmsFile, names: SessionNames) -> Known | None:
    """Return the sessions that books may come over; None if those are not known."""
    if oms.document is not None and "market_data" not in oms.document.fields:
        return _NO_MARKET_DATA
    return _known(names.market_data, oms.files.get("market_data"))


def _read_markets(
    oms: OmsFile, problems: list[Problem]
) -> tuple[Document[MarketsYaml] | None, Known | None]:
    """Return markets.yaml, None if there is none or it cannot be read, and what may be named."""
    document: Document[MarketsYaml] | None = None
    found: Known | None = None
    if "markets" in oms.files:
        document = read_yaml(oms.files["markets"], MarketsYaml, problems)
        if document is not None:
            check_markets(document, problems)
            found = _known(document.ids, oms.files["markets"])
    elif oms.document is not None and "markets" not in oms.document.fields:
        found = known((), "markets.yaml")
    day = None if oms.document is None else oms.document.fields.get("trading_day")
    if oms.document is not None and day is not None and day.market is not None:
        problem = refer(day.market, "market", found)
        if problem is not None:
            line = oms.document.mark.at("trading_day").at("market").line
            problems.append(Problem(oms.document.path, line, problem))
    return document, found


def _column(table: Table[Instrument] | None, name: str) -> Known | None:
    """Return all that stands in a column; that there are no instruments is told already."""
    if table is None or not table.columns["symbol"]:
        return None
    return known(table.columns.get(name, ()), Path(table.path).name)


def _of_accounts(document: Document[AccountsYaml] | None) -> References:
    """Return what is said of accounts; of a faulty file only which accounts it has."""
    if document is None:
        return References()
    place = Path(document.path).name
    if document.value is None:
        return References(accounts=known(document.ids, place))
    return known_of_accounts(document.value.accounts, place)


def _known(names: Iterable[str] | None, path: Path | None) -> Known | None:
    return None if names is None or path is None else Known(frozenset(names), path.name)


def _beside(path: Path, name: str) -> Path:
    """Return the path of a file that oms.yaml names."""
    return Path(shown(path.parent / name))


def _no_file(key: str, file: Path) -> str:
    siblings = (sibling.name for sibling in file.parent.glob("*") if sibling.is_file())
    return f"{key} names {file}, which is no file; {allowed(file.name, siblings)}"


def _version(*texts: str) -> str:
    """Return a short hash of the content of files."""
    digest = hashlib.sha256()
    for text in texts:
        content = text.encode()
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()[:_VERSION_DIGITS]
