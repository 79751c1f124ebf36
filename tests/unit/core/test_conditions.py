from decimal import Decimal

import pytest

from oms_fix.core.conditions import FIELDS, ConditionSubject, compile_condition, problem_with
from oms_fix.model.enums import AssetClass, OrdType, Side, TimeInForce
from oms_fix.model.instruments import Instrument
from oms_fix.model.orders import OrderTerms

SUBJECT = ConditionSubject(
    terms=OrderTerms(
        symbol="AAPL",
        side=Side.BUY,
        order_qty=Decimal(500),
        ord_type=OrdType.LIMIT,
        price=Decimal("187.50"),
        account="FUND1",
    ),
    client="BUYSIDE42",
    instrument=Instrument("AAPL", AssetClass.EQUITY, "USD", Decimal("187.50")),
    notional=Decimal(93750),
)


def holds(**when):
    return compile_condition(when)(SUBJECT)


def test_no_condition_holds_for_every_order():
    """A rule without conditions concerns every order."""
    assert holds()


def test_a_value_must_be_equal():
    """A single value holds for orders that have it."""
    assert holds(Symbol="AAPL")
    assert not holds(Symbol="MSFT")


def test_a_list_allows_each_of_its_values():
    """A list holds for orders that have one of its values."""
    assert holds(Symbol=["MSFT", "AAPL"])
    assert not holds(Symbol=["MSFT", "XOM"])


def test_all_entries_must_hold():
    """Entries are joined by and."""
    assert holds(Symbol="AAPL", Side="BUY", Account="FUND1")
    assert not holds(Symbol="AAPL", Side="SELL", Account="FUND1")


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        ("> 499", True),
        ("> 500", False),
        (">=500", True),
        ("< 500", False),
        ("<= 500", True),
        ("!= 500", False),
        ("!= 501", True),
        ("500.0", True),
        ("< 1_000", True),
    ],
)
def test_numbers_are_compared_by_value(comparison, expected):
    """OrderQty(38) 500 is compared as a number, blanks after the sign or not."""
    assert holds(OrderQty=comparison) is expected


def test_a_list_of_numbers_compares_by_value():
    """187.5 in the file is the 187.50 of the order."""
    assert holds(Price=["10", "187.5"])


def test_enumerations_go_by_name_and_by_value():
    """Side: BUY and Side: 1 mean the same."""
    assert holds(Side="BUY")
    assert holds(Side="1")
    assert holds(Side=["SELL", "1"])
    assert holds(TimeInForce=TimeInForce.DAY.name)
    assert not holds(Side="!= BUY")


def test_what_describes_an_order_can_be_asked_for():
    """AssetClass, Client and Notional are keys beside the fields of the order."""
    assert holds(AssetClass="equity", Client="BUYSIDE42", Notional="<= 93750")
    assert not holds(AssetClass=["treasury", "corporate_bond"])


def test_an_absent_field_differs_from_every_value():
    """An order without StopPx(99) or ExDestination(100) meets != and nothing else."""
    assert not holds(StopPx="> 0")
    assert not holds(StopPx="< 1")
    assert not holds(ExDestination="XNAS")
    assert holds(ExDestination="!= XNAS")
    assert holds(StopPx="!= 5")


def test_keys_are_the_fix_names_of_all_order_fields():
    """Each field of an order can be asked for under its FIX name, with the kind of its type."""
    described = {"AssetClass", "Client", "Notional", "Issuer", "Sector", "Country", "Market",
                 "Group", "Desk", "Strategy", "AdvShare", "Spread", "TimeOfDay",
                 "MarketState"}  # fmt: skip
    assert len(FIELDS) == len(OrderTerms.__struct_fields__) - 1 + 14  # all but other_fields
    assert described < set(FIELDS)
    assert {"SecurityID", "SecurityIDSource", "StopPx", "ExDestination"} <= set(FIELDS)
    assert {name for name, field in FIELDS.items() if field.kind == "number"} == {
        "CashOrderQty", "OrderQty", "Price", "StopPx", "MinQty", "MaxFloor", "Notional",
            "PegOffsetValue", "AdvShare", "Spread",
    }  # fmt: skip
    assert FIELDS["Side"].enum is Side


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        (
            "OrderQty",
            "lots",
            (
                "OrderQty has 'lots', which is no number; "
                "allowed: a number such as 10000, or a comparison such as '> 10000'"
            ),
        ),
        (
            "OrderQty",
            "> ",
            (
                "OrderQty has '', which is no number; "
                "allowed: a number such as 10000, or a comparison such as '> 10000'"
            ),
        ),
        (
            "OrderQty",
            "=> 5",
            "OrderQty has an unknown comparison '=>'; allowed: !=, >, >=, <, <=",
        ),
        ("Symbol", "= AAPL", "Symbol has an unknown comparison '='; allowed: !="),
        (
            "Symbol",
            "> A",
            "Symbol is no number to compare with >; allowed: a value, a list or !=",
        ),
        ("Symbol", "", "Symbol has an empty value; allowed: text"),
        ("Symbol", [], "Symbol has an empty list; allowed: at least one value"),
        (
            "Symbol",
            ["AAPL", "!= MSFT"],
            "Symbol has the comparison '!= MSFT' in a list; allowed: values only",
        ),
        (
            "OrdType",
            "LIMT",
            (
                "OrdType has the unknown value 'LIMT'; did you mean LIMIT? "
                "allowed: MARKET (1), LIMIT (2), STOP (3), STOP_LIMIT (4), "
                "MARKET_WITH_LEFT_OVER_AS_LIMIT (K), PEGGED (P)"
            ),
        ),
        (
            "AssetClass",
            "stock",
            (
                "AssetClass has the unknown value 'stock'; "
                "allowed: equity, corporate_bond, treasury, future, option, fx"
            ),
        ),
    ],
)
def test_a_faulty_entry_is_explained(key, value, expected):
    """What is wrong with an entry is said together with what is allowed; it is not compiled."""
    assert problem_with(key, value) == expected
    with pytest.raises(ValueError, match=key):
        compile_condition({key: value})


def test_a_misspelt_key_is_recognised():
    """An unknown key is answered with the nearest one and with all others."""
    text = problem_with("orderqty", "5")
    assert text is not None
    assert text.startswith("unknown condition field 'orderqty'; did you mean OrderQty? allowed: ")
    assert text.endswith("Symbol, Text, TimeInForce, TimeOfDay")


def test_good_entries_have_no_problem():
    """Nothing is said of what is allowed."""
    assert problem_with("OrderQty", "> 10000") is None
    assert problem_with("Side", ["BUY", "2"]) is None
    assert problem_with("Account", "!= HOUSE") is None
