"""Records of earlier versions: what a store of then has is read as what it is now."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from oms_fix.blotter.store_reader import StoreReader
from oms_fix.daemon.recovery import base_state, recover
from oms_fix.journal.rows import decode_command, decode_event
from oms_fix.journal.sqlite import SqliteJournal
from oms_fix.journal.verify import verify_all
from oms_fix.model.circumstances import TradingStateChanged
from oms_fix.model.commands import SetTradingState
from oms_fix.model.enums import TradingScope, TradingState

INSTRUMENT, HALTED, ACTIVE = TradingScope.INSTRUMENT, TradingState.HALTED, TradingState.ACTIVE
STORE = Path(__file__).parent / "store_of_record_version_1"
"""Two trading days, written by oms-fix then: ACME is halted on the first, resumed on the second."""


@pytest.fixture
def store(tmp_path):
    """The store."""
    for dump in STORE.glob("*.sql"):
        with closing(sqlite3.connect(tmp_path / dump.stem)) as file:
            file.executescript(dump.read_text())
    return tmp_path / "oms.db"


def test_a_halt_of_an_instrument_is_a_trading_state():
    """Commands and events that have no other form any more."""
    halt = '{"type":"HaltInstrument","symbol":"IBM","reason":"news","operator":"bob"}'
    assert decode_command(halt) == SetTradingState(INSTRUMENT, "IBM", HALTED, "bob", "news")
    resume = '{"type":"ResumeInstrument","symbol":"IBM","operator":"bob"}'
    assert decode_command(resume) == SetTradingState(INSTRUMENT, "IBM", ACTIVE, "bob")
    halted = '{"type":"InstrumentHalted","symbol":"IBM","reason":"news","operator":"bob"}'
    assert decode_event(halted) == TradingStateChanged(INSTRUMENT, "IBM", HALTED, "bob", "news")
    resumed = '{"type":"InstrumentResumed","symbol":"IBM","operator":"bob"}'
    assert decode_event(resumed) == TradingStateChanged(INSTRUMENT, "IBM", ACTIVE, "bob")


def test_a_store_with_halts_of_then_verifies(store):
    """As it was written, and decided alike; what one day carried over is what the next began with.

    The halt of the first day is in the state that the second one begins with.
    """
    found = verify_all(store, lambda *_: None)
    assert [(each.events, each.problems) for each in found] == [(28, ()), (5, ())]


def test_a_router_goes_on_from_a_store_with_halts_of_then(store):
    """Nothing is halted any more; without the last command something is."""
    journal = SqliteJournal(store)
    assert recover(journal, base_state(store)).trading_states == {}
    journal.close()
    halted = TradingStateChanged(INSTRUMENT, "ACME", HALTED, "tester", "news pending")
    assert base_state(store).state.trading_states == {(INSTRUMENT, "ACME"): halted}


def test_the_blotter_reads_them(store):
    """Its tables are made from the same events."""
    with closing(StoreReader(store)) as reader:
        events = [each.event for each in reader.events(0, 1_000)]
    assert TradingStateChanged(INSTRUMENT, "ACME", ACTIVE, "tester") in events
