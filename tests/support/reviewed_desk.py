"""A desk whose checks hold orders for review, and the verbs of those who review."""

from decimal import Decimal

from desk import CLIENT, Desk, terms
from msgspec import structs

from oms_fix.model import commands as cmd
from oms_fix.model.check_base import Action
from oms_fix.model.checks import ReviewTerms
from oms_fix.model.enums import OrdType, TradingScope, TradingState
from oms_fix.model.order_checks import OrderNotional, OrderQuantity
from oms_fix.model.reviews import DecideReview, ReviewDecided, ReviewDecision, ReviewOverdue
from oms_fix.model.routes import Direct
from oms_fix.model.rules import Rules

MINUTE = 60_000_000_000
LARGE = OrderNotional(id="large", notional_max=Decimal(1000), action=Action.HOLD)
TOO_LARGE = OrderQuantity(id="too-large", quantity_max=Decimal(10_000))
TEXT = "ORDER_NOTIONAL_LIMIT: order value is above the limit notional=5000.00 notional_max=1000"
HALT = cmd.SetTradingState(TradingScope.INSTRUMENT, "ACME", TradingState.HALTED, "tester", "news")
BIG = terms(500)
"""5000 worth: above what is let through, 1000, and below 100000, which is rejected."""


class ReviewedDesk(Desk):
    """Orders of more than 1000 are held; above 5000 by four eyes, above 20000 by two approvals."""

    def __init__(self, **changes):
        super().__init__()
        limits = {
            "four_eyes_notional": Decimal(5000),
            "two_approvals_notional": Decimal(20_000),
            "timeout_minutes": 30,
        }
        self.reviews = ReviewTerms(**(limits | changes))
        self.load((LARGE, TOO_LARGE))

    def load(self, checks, version="rules-2", **changes):
        """Have other rules be in force."""
        route = Direct(id="to-a", venue="A")
        reviews = structs.replace(self.reviews, **changes)
        self.do(cmd.LoadRules(Rules(version, checks, (route,), reviews=reviews), "tester"))

    @classmethod
    def holding(cls, order_terms=BIG, **changes):
        """Return a desk with an order X that is held for review."""
        desk = cls(**changes)
        desk.new("X", order_terms)
        return desk

    def enter(self, order_terms, operator="bob"):
        """Have an operator enter an order of the client's, X."""
        return self.do(cmd.EnterOrder(CLIENT, "X", order_terms, operator, "phoned"))

    def approve(self, operator="ann", review="X", cl_ord_id="X"):
        return self._decide(ReviewDecision.APPROVE, operator, review, cl_ord_id)

    def reject(self, operator="ann", review="X", cl_ord_id="X"):
        return self._decide(ReviewDecision.REJECT, operator, review, cl_ord_id)

    def _decide(self, decision, operator, review, cl_ord_id):
        order_id = self.order(cl_ord_id).order_id
        return self.do(DecideReview(order_id, review, decision, operator, "looked at it"))

    def review_id(self, cl_ord_id="X"):
        """Return the name of what is under review now."""
        return self.order(cl_ord_id).under_review.opened.review_id

    def overdue(self, minutes):
        """Have so much time pass, and the daemon ask."""
        self.now += minutes * MINUTE
        return self.do(ReviewOverdue(self.order().order_id))


def refused(events):
    """Return the code with which a decision is refused; it is all that there may be."""
    (decided,) = events
    assert isinstance(decided, ReviewDecided)
    return decided.refused.partition(":")[0]


def stop(order_qty):
    """Return a stop order to buy ACME at 11."""
    return terms(order_qty, None, ord_type=OrdType.STOP, stop_px=Decimal(11))
