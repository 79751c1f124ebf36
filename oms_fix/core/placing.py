"""Placing: what of an order is free is routed, on record with reasons, and sent.

Theory of operation
-------------------
Some routes place an order in *waves*: a sweep takes from all books at once, an iceberg shows a part
at a time, no child is larger than its route has it. Such a route says how the order goes on
(``Order.onward``), and it does once the wave has ended: no venue works any of the order, none has
yet to answer, and nobody is about to change it or to take it back. Then what is left is routed by
the route that onward names, which may say onward again. What took nothing at any of its venues is
not done again: the order goes on by what follows it. Where that places nothing, or says that the
remainder is canceled, or the order has as many children as it may, the order ends, and its text
says why. An order that is to be done at once ends where its remainder
would come to stand in a book or to wait at a desk.

What a child gives back is placed by the route that had placed it, at venues that have not refused:
if it was rejected, called back by us, or ended by its venue unasked, as the route's ``reroute_on``
has it. While others of its wave are open it is placed at once, as far as that route itself takes
it; what follows the route has to wait for the others. With the last of its wave all that is free is
placed, together: nothing that came back earlier is left to wait for what stands. Only what is
certainly free is ever placed: a venue that says by CumQty(14) that it has filled more than it has
reported *owes* the reports, and what they will tell is not placed again.
"""

from decimal import Decimal

from msgspec import structs

from oms_fix.core import capture
from oms_fix.core.apply_placing import BY_DEFAULT
from oms_fix.core.conditions import ConditionSubject
from oms_fix.core.orders import children, stops, trading_states
from oms_fix.core.orders.features import lacking, takes_replaces
from oms_fix.core.orders.legs import changes_terms
from oms_fix.core.orders.order import TRIGGERED_AS, Child, Order, as_triggered
from oms_fix.core.orders.state import State
from oms_fix.core.orders.turn import Turn
from oms_fix.core.routing.decide import decide, strategy_of
from oms_fix.core.routing.decision import Decision
from oms_fix.core.routing.manual import would_wait
from oms_fix.core.routing.taking import onward_of
from oms_fix.model.enums import OrdStatus, TimeInForce
from oms_fix.model.reasons import Reasons
from oms_fix.model.routes import Remainder, RerouteOn, Taking
from oms_fix.model.routing import Onward, OrderRouted

_GIVEN_BACK_BY = {
    OrdStatus.REJECTED: RerouteOn.REJECT,
    OrdStatus.CANCELED: RerouteOn.CANCEL,
    OrdStatus.EXPIRED: RerouteOn.EXPIRE,
}


def route(
    turn: Turn,
    order: Order,
    quantity: Decimal,
    onward: Onward | None = None,
    subject: ConditionSubject | None = None,
) -> Decision | None:
    """Choose venues for a quantity of an order, on record with reasons; None if no route has it.

    ``onward`` is how the order goes on, where that is not what it has itself; ``subject`` as in
    ``decide``.
    """
    going = order if onward in (None, order.onward) else structs.replace(order, onward=onward)
    decision = decide(turn.state, going, quantity, turn.now, subject=subject)
    if decision is not None:
        _put_on_record(turn, order, decision)
    return decision


def _put_on_record(turn: Turn, order: Order, decision: Decision) -> None:
    turn.emit(
        OrderRouted(
            order_id=order.order_id,
            rules_version=turn.state.rules.version,
            route_id=decision.route_id,
            strategy=decision.strategy,
            reason=decision.reason,
            legs=decision.legs,
            follows_venue=_follows_venue(turn, order, decision),
            onward=decision.onward,
            mid=decision.mid,
            impact_bp=decision.impact_bp,
            cost_bp=decision.cost_bp,
            desk=decision.desk,
        )
    )


def _follows_venue(turn: Turn, order: Order, decision: Decision) -> bool:
    """Whether the order is direct: by agreement, and as it goes to one venue as it is.

    Where a venue takes no replaces the router speaks: it makes two requests of one.
    """
    is_new = order.status is OrdStatus.PENDING_NEW  # else the router has spoken for it
    if not (is_new and turn.state.rules.follows_venue(order.session)):
        return False
    placed = decision.placements
    if [leg.quantity for leg in placed] != [order.terms.order_qty]:
        return False
    return takes_replaces(turn.state, placed[0].venue) and not changes_terms(placed[0])


def is_placed(decision: Decision) -> bool:
    """Whether a decision gives something to a venue, or all of it to a desk."""
    return decision.desk != "" or bool(decision.placements)


def place(turn: Turn, order: Order, decision: Decision) -> None:
    """Send the children that were decided."""
    for leg in decision.placements:
        children.place(turn, order, leg)


def can_hold(state: State, order: Order, decision: Decision | None) -> bool:
    """Whether an order is not placed because it is a stop order, and can be once triggered."""
    if decision is None or order.terms.ord_type not in TRIGGERED_AS:
        return False
    terms = as_triggered(order.terms)
    return any(lacking(state, venue, terms) is None for venue in decision.lacking)


def problem(state: State, order: Order, now: int) -> capture.Refusal | None:
    """Return why an order could not be placed at this moment, or None."""
    decision = decide(state, order, order.leaves_qty, now)
    if decision is not None and is_placed(decision):
        return None
    return None if can_hold(state, order, decision) else no_venue(decision)


def no_venue(decision: Decision | None) -> capture.Refusal:
    """Return why an order cannot be placed."""
    if decision is None:
        return Reasons.NO_ROUTE, Reasons.NO_ROUTE.text()
    venues = ",".join(f"{leg.venue}({leg.reason})" for leg in decision.legs)
    if len(decision.lacking) == len(decision.legs):
        text = Reasons.UNSUPPORTED_ORDER.text(route=decision.route_id, venues=venues)
        return Reasons.UNSUPPORTED_ORDER, text
    return Reasons.VENUES_DOWN, Reasons.VENUES_DOWN.text(route=decision.route_id, venues=venues)


# --- what is given back, and what is left ---------------------------------------------------------


def place_free(turn: Turn, order: Order, at_most: Decimal) -> str | None:
    """Route what of the order is free; return why that could not be, if so.

    What is left of an order that is placed in waves goes on when its wave has ended.
    """
    quantity = min(at_most, order.free_qty)
    is_unwanted = order.withdrawn is not None or order.cancel_waits or order.rests
    if quantity <= 0 or is_unwanted or order.onward is not None:
        return None
    return _place_free(turn, order, quantity)


def _place_free(
    turn: Turn, order: Order, quantity: Decimal, onward: Onward | None = None
) -> str | None:
    halted = trading_states.halt_problem(turn.state, order)
    if halted is not None:
        return halted[1]
    decision = route(turn, order, quantity, onward)
    if decision is None or not is_placed(decision):
        if not order.children and can_hold(turn.state, order, decision):
            stops.hold(turn, order)  # a replace has released it from review
            return None
        return no_venue(decision)[1]
    place(turn, order, decision)
    return None


def is_given_back(state: State, order: Order, child: Child, now: int) -> bool:
    """Whether what a child that has just ended leaves is to be routed again at once."""
    if child.status is OrdStatus.CANCELED and child.called_back:
        return True
    taken = state.route(order.route_id)
    reroute_on = BY_DEFAULT if taken is None else taken.reroute_on
    if _GIVEN_BACK_BY.get(child.status) not in reroute_on:
        return False
    if child.status is OrdStatus.EXPIRED and _time_is_over(state, order, now):
        return False
    return child.status is OrdStatus.REJECTED or child.unasked


def _time_is_over(state: State, order: Order, now: int) -> bool:
    """Whether an order has had its time, or may have: only a calendar can tell of most orders."""
    if order.is_due or order.expires_by(state.expiries, now):
        return True
    is_for_ever = order.terms.time_in_force is TimeInForce.GOOD_TILL_CANCEL
    return not is_for_ever and state.market_of(order.terms) is None


def place_back(turn: Turn, order: Order, child: Child) -> str | None:
    """Route again what a child has given back; return why that could not be, if so."""
    quantity = child.terms.order_qty - child.cum_qty
    if order.onward is None:
        return place_free(turn, order, order.leaves_qty if child.called_back else quantity)
    is_unwanted = order.withdrawn is not None or order.cancel_waits or order.rests
    quantity = min(quantity, order.free_qty)
    if is_unwanted or quantity <= 0:
        return None
    if order.open_children:
        _place_in_wave(turn, order, quantity)
        return None
    same = Onward(order.route_id)
    if order.onward == same and not child.unasked:
        return None  # what is left at the end of the wave goes on so
    return _place_free(turn, order, order.free_qty, same)


def _place_in_wave(turn: Turn, order: Order, quantity: Decimal) -> None:
    """Route again what comes back while others of its wave are open, if the wave's route has it.

    What follows that route is for all that the wave leaves, together, and does not begin now.
    """
    if trading_states.halt_problem(turn.state, order) is not None:
        return
    same, wave = Onward(order.route_id), turn.state.route(order.route_id)
    decision = decide(turn.state, structs.replace(order, onward=same), quantity, turn.now)
    if wave is None or decision is None:
        return
    if (decision.route_id, decision.strategy) == (wave.id, strategy_of(wave)):
        decision = structs.replace(decision, onward=order.onward)
        _put_on_record(turn, order, decision)
        place(turn, order, decision)


def wave_is_over(order: Order, child: Child | None) -> bool:
    """Whether an order is to go on with what its wave has left; ``child`` has ended last.

    A child that was to stand and was ended by its venue ends its order, or was placed again.
    """
    if order.onward is None or not order.is_open or order.open_children or order.awaits_venue:
        return False
    is_unwanted = order.withdrawn is not None or order.cancel_waits or order.awaits_answer
    return not (is_unwanted or order.rests or (child is not None and child.unasked))


def go_onward(turn: Turn, order: Order) -> str | None:
    """Route what a wave has left of an order; return why that could not be, if so."""
    onward = _way_on(turn, order)
    if _ends_with(order, onward):
        return Reasons.REMAINDER_CANCELED.text(route=onward.route_id)
    following = turn.state.route(onward.route_id)
    if following is not None and would_wait(order, following):
        return Reasons.NOT_TO_WAIT.text(route=onward.route_id)
    most = _child_count_max(turn.state, onward)
    if most is not None and len(order.children) >= most:
        return Reasons.CHILD_COUNT.text(route=onward.route_id, child_count_max=most)
    return _place_free(turn, order, order.free_qty, onward) if order.free_qty else None


def _way_on(turn: Turn, order: Order) -> Onward:
    """Return how an order goes on: not by what has just been tried in vain."""
    onward = order.onward
    assert onward is not None, "there is a way on"
    taking = turn.state.route(onward.route_id)
    if onward.remainder is not None or not isinstance(taking, Taking):
        return onward
    decision = decide(turn.state, order, order.free_qty, turn.now)
    in_vain = decision is not None and _is_tried_in_vain(order, decision)
    return onward_of(taking) if in_vain else onward


def _is_tried_in_vain(order: Order, decision: Decision) -> bool:
    """Whether all that is decided is to be taken where the last child order took nothing."""
    latest = {child.venue: child for child in order.children}
    legs = decision.placements
    return decision.route_id == order.route_id and all(
        leg.time_in_force is TimeInForce.IMMEDIATE_OR_CANCEL
        and leg.venue in latest
        and not latest[leg.venue].cum_qty
        for leg in legs
    )


def _child_count_max(state: State, onward: Onward) -> int | None:
    taken = state.route(onward.route_id)
    return None if taken is None else taken.child_count_max


def _ends_with(order: Order, onward: Onward) -> bool:
    """Whether an order ends with its wave: an order to be done at once never stands."""
    at_once = order.terms.time_in_force.is_at_once
    return onward.remainder is Remainder.CANCEL or (at_once and onward.remainder is not None)
