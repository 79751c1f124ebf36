"""What many orders have alike is kept once: it takes memory, and there are many."""

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

_T = TypeVar("_T")


def kept(known: _T, value: _T) -> _T:
    """Return ``known`` if ``value`` is equal: of two equal values one is enough."""
    return known if value == known else value


def lean(terms: OrderTerms) -> OrderTerms:
    """Return ``terms`` with the texts that many orders have alike kept once for all of them."""
    for name in _ALIKE:
        text = getattr(terms, name)
        if text is not None:
            structs.force_setattr(terms, name, intern(text))  # an equal text: nothing is changed
    return terms
