"""Venues and market data in the configuration: read at the start, venues at reloads too."""

import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from oms_fix.daemon.configuration import DaemonConfiguration, load, load_rules
from oms_fix.model.rules import Rules
from oms_fix.model.venues import FeeTier, Rate
from oms_fix.settings.problems import Problem

ROOT = Path(__file__).parents[2]
MARKET_DATA = """\
[DEFAULT]
ConnectionType=initiator
SenderCompID=OMSFIX
SocketConnectHost=127.0.0.1
HeartBtInt=30
PersistMessages=N

[SESSION]
SessionName=XNAS-MD
BeginString=FIX.4.4
TargetCompID=XNAS
SocketConnectPort=9971
"""


@pytest.fixture(autouse=True)
def in_a_copy(tmp_path, monkeypatch):
    """The default configuration is copied to the working directory."""
    for folder in ("config", "sessions"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    monkeypatch.chdir(tmp_path)


def loaded():
    configuration = load(Path("config/oms.yaml"))
    assert isinstance(configuration, DaemonConfiguration), configuration
    return configuration


def with_market_data():
    path = Path("config/oms.yaml")
    path.write_text(path.read_text() + "market_data: ../sessions/marketdata.cfg\n")
    Path("sessions/marketdata.cfg").write_text(MARKET_DATA)


def describe(text):
    Path("config/venues.yaml").write_text(f"venues:\n{text}")


def test_venues_are_part_of_the_rules():
    """What venues.yaml says reaches the core with the rules."""
    nasdaq = loaded().settings.rules.venue("XNAS")
    assert nasdaq.fee_tier(Decimal(1_000_000)) == FeeTier(
        volume_from=Decimal(1_000_000),
        maker=Rate(per_share=Decimal("-0.0029")),
        taker=Rate(per_share=Decimal("0.0028")),
    )


def test_venues_are_loaded_anew():
    """A reload reads venues.yaml; the version of the rules tells that it differs."""
    current = loaded()
    assert load_rules(current) == current.settings.rules
    describe("  - {session: XLON, mic: XLON, market: XLON}\n")
    changed = load_rules(current)
    assert isinstance(changed, Rules)
    assert [venue.session for venue in changed.venues] == ["XLON"]
    assert changed.routes == current.settings.rules.routes
    assert changed.version != current.settings.rules.version


def test_routes_are_checked_against_venues_that_are_loaded_anew():
    """A reload that makes a venue dark is refused while a sweep goes there."""
    current = loaded()
    describe("  - {session: XNAS, kind: dark, market: XPAR, market_data: XNAS}\n")
    unseen = "venue 'XNAS' of {} is dark and has no book to see; allowed for {}: kind lit or dealer"
    nowhere = "allowed: none are in oms.yaml, which names no market_data"
    assert load_rules(current) == [
        Problem("config/routing.yaml", 32, unseen.format("immediate", "sweep")),
        Problem("config/routing.yaml", 42, unseen.format("in-parts", "iceberg")),
        Problem("config/routing.yaml", 52, unseen.format("narrow-spread", "sweep")),
        Problem("config/routing.yaml", 85, unseen.format("patient", "post")),
        Problem("config/venues.yaml", 2, "unknown market 'XPAR'; allowed: XLON, XNYS"),
        Problem("config/venues.yaml", 2, f"unknown market data session 'XNAS'; {nowhere}"),
    ]


def test_without_venues_all_take_every_order():
    """venues.yaml may be left out; oms.yaml is not read again when rules are."""
    path = Path("config/oms.yaml")
    path.write_text(path.read_text().replace("venue_terms: venues.yaml\n", ""))
    current = loaded()
    assert current.settings.venue_terms_yaml is None
    assert current.settings.rules.venues == ()
    assert load_rules(current) == current.settings.rules


def test_sessions_of_market_data_are_read():
    """Their settings are for the process that takes the books; venues name them at reloads too.

    They need keep no messages, and may have the CompIDs that the venue's orders go by.
    """
    with_market_data()
    describe("  - {session: XNAS, market_data: XNAS-MD}\n")
    current = loaded()
    assert [(one.name, one.socket_connect_port) for one in current.market_data] == [
        ("XNAS-MD", 9971)
    ]
    assert current.settings.market_data_cfg == Path("sessions/marketdata.cfg")
    assert current.names.market_data == frozenset({"XNAS-MD"})
    assert load_rules(current) == current.settings.rules
    describe("  - {session: XNAS, market_data: XNYS-MD}\n")
    text = "unknown market data session 'XNYS-MD'; did you mean XNAS-MD? allowed: XNAS-MD"
    assert load_rules(current) == [Problem("config/venues.yaml", 2, text)]


def test_without_market_data_there_are_no_such_sessions():
    """The key may be left out."""
    current = loaded()
    assert (current.market_data, current.settings.market_data_cfg) == ((), None)
