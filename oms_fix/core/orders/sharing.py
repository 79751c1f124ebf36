"""What many orders have alike is kept once: it takes memory, and there are many."""

from decimal import Decimal
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

_NUMBERS = tuple(
    field.name for field in structs.fields(OrderTerms) if field.type in (Decimal, Decimal | None)
)

_T = TypeVar("_T")


def kept(known: _T, value: _T) -> _T:
    """Return ``known`` if ``value`` is equal: of two equal values one is enough."""
    return known if value == known else value


def kept_terms(known: OrderTerms, value: OrderTerms) -> OrderTerms:
    """Return ``known`` if ``value`` is equal and is written alike: 100 and 100.0 are not."""
    if value is known or value != known:
        return value
    return known if all(_is_written_alike(known, value, name) for name in _NUMBERS) else value


def _is_written_alike(one: OrderTerms, other: OrderTerms, name: str) -> bool:
    number = getattr(one, name)
    return number is None or bool(number.same_quantum(getattr(other, name)))


def lean(terms: OrderTerms) -> OrderTerms:
    """Return ``terms`` with the texts that many orders have alike kept once for all of them."""
    for name in _ALIKE:
        text = getattr(terms, name)
        if text is not None:
            structs.force_setattr(terms, name, intern(text))  # an equal text: nothing is changed
    return terms
