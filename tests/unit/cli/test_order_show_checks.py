import json
from decimal import Decimal

import pytest
from click.testing import CliRunner
from desk import terms
from recorded_desk import RecordedDesk

from oms_fix.blotter.wording import figure
from oms_fix.cli.main import main
from oms_fix.model.commands import LoadRules
from oms_fix.model.exposure_checks import GrossExposure, PositionLimit
from oms_fix.model.order_checks import AccountKnown, OrderNotional
from oms_fix.model.routes import Direct
from oms_fix.model.rules import Rules

CHECKS = (
    AccountKnown(id="known"),
    OrderNotional(id="value", notional_max=Decimal("1234.56789")),
    PositionLimit(id="position", quantity_max=Decimal(150)),
    GrossExposure(id="gross", notional_max=Decimal(5000)),
)


@pytest.fixture
def show(tmp_path):
    """Have an order of 100 be replaced to 120, then to 200; show it."""
    store = tmp_path / "oms.db"
    desk = RecordedDesk(store)
    desk.do(LoadRules(Rules("rules-2", CHECKS, (Direct(id="to-a", venue="A"),)), "tester"))
    desk.new("X", terms(100, "10.0005"))
    desk.ack()
    desk.replace(terms(120, "10.0005"), "Y", "X")
    desk.refuse_request()
    desk.replace(terms(200, "10.0005"), "Z", "X")
    desk.close()

    def call(*args):
        result = CliRunner().invoke(main, ["order", "show", "X", "--store", str(store), *args])
        assert result.exit_code == 0, result.output
        return result.output

    return call


def rows(output):
    section = output.partition("\nChecks\n")[2].partition("\n\n")[0].splitlines()
    return [line.split()[:6] for line in section[3:]]


def test_numbers_of_an_order_and_of_its_replaces(show):
    """Each check with a limit tells what was used of it, what is with the order, and the limit."""
    table = rows(show())
    assert table[0][:3] == ["X", "known", "pass"]
    assert table[1] == ["X", "value", "pass", "0", "1000.05", "1234.5679"]
    assert table[2] == ["X", "position", "pass", "0", "100", "150"]
    assert table[3] == ["X", "gross", "pass", "0", "1000", "5000"]
    assert table[6] == ["Y", "position", "pass", "100", "120", "150"]
    assert table[9] == ["Z", "value", "reject", "0", "2000.1", "1234.5679"]
    assert table[10] == ["Z", "position", "reject", "100", "200", "150"]


def test_a_check_without_a_limit_has_no_numbers(show):
    """Where nothing is compared there is nothing to tell."""
    first = next(line for line in show().splitlines() if line.startswith("X") and "known" in line)
    assert first.split() == ["X", "known", "pass"]


def test_numbers_as_json(show):
    """JSON has them exactly; null where there are none."""
    story = json.loads(show("--json"))
    known, value = (entry["result"] for entry in story["checks"][:2])
    assert (known["used"], known["after"], known["limit"]) == (None, None, None)
    assert (value["used"], value["after"], value["limit"]) == ("0", "1000.05", "1234.56789")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("1234.56789", "1234.5679"),
        ("100", "100"),
        ("0.25", "0.25"),
        ("0.000012345678", "0.00001235"),
        ("1E+3", "1E+3"),
        ("33333333333333333333333333333.333333", "33333333333333333333333333333.3333"),
        ("0", "0"),
    ],
)
def test_no_needless_digits(value, shown):
    """Computed numbers are shown with four digits behind the point, or four that say something."""
    assert figure(Decimal(value)) == Decimal(shown)
