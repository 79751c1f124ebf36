"""Capture: whether a request is one that can be worked on at all, before any rule is asked.

What is refused here can be switched off by no configuration: an order without a price, a second use
of a ClOrdID(11).
"""

from decimal import Decimal

from msgspec import structs

from oms_fix.core.orders import trading_states
from oms_fix.core.orders.features import lacking
from oms_fix.core.orders.order import PRICED, TRIGGERED_AS, Direct, Order, Request
from oms_fix.core.orders.state import State
from oms_fix.model.enums import OrdStatus, TimeInForce
from oms_fix.model.orders import ROUTING_TAGS, OrderTerms
from oms_fix.model.reasons import Reasons

Refusal = tuple[Reasons, str]

_GOOD_TILL_DATE = TimeInForce.GOOD_TILL_DATE

_OVER = frozenset({OrdStatus.CANCELED, OrdStatus.EXPIRED, OrdStatus.REJECTED})
_WAITING_MAX = 8
"""So many requests about one order may wait for the one that is pending."""
_FIXED_BY_REPLACE = ("symbol", "side", "currency", "account")
_IDENTITY = ("account", "currency", "security_id", "security_id_source", "security_type")


def acceptance_problem(state: State, added: Decimal) -> Refusal | None:
    """Return why so much more quantity cannot be taken on now, or None."""
    if state.not_accepting is None or added <= 0:
        return None
    return _refusal(Reasons.NOT_ACCEPTING, because=state.not_accepting)


def order_problem(terms: OrderTerms) -> Refusal | None:
    """Return why an order cannot be worked on (conditionally required fields), or None."""
    if terms.order_qty <= 0:
        return _refusal(Reasons.INVALID_QUANTITY, OrderQty=terms.order_qty)
    if terms.ord_type in PRICED:
        if terms.price is None:
            return _refusal(Reasons.MISSING_FIELD, field="Price(44)")
        if terms.price <= 0:
            return _refusal(Reasons.INVALID_PRICE, Price=terms.price)
    if terms.ord_type in TRIGGERED_AS and terms.stop_px is None:
        return _refusal(Reasons.MISSING_FIELD, field="StopPx(99)")
    if terms.stop_px is not None and terms.stop_px <= 0:
        return _refusal(Reasons.INVALID_PRICE, StopPx=terms.stop_px)
    if _is_negative(terms.min_qty) or _is_negative(terms.max_floor):
        return _refusal(Reasons.INVALID_QUANTITY, MinQty=terms.min_qty, MaxFloor=terms.max_floor)
    good_till_date = terms.time_in_force is _GOOD_TILL_DATE
    if good_till_date and terms.expire_date is None and terms.expire_time is None:
        return _refusal(Reasons.MISSING_FIELD, field="ExpireDate(432)")
    return None


def with_agreed_fields(state: State, session: str, terms: OrderTerms) -> OrderTerms:
    """Return the terms with those other fields that go on, or back to the client."""
    if not terms.other_fields:
        return terms
    agreed = state.agreed_fields(session, terms.other_fields)
    kept = [each for each in terms.other_fields if each in agreed or each.tag in ROUTING_TAGS]
    return structs.replace(terms, other_fields=tuple(kept))


def with_quantity(state: State, session: str, terms: OrderTerms) -> OrderTerms:
    """Return the terms of an order with what its CashOrderQty(152) comes to, in whole lots.

    At its limit, or else at the reference price (FIX 4.4 Volume 4, matrix L.1.b). Of a direct order
    the venue says it, and this is what the checks go by until then; of an instrument that only the
    venue knows that is a guess.
    """
    cash = terms.cash_order_qty
    if cash is None or cash <= 0:
        return terms
    instrument = state.instruments.get(terms.symbol)
    if instrument is not None:
        price = instrument.price if terms.price is None else terms.price
        price = price / 100 if instrument.asset_class.price_is_percent else price
        lot = instrument.lot_size
    elif state.rules.follows_venue(session):
        price, lot = terms.price or Decimal(1), Decimal(1)
    else:
        return terms
    return structs.replace(terms, order_qty=cash // (price * lot) * lot) if price > 0 else terms


def _is_negative(quantity: Decimal | None) -> bool:
    return quantity is not None and quantity < 0


def differences(order: Order, terms: OrderTerms) -> list[str]:
    """Return the fields by which a possible resend is not the order it seems to be.

    FIX 4.4 Volume 2, PossResend: side, instrument and quantity are compared; the quantity only of
    an order that was not replaced since.
    """
    now, found = order.terms, []
    if terms.symbol != now.symbol:
        found.append("Symbol")
    if terms.side is not now.side:
        found.append("Side")
    if order.cl_ord_id == order.first_cl_ord_id:
        if terms.cash_order_qty != now.cash_order_qty:
            found.append("CashOrderQty")
        elif terms.cash_order_qty is None and terms.order_qty != now.order_qty:
            found.append("OrderQty")
    return found


def request_problem(
    order: Order, orig_cl_ord_id: str, *, is_cancel: bool = False
) -> Refusal | None:
    """Return why an order's cancel or replace cannot be taken on, or None.

    Of a direct order the venue decides, unless all is over, or an operator has closed it.
    """
    is_closed = order.status in _OVER or any(child.forced for child in order.children)
    if order.direct is not None and not is_closed:
        return _unknown_problem(order, order.direct, orig_cl_ord_id)
    if order.request is not None:
        never_waits = is_cancel and order.request.held
        is_full = len(order.waiting) >= _WAITING_MAX and not never_waits
        return _waiting_problem(order, order.request, orig_cl_ord_id, is_full=is_full)
    if not order.is_open:
        return _refusal(Reasons.TOO_LATE, OrdStatus=order.status.name)
    if orig_cl_ord_id != order.cl_ord_id:
        return _refusal(Reasons.UNKNOWN_ORDER, last_accepted=order.cl_ord_id)
    return None


def _unknown_problem(order: Order, direct: Direct, orig_cl_ord_id: str) -> Refusal | None:
    """Return that an id is none that the venue ever got, as that of a mass cancel is."""
    if orig_cl_ord_id in direct.venue_ids or orig_cl_ord_id == order.newest_cl_ord_id:
        return None
    return _refusal(Reasons.UNKNOWN_ORDER, last_accepted=order.cl_ord_id)


def _waiting_problem(
    order: Order, pending: Request, orig_cl_ord_id: str, *, is_full: bool
) -> Refusal | None:
    """Return why a request cannot wait for the pending one; behind a cancel nothing does."""
    is_ending = pending.terms is None or order.cancel_waits
    if is_ending or is_full:
        return _refusal(Reasons.ALREADY_PENDING, ClOrdID=pending.cl_ord_id)
    chain = (order.cl_ord_id, pending.cl_ord_id, *(each.cl_ord_id for each in order.waiting))
    if orig_cl_ord_id not in chain:
        return _refusal(Reasons.UNKNOWN_ORDER, last_accepted=order.cl_ord_id)
    return None


def cancel_problem(order: Order, symbol: str) -> Refusal | None:
    """Return why a cancel cannot be taken on, or None: it names another instrument."""
    if symbol != order.terms.symbol:
        return _refusal(Reasons.INSTRUMENT_CHANGED, field="symbol")
    return None


def replace_terms(state: State, order: Order, terms: OrderTerms) -> OrderTerms:
    """Return the terms of a replace as they are judged and booked."""
    terms = with_quantity(state, order.session, _restated(order, terms))
    return with_agreed_fields(state, order.session, terms)


def _restated(order: Order, terms: OrderTerms) -> OrderTerms:
    """Return a replace's terms with what identifies the order filled in where it was left out."""
    left_out = {
        name: getattr(order.terms, name)
        for name in _IDENTITY
        if getattr(terms, name) is None and getattr(order.terms, name) is not None
    }
    return structs.replace(terms, **left_out) if left_out else terms


def replace_problem(state: State, order: Order, terms: OrderTerms) -> Refusal | None:
    """Return why a replace cannot be taken on, or None.

    A replace may not change the instrument, the currency, the account or the side (FIX 4.4
    Volume 4, OrderCancelReplaceRequest; changes within the kinds of selling are not taken).
    """
    for name in _FIXED_BY_REPLACE:
        if getattr(terms, name) != getattr(order.terms, name):
            return _refusal(Reasons.INSTRUMENT_CHANGED, field=name)
    if order.review is not None:  # nothing of the order was ever taken on: it is as if new
        problem = acceptance_problem(state, terms.order_qty)
        problem = problem or trading_states.order_problem(state, order.session, terms, order)
    else:
        problem = acceptance_problem(state, terms.order_qty - order.terms.order_qty)
        problem = problem or trading_states.replace_problem(state, order, terms)
    if problem is not None:
        return problem
    for child in order.open_children:
        if child.venue not in state.sessions_logged_on:
            return _refusal(Reasons.VENUES_DOWN, venue=child.venue)
        feature = lacking(state, child.venue, order.at_venue(terms))
        if feature is not None:
            return _refusal(Reasons.UNSUPPORTED_ORDER, venue=child.venue, lacks=feature)
    return order_problem(terms)


def _refusal(reason: Reasons, **details: object) -> Refusal:
    return reason, reason.text(**details)
