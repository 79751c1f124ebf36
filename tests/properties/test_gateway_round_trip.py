"""An order keeps its terms on its way from a client of any version to a venue of any version."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from oms_fix.fix.codec import encode, parse
from oms_fix.gateway.translator import translator
from oms_fix.model.commands import NewOrderSingle
from oms_fix.model.enums import OrdType, Side, TimeInForce
from oms_fix.model.events import ChildPlaced
from oms_fix.model.orders import OrderTerms

VERSIONS = ("FIX.4.2", "FIX.4.4", "FIX.5.0SP2")
NOW = 1_700_000_000_000_000_000


def maybe(values):
    return st.none() | values


texts = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=12)
# At most 15 significant digits, as FIX floats have them.
amounts = st.one_of(
    st.decimals(min_value="0.00000001", max_value=9_999_999, places=8),
    st.decimals(min_value="0.01", max_value=10**12, places=2),
)
orders = st.builds(
    OrderTerms,
    symbol=texts,
    side=st.sampled_from(Side),
    order_qty=amounts,
    ord_type=st.sampled_from(OrdType),
    price=maybe(amounts),
    stop_px=maybe(amounts),
    time_in_force=st.sampled_from(TimeInForce),
    account=maybe(texts),
    currency=maybe(st.sampled_from(["USD", "EUR", "GBP"])),
    security_id=maybe(texts),
    security_id_source=maybe(st.sampled_from(["1", "2", "4", "5"])),
    # Classes that all versions can tell; FIX 4.2 has fewer, see the rules of engagement.
    security_type=maybe(st.sampled_from(["CS", "PS", "CORP", "GOVT", "MUNI", "REPO", "USTB"])),
    ex_destination=maybe(texts),
    expire_date=maybe(st.dates().map(lambda day: day.strftime("%Y%m%d"))),
    expire_time=maybe(st.just("20231201-21:00:00")),
    min_qty=maybe(amounts),
    max_floor=maybe(amounts),
    exec_inst=maybe(st.sampled_from(["1", "1 G", "6"])),
    handl_inst=maybe(st.sampled_from(["1", "2", "3"])),
    settl_type=maybe(st.sampled_from(["0", "3", "6"])),
    settl_date=maybe(st.just("20231205")),
    order_capacity=maybe(st.sampled_from(["A", "I", "P", "W"])),
    text=maybe(texts),
    peg_offset_value=maybe(amounts),
)


def over_the_wire(version, terms):
    """Send the terms as NewOrderSingle(D) of this version; return what the other side reads."""
    sent = translator(version).encode(ChildPlaced("O1", "O1.1", "C1", "PEER", terms), NOW)
    received = parse(encode(version, sent.msg_type, [], sent.fields), {})
    command = translator(version).decode_from_client("PEER", received)
    assert isinstance(command, NewOrderSingle)
    assert command.cl_ord_id == "C1"
    return command.terms


@pytest.mark.parametrize(("client", "venue"), list(product(VERSIONS, repeat=2)))
@settings(deadline=None)
@given(terms=orders)
def test_terms_survive_from_any_version_to_any_version(client, venue, terms):
    """Nothing is lost or altered; only FIX 4.2 adds the HandlInst(21) that it requires."""
    captured = over_the_wire(client, terms)
    delivered = over_the_wire(venue, captured)
    expected = terms
    if terms.handl_inst is None and "FIX.4.2" in (client, venue):
        expected = replace(terms, handl_inst="1")
    assert delivered == expected
