"""Check ``short_sale``: a short sale is located, and keeps the price test.

That wants a price above the best bid (Regulation SHO Rule 201), or, where nobody has told a bid,
above the last price.

What is not marked as short must be held: what the account has, less what it is selling already.
"""

from oms_fix.core.compliance.figures import is_less, position
from oms_fix.core.compliance.finding import Finding
from oms_fix.core.compliance.rule import Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.state import State
from oms_fix.core.orders.worth import binding_price
from oms_fix.model.enums import Side
from oms_fix.model.order_checks import ShortSale
from oms_fix.model.reasons import Reasons

_LOCATE_REQD = 114  # LocateReqd(114): N if the client has located what it sells
_SHORT = frozenset({Side.SELL_SHORT, Side.SELL_SHORT_EXEMPT})


def examine(_check: ShortSale, subject: Subject, state: State) -> Finding | None:
    """Return the violation, or None; what is not known is not easy to borrow."""
    if subject.is_buy:
        return None
    if subject.terms.side not in _SHORT:
        return _not_marked(subject)
    return _not_located(subject) or _against_price_test(subject, state)


def _not_marked(subject: Subject) -> Finding | None:
    """Return that a sale not marked short is one."""
    _, after = position(subject.totals, subject)
    if after <= 0 or is_less(subject):
        return None
    return _finding("not marked", Side=subject.terms.side.name, short=after)


def _not_located(subject: Subject) -> Finding | None:
    instrument = subject.instrument
    is_located = any(
        each.tag == _LOCATE_REQD and each.value == "N" for each in subject.terms.other_fields
    )
    is_easy = instrument is not None and instrument.easy_to_borrow and not instrument.threshold
    if is_located or is_easy:
        return None
    is_threshold = instrument is not None and instrument.threshold
    return _finding("not located", LocateReqd="N is missing", threshold=is_threshold)


def _against_price_test(subject: Subject, state: State) -> Finding | None:
    instrument = subject.instrument
    if instrument is None or not instrument.uptick:
        return None
    if subject.terms.side is Side.SELL_SHORT_EXEMPT:
        return None
    quote, price = state.quotes.get(instrument.symbol), binding_price(subject.terms)
    name = "last" if quote is None else "bid"
    floor = state.last_prices.get(instrument.symbol) if quote is None else quote.bid
    if floor is not None and price is not None and price > floor:
        return None
    return _finding("price test", Price=price, **{name: floor})


def _finding(because: str, **details: object) -> Finding:
    return Finding(Reasons.SHORT_SALE, {"because": repr(because), **details})


RULE = Rule(
    kind=ShortSale,
    reasons=(Reasons.SHORT_SALE,),
    source="Regulation SHO Rules 200(g): marking, 201: price test, 203(b): locate, threshold",
    examine=examine,
)
