"""Check digits of security identifiers, by SecurityIDSource(22).

CUSIP: ANSI X9.6; ISIN: ISO 6166, with the Luhn digit over the letters written as numbers; SEDOL:
weighted sum modulo 10.
"""

import re
from collections.abc import Callable

_SEDOL_WEIGHTS = (1, 3, 1, 7, 3, 9)


def _value(character: str) -> int:
    """Return 0 to 9 for digits, 10 to 35 for letters."""
    return int(character, 36)


def _digits_sum(numbers: list[int]) -> int:
    return sum(number // 10 + number % 10 for number in numbers)


def _cusip_digit(body: str) -> str:
    return str(-_digits_sum([_value(c) * (1 + i % 2) for i, c in enumerate(body)]) % 10)


def _isin_digit(body: str) -> str:
    digits = "".join(str(_value(c)) for c in body)
    return str(-_digits_sum([int(d) * (2 - i % 2) for i, d in enumerate(digits[::-1])]) % 10)


def _sedol_digit(body: str) -> str:
    return str(-sum(_value(c) * w for c, w in zip(body, _SEDOL_WEIGHTS, strict=True)) % 10)


# SecurityIDSource(22) -> name, form, check digit of all before the last character
_SCHEMES: dict[str, tuple[str, str, Callable[[str], str]]] = {
    "1": ("CUSIP", r"[0-9A-Z]{8}[0-9]", _cusip_digit),
    "2": ("SEDOL", r"[0-9B-DF-HJ-NP-TV-Z]{6}[0-9]", _sedol_digit),
    "4": ("ISIN", r"[A-Z]{2}[0-9A-Z]{9}[0-9]", _isin_digit),
}

SOURCES = tuple(_SCHEMES)


def problem_with_security_id(security_id: str, source: str) -> str | None:
    """Return what is wrong with an identifier and what is allowed, or None.

    Args:
        security_id: SecurityID(48), empty if there is none.
        source: SecurityIDSource(22), empty if there is none.
    """
    if not security_id and not source:
        return None
    if source not in _SCHEMES:
        names = ", ".join(f"{key} ({name})" for key, (name, _, _) in _SCHEMES.items())
        return f"security_id_source is {source!r} for security_id {security_id!r}; allowed: {names}"
    name, form, check_digit = _SCHEMES[source]
    if re.fullmatch(form, security_id) is None:
        return f"security_id {security_id!r} is no {name}; allowed: text of the form {form}"
    digit = check_digit(security_id[:-1])
    if security_id[-1] != digit:
        return f"security_id {security_id!r} has a wrong {name} check digit; allowed: {digit}"
    return None
