"""Values from their text: what a cell of a CSV file or a scalar of a YAML file means.

The text is taken as it is written: ``007`` stays ``007``, ``NO`` is no truth value, and numbers
become ``Decimal`` (never float), so that nothing is rounded on the way.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from typing import Any

from msgspec import inspect

from oms_fix.core.wording import allowed

_DECIMAL = re.compile(r"[+-]?\d{1,18}(\.\d{1,12})?")
_LIMITS: dict[str, tuple[Callable[[Decimal, Decimal], bool], str]] = {
    "gt": (lambda value, limit: value > limit, "above"),
    "ge": (lambda value, limit: value >= limit, "at least"),
    "lt": (lambda value, limit: value < limit, "below"),
    "le": (lambda value, limit: value <= limit, "at most"),
}


class ScalarError(ValueError):
    """A text does not say what it should: what is wrong, and what is allowed."""


def unwrap(type_: inspect.Type) -> tuple[inspect.Type, dict[str, Any]]:
    """Return a type without its annotations, and what stood in their ``extra``."""
    extra: dict[str, Any] = {}
    while isinstance(type_, inspect.Metadata):
        extra = {**(type_.extra or {}), **extra}
        type_ = type_.type
    return type_, extra


def present(type_: inspect.Type) -> inspect.Type:
    """Return what a value is that need not be there: ``str`` for ``str | None``."""
    plain, _ = unwrap(type_)
    if not isinstance(plain, inspect.UnionType):
        return type_
    others = [each for each in plain.types if not isinstance(each, inspect.NoneType)]
    return others[0] if len(others) == 1 else type_


def read_scalar(text: str, type_: inspect.Type) -> Any:
    """Return the value that ``text`` means as ``type_``.

    Raises:
        ScalarError: it means none.
        TypeError: ``type_`` is not one that a scalar can have.
    """
    plain, extra = unwrap(present(type_))
    if isinstance(plain, inspect.StrType):
        return _text(text, plain, extra)
    if isinstance(plain, inspect.DecimalType):
        return _decimal(text, extra)
    if isinstance(plain, inspect.IntType):
        return _integer(text, plain)
    if isinstance(plain, inspect.BoolType):
        return _truth(text)
    if isinstance(plain, inspect.EnumType):
        return _member(text, plain.cls)
    raise TypeError(f"no scalar: {plain}")


def _text(text: str, type_: inspect.StrType, extra: dict[str, Any]) -> str:
    if len(text) < (type_.min_length or 0):
        raise ScalarError("is empty; allowed: text")
    if type_.max_length is not None and len(text) > type_.max_length:
        raise ScalarError(f"has {len(text)} characters; allowed: at most {type_.max_length}")
    # All of it: a $ would let a line end at the end pass.
    if type_.pattern is not None and re.fullmatch(type_.pattern, text) is None:
        form = extra.get("form", f"text of the form {type_.pattern}")
        raise ScalarError(f"is {text!r}; allowed: {form}")
    return text


def _decimal(text: str, limits: dict[str, Decimal]) -> Decimal:
    digits = text.replace("_", "")
    if _DECIMAL.fullmatch(digits) is None:
        raise ScalarError(f"is {text!r}, which is no number; allowed: a number such as 2500.75")
    value = Decimal(digits)
    _hold(value, limits, text)
    return value


def _integer(text: str, type_: inspect.IntType) -> int:
    if re.fullmatch(r"[+-]?\d{1,18}", text) is None:
        raise ScalarError(f"is {text!r}, which is no whole number; allowed: a number such as 30")
    value = int(text)
    limits = {name: getattr(type_, name) for name in _LIMITS}
    _hold(Decimal(value), {k: Decimal(v) for k, v in limits.items() if v is not None}, text)
    return value


def _hold(value: Decimal, limits: dict[str, Decimal], text: str) -> None:
    if all(_LIMITS[name][0](value, limit) for name, limit in limits.items()):
        return
    words = " and ".join(f"{_LIMITS[name][1]} {limit}" for name, limit in limits.items())
    raise ScalarError(f"is {text}; allowed: a number {words}")


def _truth(text: str) -> bool:
    # Spreadsheets write TRUE.
    if text.lower() not in ("true", "false"):
        raise ScalarError(f"is {text!r}; allowed: true, false")
    return text.lower() == "true"


def is_of_the_wire(enum: type[Enum]) -> bool:
    """Return whether the values are letters of FIX messages: people write the names too."""
    return all(len(str(member.value)) == 1 for member in enum)


def _member(text: str, enum: type[Enum]) -> Enum:
    by_name = is_of_the_wire(enum)
    for member in enum:
        if text == member.value or (by_name and text == member.name):
            return member
    values = [member.name if by_name else str(member.value) for member in enum]
    shown = [f"{member.name} ({member.value})" for member in enum] if by_name else values
    raise ScalarError(f"is {text!r}; {allowed(text, values, show=shown)}")
