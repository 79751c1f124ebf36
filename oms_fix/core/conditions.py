"""Conditions of checks and routes: compiled once, asked for every order.

A condition is a mapping of FIX field names to what is allowed there; all entries must hold. The
keys are the fields of an order by their FIX names (``Symbol``, ``OrderQty`` ...), and some that
describe it: ``AssetClass``, ``Notional`` (in base currency), ``Issuer``, ``Sector``, ``Country``
and ``Market`` from the instruments file; ``Group``, ``Desk`` and ``Strategy`` of its account;
``Client``, the name of the session it came in on; and, of the moment, ``AdvShare`` (its quantity in
percent of the average daily volume), ``Spread`` (in basis points of the mid), ``MarketState`` and
``TimeOfDay`` (of the market's clock).

What is allowed is one value, a list of values, or a comparison: ``'!= X'`` for any field, and
``'> X'``, ``'>= X'``, ``'< X'``, ``'<= X'`` for numbers; times are compared, and nothing else.
Enumerations take the names of the FIX specification or the values of the wire: ``Side: BUY`` is
``Side: 1``. A field that the order does not have, or that nobody knows, differs from every value:
it meets ``!=`` and nothing else.
"""

import operator
import re
from collections.abc import Callable, Mapping
from datetime import time
from decimal import Decimal
from enum import StrEnum
from types import UnionType
from typing import Any, NamedTuple, Protocol, get_args

from msgspec import Struct
from msgspec.structs import fields as fields_of

from oms_fix.core.wording import allowed
from oms_fix.model.enums import AssetClass
from oms_fix.model.instruments import Account, Instrument
from oms_fix.model.market_data import MarketStatus
from oms_fix.model.orders import OrderTerms

ConditionValue = str | list[str]


class Surroundings(Protocol):
    """What is known of markets: it is asked only by conditions that are about it."""

    def spread_bp(self, symbol: str) -> Decimal | None:
        """Return best offer less best bid in basis points of the mid, or None."""

    def market_status(self, symbol: str) -> MarketStatus | None:
        """Return the state of the venue that is the most open one for an instrument, or None."""

    def time_of_day(self, symbol: str, now: int) -> time:
        """Return what the clock of an instrument's market says."""


class ConditionSubject(Struct, frozen=True):
    """What conditions are asked about: an order, who sent it, and what it amounts to.

    ``notional`` is None where the instrument is not known, and so is what is said of it. ``now`` is
    in nanoseconds since 1970 UTC. What is of the moment is worked out when it is asked for: orders
    of rules without such conditions do not pay for it.
    """

    terms: OrderTerms
    client: str
    instrument: Instrument | None = None
    account: Account | None = None
    notional: Decimal | None = None
    cl_ord_id: str = ""
    now: int = 0
    surroundings: Surroundings | None = None

    @property
    def asset_class(self) -> AssetClass | None:
        """That of the instrument."""
        return None if self.instrument is None else self.instrument.asset_class

    @property
    def issuer(self) -> str | None:
        """That of the instrument."""
        return None if self.instrument is None else self.instrument.issuer or None

    @property
    def sector(self) -> str | None:
        """That of the instrument."""
        return None if self.instrument is None else self.instrument.sector or None

    @property
    def country(self) -> str | None:
        """That of the instrument."""
        return None if self.instrument is None else self.instrument.country or None

    @property
    def market(self) -> str | None:
        """That of the instrument."""
        return None if self.instrument is None else self.instrument.market or None

    @property
    def group(self) -> str | None:
        """That of the account."""
        return None if self.account is None else self.account.group or None

    @property
    def desk(self) -> str | None:
        """That of the account."""
        return None if self.account is None else self.account.desk or None

    @property
    def strategy(self) -> str | None:
        """That of the account."""
        return None if self.account is None else self.account.strategy or None

    @property
    def adv_share(self) -> Decimal | None:
        """What is ordered, in percent of what is traded of the instrument on an average day."""
        volume = None if self.instrument is None else self.instrument.average_daily_volume
        return self.terms.order_qty * 100 / volume if volume else None

    @property
    def spread(self) -> Decimal | None:
        """That of the instrument, over all venues, in basis points."""
        around = self.surroundings
        return None if around is None else around.spread_bp(self.terms.symbol)

    @property
    def market_state(self) -> MarketStatus | None:
        """That of the venue that is the most open one for the instrument."""
        around = self.surroundings
        return None if around is None else around.market_status(self.terms.symbol)

    @property
    def time_of_day(self) -> time | None:
        """What the clock of the instrument's market says."""
        around = self.surroundings
        return None if around is None else around.time_of_day(self.terms.symbol, self.now)


class ConditionField(Struct, frozen=True):
    """One key that a condition may have.

    ``kind`` is ``text``, ``number``, ``time`` or ``enum``; ``enum`` is the last kind's enumeration.
    ``attribute`` is where a ConditionSubject has it.
    """

    name: str
    kind: str
    attribute: str
    enum: type[StrEnum] | None = None


Predicate = Callable[[ConditionSubject], bool]

_COMPARISON = re.compile(r"\s*([<>=!]+)\s*(.*?)\s*")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?")
_NUMBER = re.compile(r"-?\d{1,18}(\.\d{1,12})?")
_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}

_TIMES = "allowed: a comparison with >, >=, < or <=, such as '>= 09:30'"
_DESCRIBING = ("issuer", "sector", "country", "market", "group", "desk", "strategy")


def _fix_name(attribute: str) -> str:
    """Return the FIX name of a field of OrderTerms: ``security_id`` is SecurityID."""
    return "".join("ID" if part == "id" else part.capitalize() for part in attribute.split("_"))


def _field(name: str, attribute: str, annotation: Any) -> ConditionField:
    types = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
    kind = next(type_ for type_ in types if type_ is not type(None))
    if issubclass(kind, StrEnum):
        return ConditionField(name, "enum", attribute, kind)
    return ConditionField(name, "number" if kind is Decimal else "text", attribute)


def _all_fields() -> dict[str, ConditionField]:
    found = [
        _field(_fix_name(f.name), f"terms.{f.name}", f.type)
        for f in fields_of(OrderTerms)
        if f.name != "other_fields"
    ]
    found += [
        ConditionField("AssetClass", "enum", "asset_class", AssetClass),
        ConditionField("Client", "text", "client"),
        *(ConditionField(name.title(), "text", name) for name in _DESCRIBING),
        ConditionField("Notional", "number", "notional"),
        ConditionField("AdvShare", "number", "adv_share"),
        ConditionField("Spread", "number", "spread"),
        ConditionField("TimeOfDay", "time", "time_of_day"),
        ConditionField("MarketState", "enum", "market_state", MarketStatus),
    ]
    return {field.name: field for field in found}


FIELDS: dict[str, ConditionField] = _all_fields()


def problem_with(key: str, value: ConditionValue) -> str | None:
    """Return what is wrong with one entry of a condition and what is allowed, or None."""
    field = FIELDS.get(key)
    if field is None:
        return f"unknown condition field {key!r}; {allowed(key, FIELDS)}"
    if isinstance(value, str):
        return _problem_with_text(field, value)
    if field.kind == "time":
        return f"{key} has a list; {_TIMES}"
    if not value:
        return f"{key} has an empty list; allowed: at least one value"
    for item in value:
        if _COMPARISON.fullmatch(item):
            return f"{key} has the comparison {item!r} in a list; allowed: values only"
        problem = _problem_with_operand(field, item)
        if problem is not None:
            return problem
    return None


def operands(value: ConditionValue) -> list[str]:
    """Return the values that an entry names, without the sign of a comparison."""
    texts = [value] if isinstance(value, str) else value
    found = [(text, _COMPARISON.fullmatch(text)) for text in texts]
    return [comparison[2] if comparison else text for text, comparison in found]


def _problem_with_text(field: ConditionField, text: str) -> str | None:
    comparison = _COMPARISON.fullmatch(text)
    if field.kind == "time":
        return _problem_with_time(field.name, text, comparison)
    if comparison is None:
        return _problem_with_operand(field, text)
    sign, operand = comparison.groups()
    if field.kind != "number" and sign in _ORDERED:
        return f"{field.name} is no number to compare with {sign}; allowed: a value, a list or !="
    if sign != "!=" and sign not in _ORDERED:
        signs = "!=, >, >=, <, <=" if field.kind == "number" else "!="
        return f"{field.name} has an unknown comparison {sign!r}; allowed: {signs}"
    return _problem_with_operand(field, operand)


def _problem_with_time(name: str, text: str, comparison: re.Match[str] | None) -> str | None:
    """Return what is wrong with a condition on a time: no order comes at exactly one."""
    if comparison is not None and comparison[1] in _ORDERED and _TIME.fullmatch(comparison[2]):
        return None
    return f"{name} has {text!r}, which is no comparison of times; {_TIMES}"


def _problem_with_operand(field: ConditionField, text: str) -> str | None:
    if field.kind == "number":
        if _NUMBER.fullmatch(_digits(text)) is None:
            return (
                f"{field.name} has {text!r}, which is no number; "
                "allowed: a number such as 10000, or a comparison such as '> 10000'"
            )
    elif field.enum is not None:
        if _member(field.enum, text) is None:
            names = [_word(member) for member in field.enum]
            shown = [_shown(member) for member in field.enum]
            return (
                f"{field.name} has the unknown value {text!r}; {allowed(text, names, show=shown)}"
            )
    elif not text:
        return f"{field.name} has an empty value; allowed: text"
    return None


def _digits(text: str) -> str:
    """Return a number's text without blanks around it and ``_`` between its digits."""
    return text.strip().replace("_", "")


def _word(member: StrEnum) -> str:
    """Return the word for an enumeration's value: the value, if it is one, else its name."""
    return member.value if len(member.value) > 1 else member.name


def _shown(member: StrEnum) -> str:
    """Return how an enumeration's value is offered."""
    return member.value if len(member.value) > 1 else f"{member.name} ({member.value})"


def _member(enum: type[StrEnum], text: str) -> StrEnum | None:
    return next((member for member in enum if text in (member.name, member.value)), None)


def compile_condition(when: Mapping[str, ConditionValue]) -> Predicate:
    """Return the function that tells whether an order meets all of ``when``.

    Args:
        when: a condition in which ``problem_with`` finds no fault.

    Raises:
        ValueError: an entry is faulty.
    """
    tests = [_compile_entry(key, value) for key, value in when.items()]
    if not tests:
        return _always
    if len(tests) == 1:
        return tests[0]
    return lambda subject: all(test(subject) for test in tests)


def _always(_subject: ConditionSubject) -> bool:
    return True


class Meaning(NamedTuple):
    """What an entry of a condition means: its sign, ``=`` of a value or a list, and what it names.

    Operands are as orders have them: Decimals, members of enumerations, times, text.
    """

    sign: str
    operands: frozenset[Any]


def meaning(key: str, value: ConditionValue) -> Meaning:
    """Return what one entry of a condition means.

    Raises:
        ValueError: the entry is faulty.
    """
    problem = problem_with(key, value)
    if problem is not None:
        raise ValueError(problem)
    field = FIELDS[key]
    comparison = _COMPARISON.fullmatch(value) if isinstance(value, str) else None
    sign = "=" if comparison is None else comparison[1]
    return Meaning(sign, frozenset(_operand(field, each) for each in operands(value)))


def compare(sign: str, value: Any, operand: Any) -> bool:
    """Return whether a value compares with an operand as a sign says that orders it."""
    return _ORDERED[sign](value, operand)


def _compile_entry(key: str, value: ConditionValue) -> Predicate:
    sign, values = meaning(key, value)
    get = operator.attrgetter(FIELDS[key].attribute)
    if sign == "=":
        return lambda subject: get(subject) in values
    (operand,) = values
    if sign == "!=":
        return lambda subject: bool(get(subject) != operand)
    holds_of = _ORDERED[sign]

    def holds(subject: ConditionSubject) -> bool:
        value = get(subject)
        return value is not None and holds_of(value, operand)

    return holds


def _operand(field: ConditionField, text: str) -> Any:
    if field.kind == "number":
        return Decimal(_digits(text))
    if field.kind == "time":
        return time.fromisoformat(text)
    return text if field.enum is None else _member(field.enum, text)
