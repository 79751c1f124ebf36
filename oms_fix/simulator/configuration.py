"""simulator.yaml: who stands on the other side of the router, and how they behave."""

import csv
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import msgspec
from msgspec import Struct

from oms_fix.fix.settings import ConnectionType, SessionSettings, load_settings
from oms_fix.model.instruments import Instrument
from oms_fix.simulator.broker import Working
from oms_fix.simulator.dark_pool import Hidden
from oms_fix.simulator.dealer import Quoting
from oms_fix.simulator.exchange import Liquidity

_RECONNECT_SECONDS = 1


class VenueBase(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What every venue has: the time a request takes to reach it, and how often it just refuses."""

    delay_ms: int = 0
    reject_percent: Decimal = Decimal(0)


class ExchangeConfig(VenueBase, frozen=True, kw_only=True, tag="exchange"):
    """A venue on limit order books.

    ``market_data`` is the SessionName, in ``market_data_sessions``, over which they are published.
    """

    liquidity: Liquidity = Liquidity()
    market_data: str = ""


class DealerConfig(VenueBase, frozen=True, kw_only=True, tag="dealer"):
    """A dealer who fills at its quote."""

    quoting: Quoting = Quoting()


class OffBookConfig(VenueBase, frozen=True, kw_only=True):
    """A venue without prices of its own.

    ``mid_of`` is the exchange whose mid it goes by; without it the reference price.
    """

    mid_of: str = ""


class DarkConfig(OffBookConfig, frozen=True, kw_only=True, tag="dark"):
    """A dark pool that trades at the mid."""

    hidden: Hidden = Hidden()


class BrokerConfig(OffBookConfig, frozen=True, kw_only=True, tag="broker"):
    """A broker who works orders; ``algorithms`` go by TargetStrategy(847)."""

    working: Working = Working()
    algorithms: dict[str, Working] = {}


VenueConfig = ExchangeConfig | DealerConfig | DarkConfig | BrokerConfig
"""What a simulated venue may be."""


class ClientConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a client works its orders.

    A limit order that is not filled ``work_after_ms`` after it was sent is replaced by one priced
    ``work_bp`` basis points through the reference price, or, ``cancel_percent`` of them, canceled;
    what is still open ``give_up_after_ms`` later is canceled too. An order that nobody answers for
    ``give_up_after_ms`` is asked about.
    """

    orders_per_second: int = 100
    work_after_ms: int = 2500
    work_bp: Decimal = Decimal(60)
    cancel_percent: Decimal = Decimal(15)
    give_up_after_ms: int = 6000


class SimulatorConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """simulator.yaml; paths are relative to it.

    ``venue_sessions``, ``client_sessions`` and ``market_data_sessions`` are the router's own
    session files: the simulator takes the other end of each session in them. ``venues`` go by
    session name.
    """

    instruments: str
    venue_sessions: str
    client_sessions: str
    venues: dict[str, VenueConfig]
    market_data_sessions: str = ""
    client: ClientConfig = ClientConfig()
    seed: int = 1
    tick_ms: int = 20

    @property
    def publishing(self) -> dict[str, str]:
        """The session of market data of each venue that publishes its books."""
        return {
            name: venue.market_data
            for name, venue in self.venues.items()
            if isinstance(venue, ExchangeConfig) and venue.market_data
        }


def load_simulator(path: Path) -> SimulatorConfig:
    """Read simulator.yaml.

    Raises:
        OSError: it cannot be read.
        msgspec.MsgspecError: it is no YAML, or a key or value is wrong.
    """
    config = msgspec.yaml.decode(path.read_bytes(), type=SimulatorConfig)
    for name, venue in config.venues.items():
        wrong = _wrong_reference(config, venue)
        if wrong:
            raise msgspec.ValidationError(f"{wrong} - at `$.venues.{name}`")
    publishing = list(config.publishing.values())
    if len(set(publishing)) < len(publishing):
        raise msgspec.ValidationError("two venues share a `market_data` session - at `$.venues`")
    return config


def _wrong_reference(config: SimulatorConfig, venue: VenueConfig) -> str:
    if isinstance(venue, ExchangeConfig) and venue.market_data and not config.market_data_sessions:
        return "`market_data` without `market_data_sessions`"
    if isinstance(venue, OffBookConfig) and venue.mid_of:
        other = config.venues.get(venue.mid_of)
        if not isinstance(other, ExchangeConfig):
            return f"`mid_of` names no exchange: {venue.mid_of}"
    return ""


def load_instruments(path: Path) -> dict[str, Instrument]:
    """Read instruments.csv by symbol; empty cells stand for the default."""
    with path.open(newline="") as file:
        rows = [{key: value for key, value in row.items() if value} for row in csv.DictReader(file)]
    instruments = msgspec.convert(rows, list[Instrument], strict=False)
    return {instrument.symbol: instrument for instrument in instruments}


def other_end(settings: SessionSettings) -> SessionSettings:
    """Return the session as its counterparty has it: identities, role and address swapped."""
    replace = msgspec.structs.replace
    swapped = replace(
        settings,
        sender_comp_id=settings.target_comp_id,
        target_comp_id=settings.sender_comp_id,
    )
    if settings.connection_type is ConnectionType.INITIATOR:
        return replace(
            swapped,
            connection_type=ConnectionType.ACCEPTOR,
            socket_accept_host=settings.socket_connect_host,
            socket_accept_port=settings.socket_connect_port,
        )
    host = settings.socket_accept_host
    return replace(
        swapped,
        connection_type=ConnectionType.INITIATOR,
        socket_connect_host="127.0.0.1" if host == "0.0.0.0" else host,  # noqa: S104 - compared only
        socket_connect_port=settings.socket_accept_port,
        reconnect_interval=_RECONNECT_SECONDS,
    )


def other_ends(path: Path, names: Iterable[str]) -> list[SessionSettings]:
    """Return the other end of the named sessions of a session file.

    Raises:
        ValueError: a name is not in the file.
        oms_fix.fix.errors.ConfigError: the file is wrong.
    """
    by_name = {settings.name: settings for settings in load_settings(path)}
    wanted = list(names)
    missing = [name for name in wanted if name not in by_name]
    if missing:
        raise ValueError(f"{path}: no session {', '.join(missing)}; there are {', '.join(by_name)}")
    return [other_end(by_name[name]) for name in wanted]
