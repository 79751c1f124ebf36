import csv
import os
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from oms_fix.fix.settings import load_settings
from oms_fix.model.enums import AssetClass
from oms_fix.settings.configuration import load
from oms_fix.simulator.client import read_tickets
from oms_fix.simulator.configuration import load_instruments, load_simulator

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "config" / "samples" / "rebalance"
MILLION = 1_000_000
# Restricted, unknown, too many shares, too much value; each order sent twice is one more.
REFUSED = {"PFE": 2, "APPL": 2, "HSBA.L": 1, "META": 1}


@pytest.fixture(scope="module")
def instruments():
    return load_instruments(SAMPLE / "instruments.csv")


@pytest.fixture(scope="module")
def tickets():
    return [ticket for _, ticket in read_tickets(SAMPLE / "orders.csv")]


@pytest.fixture(scope="module")
def good(tickets, instruments):
    """The orders that no check refuses."""
    seen = set()
    orders = []
    for ticket in tickets:
        instrument = instruments.get(ticket.symbol)
        is_repeated = (ticket.client, ticket.cl_ord_id) in seen
        seen.add((ticket.client, ticket.cl_ord_id))
        if instrument is None or ticket.symbol == "PFE" or is_repeated:
            continue
        is_large = instrument.notional(ticket.order_qty, ticket.price) > 5 * MILLION
        if is_large or (ticket.symbol == "HSBA.L" and ticket.order_qty > 250_000):
            continue
        orders.append(ticket)
    return orders


@pytest.fixture(scope="module")
def accounts():
    """Value in dollars and client by account."""
    result = {}
    for line in (SAMPLE / "accounts.yaml").read_text().splitlines():
        if line.startswith("  - {"):
            cells = dict(cell.split(": ", 1) for cell in line.strip(" -{}").split(", "))
            result[cells["id"]] = (int(cells["value"]), cells["clients"].strip("[]"))
    return result


def test_850_orders_in_45_groups_of_one_instrument_and_side(tickets):
    """850 orders fall into 45 groups; each has one instrument, one side, several accounts."""
    groups = {}
    for ticket in tickets:
        groups.setdefault(ticket.group, set()).add((ticket.symbol, ticket.side))
    accounts = {group: {t.account for t in tickets if t.group == group} for group in groups}

    assert len(tickets) == 850
    assert len(groups) == 45
    assert all(len(found) == 1 for found in groups.values())
    assert min(len(found) for found in accounts.values()) >= 2


def test_all_but_eight_orders_are_good(tickets, good):
    """Two orders each are restricted, unknown and repeated; one is too many, one worth too much."""
    refused = Counter(ticket.symbol for ticket in tickets)
    refused.subtract(ticket.symbol for ticket in good)
    repeated = Counter((ticket.client, ticket.cl_ord_id) for ticket in tickets)

    assert len(tickets) - len(good) == 8
    assert {symbol: refused[symbol] for symbol in REFUSED} == REFUSED
    assert sorted(repeated.values())[-3:] == [1, 2, 2]


def test_hundred_million_sold_and_bought(good, instruments):
    """Equities for 100 million dollars are sold and bonds bought, each within half a percent."""
    value = Counter()
    for ticket in good:
        instrument = instruments[ticket.symbol]
        is_equity = instrument.asset_class is AssetClass.EQUITY
        value[ticket.side, is_equity] += instrument.notional(ticket.order_qty, None)

    assert set(value) == {("2", True), ("1", False)}
    for total in value.values():
        assert abs(total - 100 * MILLION) < Decimal("0.5") * MILLION


def test_accounts_hold_two_billion(accounts):
    """50 accounts of 5 to 200 million dollars hold 2 billion."""
    values = [value for value, _ in accounts.values()]

    assert len(values) == 50
    assert (min(values), max(values)) == (5 * MILLION, 200 * MILLION)
    assert sum(values) == 2_000 * MILLION


def test_each_account_trades_in_proportion_to_its_value(good, accounts, instruments):
    """Every account sells and buys 5 % of its value, to within one lot of its dearest order."""
    moved = Counter()
    for ticket in good:
        instrument = instruments[ticket.symbol]
        moved[ticket.account, ticket.side] += instrument.notional(ticket.order_qty, None)

    assert len(moved) == 100
    for (account, _), amount in moved.items():
        assert abs(amount - accounts[account][0] * Decimal("0.05")) < 2_100


def test_orders_of_an_account_come_from_its_client(tickets, accounts):
    """Each client sends about half the orders, and only those of its accounts."""
    assert all(accounts[ticket.account][1] == ticket.client for ticket in tickets)
    counts = Counter(ticket.client for ticket in tickets)
    assert abs(counts["BUYSIDE42"] - counts["BUYSIDE44"]) <= 10


def test_quantities_and_prices_are_tradable(good, instruments):
    """Whole lots, whole ticks, and limits within half a percent of the reference price."""
    for ticket in good:
        instrument = instruments[ticket.symbol]
        assert ticket.order_qty % instrument.lot_size == 0
        if ticket.price is not None:
            assert ticket.price % instrument.tick_size == 0
            assert abs(ticket.price / instrument.price - 1) < Decimal("0.005")


def test_identifiers_have_right_check_digits(instruments):
    """ISINs pass ISO 6166's check, CUSIPs that of ANSI X9.6."""
    for instrument in instruments.values():
        if instrument.security_id_source == "4":
            digits = "".join(str(int(c, 36)) for c in instrument.security_id)
            doubled = [int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(digits))]
        else:
            values = [int(c, 36) for c in instrument.security_id]
            doubled = [value * (2 if i % 2 else 1) for i, value in enumerate(values)]
        assert sum(value // 10 + value % 10 for value in doubled) % 10 == 0, instrument.symbol


def test_four_kinds_of_instruments(instruments):
    """US and international equities, corporate bonds and Treasuries, in their currencies."""
    kinds = Counter(
        (instrument.asset_class.value, instrument.currency) for instrument in instruments.values()
    )

    assert kinds == {
        ("equity", "USD"): 15,
        ("equity", "GBP"): 4,
        ("equity", "EUR"): 2,
        ("equity", "CHF"): 1,
        ("equity", "JPY"): 1,
        ("corporate_bond", "USD"): 12,
        ("treasury", "USD"): 9,
    }


def test_script_writes_these_files(tmp_path):
    """The sample's accounts, instruments and orders are what the script makes."""
    script = ROOT / "scripts" / "make-rebalance"
    subprocess.run([sys.executable, script, tmp_path], check=True, timeout=60)

    for name in ("accounts.yaml", "instruments.csv", "orders.csv"):
        assert (tmp_path / name).read_text() == (SAMPLE / name).read_text()
    assert os.access(script, os.X_OK)


def test_simulator_has_a_venue_for_every_session():
    """Every session with a venue, for orders or books, has its other end in simulator.yaml."""
    config = load_simulator(SAMPLE / "simulator.yaml")
    sessions = [settings.name for settings in load_settings(SAMPLE / config.venue_sessions)]

    assert list(config.venues) == sessions
    books = [settings.name for settings in load_settings(SAMPLE / config.market_data_sessions)]
    assert list(config.publishing.values()) == books
    with (SAMPLE / "orders.csv").open(newline="") as file:
        clients = {row["client"] for row in csv.DictReader(file)}
    assert clients == {s.name for s in load_settings(SAMPLE / config.client_sessions)}


def test_venues_are_described_as_they_are_simulated():
    """Every venue has its fees; whose book is published is lit and has that session."""
    described = {each.session: each for each in load(SAMPLE / "oms.yaml").rules.venues}
    config = load_simulator(SAMPLE / "simulator.yaml")

    assert list(described) == list(config.venues)
    assert all(terms.fees for terms in described.values())
    books = {name: terms.market_data for name, terms in described.items() if terms.market_data}
    assert books == config.publishing
