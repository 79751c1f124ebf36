"""What checks put on record does not depend on how the totals that they read came about."""

from decimal import Decimal

from desk import Desk, terms
from msgspec import json

from oms_fix.core.image import StateImage, image_of, state_of
from oms_fix.core.orders.order import Order
from oms_fix.core.totals import rebuild
from oms_fix.model.check_base import Action, Scope
from oms_fix.model.conduct_checks import SelfMatch
from oms_fix.model.enums import Side
from oms_fix.model.events import ChecksEvaluated
from oms_fix.model.exposure_checks import DailyTurnover, GrossExposure, PositionLimit

_LIMIT = Decimal(100_000)
CHECKS = (
    PositionLimit(id="position", quantity_max=_LIMIT),
    GrossExposure(id="gross", notional_max=_LIMIT, per=Scope.FIRM),
    DailyTurnover(id="turnover", notional_max=_LIMIT),
    SelfMatch(id="self", action=Action.WARN),
)


def restarted(desk):
    """Return the state as a file and its orders make it again."""
    image = json.decode(json.encode(image_of(desk.state)), type=StateImage)
    orders = [json.decode(json.encode(each), type=Order) for each in desk.state.orders.values()]
    return state_of(image, orders)


def results(events):
    (checked,) = [event for event in events if isinstance(event, ChecksEvaluated)]
    return checked.results


def test_numbers_have_no_needless_zeros():
    """A sum of parts has as many decimals as any part ever had; made anew it may have fewer."""
    desk = Desk(checks=CHECKS)
    desk.new("X", terms(100, "10.50"))
    desk.ack()
    desk.fill(Decimal("99.50"), Decimal("10.40"))
    desk.fill(Decimal("0.50"), Decimal("10.40"))
    done = results(desk.new("Y", terms(20)))
    assert [str(each.used) for each in done[:3]] == ["100", "1000", "1040"]


def test_a_restart_changes_no_record():
    """The same order is judged in the same words and digits."""
    records = []
    for is_restarted in (False, True):
        desk = Desk(checks=CHECKS)
        desk.new("X", terms(100, "10.50"))
        desk.ack()
        desk.fill(50, Decimal("10.40"))
        desk.new("S", terms(5, "12.10", side=Side.SELL))
        if is_restarted:
            desk.state = restarted(desk)
        records.append(json.encode(desk.new("Y", terms(7, "12.20"))))
    assert records[0] == records[1]


def test_the_resting_order_is_named_that_would_be_matched_first():
    """Whichever of them came first, or is found first after a restart."""
    for prices in (("10.10", "10.2"), ("10.20", "10.1")):
        desk = Desk(checks=CHECKS)
        for number, price in enumerate(prices):
            desk.new(f"S{number}", terms(5, price, side=Side.SELL))
        (*_, found) = results(desk.new("Y", terms(7, "11")))
        assert found.detail.endswith("Price=11 resting=10.1 Account=FUND")
        rebuild(desk.state)
