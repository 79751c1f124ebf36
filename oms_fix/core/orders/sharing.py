"""What many orders have alike is kept once: it takes memory, and there are many."""

from decimal import Decimal
from operator import attrgetter
from sys import intern
from typing import TypeVar

from msgspec import structs

from oms_fix.model.orders import OrderTerms

_ALIKE = (
    "symbol",
    "account",
    "currency",
    "security_id",
    "security_id_source",
    "security_type",
    "ex_destination",
    "exec_inst",
    "handl_inst",
    "settl_type",
    "settl_date",
    "order_capacity",
)

_texts = attrgetter(*_ALIKE)
_numbers = attrgetter(
    *(field.name for field in structs.fields(OrderTerms) if field.type in (Decimal, Decimal | None))
)
_SHARED_MAX = 50_000
_shared: dict[Decimal, Decimal] = {}

_T = TypeVar("_T")


def kept(known: _T, value: _T) -> _T:
    """Return ``known`` if ``value`` is equal: of two equal values one is enough."""
    return known if value == known else value


def shared(value: Decimal) -> Decimal:
    """Return a quantity or price, the same object for each that is written the same.

    A Decimal takes 112 bytes, and most orders are of a few quantities and prices.
    """
    if not value:
        return value  # 0 and -0 are equal
    if len(_shared) >= _SHARED_MAX:
        _shared.clear()  # else those of days ago would stay
    known = _shared.setdefault(value, value)
    return known if known.same_quantum(value) else value  # 1 and 1.0 are equal, not the same


def kept_terms(known: OrderTerms, value: OrderTerms) -> OrderTerms:
    """Return ``known`` if ``value`` is equal and is written alike, else the value, lean."""
    if value is known:
        return known
    return known if value == known and _are_written_alike(known, value) else lean(value)


def _are_written_alike(known: OrderTerms, value: OrderTerms) -> bool:
    """Whether the numbers of equal terms are; most are the same objects."""
    for one, other in zip(_numbers(known), _numbers(value), strict=True):
        if one is not other and not one.same_quantum(other):
            return False
    return True


def is_written_alike(one: Decimal, other: Decimal) -> bool:
    """Whether two numbers are equal, and are written the same: 1 and 1.0 are not."""
    return one is other or (one == other and one.same_quantum(other))


def lean(terms: OrderTerms) -> OrderTerms:
    """Return ``terms`` with what many orders have alike kept once for all of them."""
    for place, text in enumerate(_texts(terms)):
        if text is not None and (known := intern(text)) is not text:
            structs.force_setattr(terms, _ALIKE[place], known)  # an equal text: nothing is changed
    if (quantity := shared(terms.order_qty)) is not terms.order_qty:
        structs.force_setattr(terms, "order_qty", quantity)
    if terms.price is not None and (price := shared(terms.price)) is not terms.price:
        structs.force_setattr(terms, "price", price)
    return terms
