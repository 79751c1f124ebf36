"""Conditions of checks and routes: compiled once, asked for every order.

A condition is a mapping of FIX field names to what is allowed there; all entries must hold. The
keys are the fields of an order by their FIX names (``Symbol``, ``OrderQty`` ...), and some that
describe it: ``AssetClass``, ``Notional`` (in base currency), ``Issuer``, ``Sector``, ``Country``
and ``Market`` from the instruments file; ``Group``, ``Desk`` and ``Strategy`` of its account; and
``Client``, the name of the session it came in on.

What is allowed is one value, a list of values, or a comparison: ``'!= X'`` for any field, and
``'> X'``, ``'>= X'``, ``'< X'``, ``'<= X'`` for numbers. Enumerations take the names of the FIX
specification or the values of the wire: ``Side: BUY`` is ``Side: 1``. A field that the order does
not have differs from every value: it meets ``!=`` and nothing else.
"""

import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from types import UnionType
from typing import Any, get_args

from msgspec import Struct
from msgspec.structs import fields as fields_of

from oms_fix.core.wording import allowed
from oms_fix.model.enums import AssetClass
from oms_fix.model.instruments import Account, Instrument
from oms_fix.model.orders import OrderTerms

ConditionValue = str | list[str]


class ConditionSubject(Struct, frozen=True):
    """What conditions are asked about: an order, who sent it, and what it amounts to.

    ``notional`` is None where the instrument is not known, and so is what is said of it.
    """

    terms: OrderTerms
    client: str
    instrument: Instrument | None = None
    account: Account | None = None
    notional: Decimal | None = None
    cl_ord_id: str = ""

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


class ConditionField(Struct, frozen=True):
    """One key that a condition may have.

    ``kind`` is ``text``, ``number`` or ``enum``; ``enum`` is the enumeration of the last kind.
    ``attribute`` is where a ConditionSubject has it.
    """

    name: str
    kind: str
    attribute: str
    enum: type[StrEnum] | None = None


Predicate = Callable[[ConditionSubject], bool]

_COMPARISON = re.compile(r"\s*([<>=!]+)\s*(.*?)\s*")
_NUMBER = re.compile(r"-?\d{1,18}(\.\d{1,12})?")
_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


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
    if comparison is None:
        return _problem_with_operand(field, text)
    sign, operand = comparison.groups()
    if field.kind != "number" and sign in _ORDERED:
        return f"{field.name} is no number to compare with {sign}; allowed: a value, a list or !="
    if sign != "!=" and sign not in _ORDERED:
        signs = "!=, >, >=, <, <=" if field.kind == "number" else "!="
        return f"{field.name} has an unknown comparison {sign!r}; allowed: {signs}"
    return _problem_with_operand(field, operand)


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


def _compile_entry(key: str, value: ConditionValue) -> Predicate:
    problem = problem_with(key, value)
    if problem is not None:
        raise ValueError(problem)
    field = FIELDS[key]
    get = operator.attrgetter(field.attribute)
    if isinstance(value, str):
        comparison = _COMPARISON.fullmatch(value)
        if comparison is not None:
            return _compile_comparison(get, comparison[1], _operand(field, comparison[2]))
        value = [value]
    values = frozenset(_operand(field, item) for item in value)
    return lambda subject: get(subject) in values


def _compile_comparison(get: Callable[[Any], Any], sign: str, operand: Any) -> Predicate:
    if sign == "!=":
        return lambda subject: bool(get(subject) != operand)
    compare = _ORDERED[sign]

    def holds(subject: ConditionSubject) -> bool:
        value = get(subject)
        return value is not None and compare(value, operand)

    return holds


def _operand(field: ConditionField, text: str) -> Any:
    if field.kind == "number":
        return Decimal(_digits(text))
    return text if field.enum is None else _member(field.enum, text)
