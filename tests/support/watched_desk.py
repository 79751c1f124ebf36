"""Domain verbs for tests of venues' health: described venues, time that goes on, and operators."""

from decimal import Decimal

from desk import Desk, terms

from oms_fix.model import commands as cmd
from oms_fix.model.enums import ExecType
from oms_fix.model.routes import Direct, Fallback
from oms_fix.model.routing import RouteLeg
from oms_fix.model.rules import Rules
from oms_fix.model.venue_health import ChildOverdue, RestoreVenue
from oms_fix.model.venues import Breaker, VenueTerms

SECOND = 1_000_000_000
BREAKER = Breaker(window=4, failures_percent_max=Decimal(50), suspend_seconds=30)
TO_A_OR_B = Fallback(id="a-or-b", venues=("A", "B"))
TO_A = Direct(id="to-a", venue="A")


class WatchedDesk(Desk):
    """A desk whose venue A is described; orders go to A, else to B unless the route says so."""

    def __init__(self, route=TO_A_OR_B, **described):
        super().__init__()
        self.describe(route, **described)
        self.sent = 0

    def describe(self, route=TO_A_OR_B, **described):
        """Load rules with this route, and with these terms of venue A if there are any."""
        venues = (VenueTerms(session="A", **described),) if described else ()
        rules = Rules("rules-2", (), (route,), venues=venues)
        return self.do(cmd.LoadRules(rules, "tester"))

    @property
    def record(self):
        """What is known of venue A."""
        return self.state.venue_records["A"]

    def pass_time(self, seconds):
        """Let time go on."""
        self.now += int(seconds * SECOND)

    def send(self, quantity=100):
        """Send another order, for A; return its ClOrdID(11)."""
        self.sent += 1
        cl_ord_id = f"N{self.sent}"
        self.events = self.new(cl_ord_id, terms(quantity))
        return cl_ord_id

    def refuse(self, cl_ord_id, reason=99, child=0):
        """Have the venue reject a child, for an OrdRejReason(103)."""
        return self.venue(ExecType.REJECTED, child, cl_ord_id, ord_rej_reason=reason)

    def answer(self, *rejected):
        """Send an order for each of these, and have A acknowledge it, or reject it if True."""
        events = []
        for each in rejected:
            cl_ord_id = self.send()
            events = self.refuse(cl_ord_id) if each else self.ack(cl_ord_id=cl_ord_id)
        return events

    def suspended(self):
        """Have A fail three times of four, and so be suspended."""
        self.answer(False, True, True, True)
        return self

    def due(self, cl_ord_id, child=0):
        """Have it be told that the time of a child is over."""
        return self.do(ChildOverdue(self.order(cl_ord_id).children[child].child_id))

    def restore(self, venue="A"):
        """Have an operator restore a venue."""
        return self.do(RestoreVenue(venue, "tester", "it is well again"))

    def venues_of(self, cl_ord_id):
        """Return the venues of an order's children, the oldest first."""
        return [child.venue for child in self.order(cl_ord_id).children]


def legs(events) -> dict[str, str]:
    """Return what was said of each venue in the last decision of some events."""
    routed = [event for event in events if type(event).__name__ == "OrderRouted"][-1]
    found: tuple[RouteLeg, ...] = routed.legs
    return {leg.venue: leg.reason for leg in found}
