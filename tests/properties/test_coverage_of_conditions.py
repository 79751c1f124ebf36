"""No route is called unreachable that an order could reach."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from oms_fix.core.conditions import ConditionSubject, compile_condition
from oms_fix.model.enums import OrdType, Side
from oms_fix.model.orders import OrderTerms
from oms_fix.settings.coverage import covers

NUMBERS = st.sampled_from(["1", "2", "2.0", "3"])
NAMES = st.sampled_from(["A", "B", "C"])
SIDES = st.sampled_from(["BUY", "1", "SELL"])


def entries(values, signs):
    return st.one_of(
        values,
        st.lists(values, min_size=1, max_size=3),
        st.builds("{} {}".format, st.sampled_from(signs), values),
    )


CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "StopPx": entries(NUMBERS, ["!=", ">", ">=", "<", "<="]),
        "ExDestination": entries(NAMES, ["!="]),
        "Side": entries(SIDES, ["!="]),
    },
)
ORDERS = [
    OrderTerms(
        symbol="ACME",
        side=side,
        order_qty=Decimal(1),
        ord_type=OrdType.STOP,
        stop_px=stop_px,
        ex_destination=venue,
    )
    for side in (Side.BUY, Side.SELL, Side.SELL_SHORT)
    for stop_px in (None, *(Decimal(half) / 2 for half in range(1, 8)))
    for venue in (None, "A", "B", "C", "D")
]


@given(earlier=CONDITIONS, later=CONDITIONS)
def test_what_is_covered_is_taken(earlier, later):
    """Where conditions are said to cover others, they hold for all orders that those hold for."""
    if not covers(earlier, later):
        return
    takes, reaches = compile_condition(earlier), compile_condition(later)
    subjects = [ConditionSubject(terms=terms, client="C") for terms in ORDERS]
    assert [one.terms for one in subjects if reaches(one) and not takes(one)] == []
