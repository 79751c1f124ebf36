"""Formats of FIX data types: does a value have the syntax of its type?

Hand-written on bytes, one look or two at each value: these run for every field of every message.
Rules: FIX 4.4 Volume 1, "Data Types", and FIX 5.0SP2 Volume 1 for the newer types.
"""

from calendar import isleap, monthrange
from collections.abc import Callable

Check = Callable[[bytes], bool]

_DIGITS_TO_ZERO = bytes.maketrans(b"123456789", b"000000000")
_MONTH_DAYS = frozenset(
    b"%02d%02d" % (month, day)
    for month in range(1, 13)
    for day in range(1, monthrange(2000, month)[1] + 1)
)
_WEEKS = frozenset((b"w1", b"w2", b"w3", b"w4", b"w5"))
_FRACTION_DIGITS_MAX = 9


def is_int(value: bytes) -> bool:
    """Digits, with a minus sign or without; never a plus sign."""
    return value.isdigit() or (value[:1] == b"-" and value[1:].isdigit())


def is_decimal(value: bytes) -> bool:
    """Digits with at most one point among them, a minus sign or none, no exponent."""
    if value.isdigit():
        return True
    if value[:1] == b"-":
        value = value[1:]
    return value.replace(b".", b"", 1).isdigit()


def is_char(value: bytes) -> bool:
    """One character."""
    return len(value) == 1


def is_boolean(value: bytes) -> bool:
    """Y or N."""
    return value in {b"Y", b"N"}


def is_day_of_month(value: bytes) -> bool:
    """1 to 31."""
    return value.isdigit() and len(value) <= 2 and 1 <= int(value) <= 31


def is_date(value: bytes) -> bool:
    """YYYYMMDD, a day that there is."""
    if len(value) != 8 or not value.isdigit() or value[4:] not in _MONTH_DAYS:
        return False
    return value[4:] != b"0229" or isleap(int(value[:4]))


def is_time(value: bytes) -> bool:
    """HH:MM:SS, with up to nine digits of a second or without; 60 is a leap second."""
    return _is_whole_time(value[:8]) and (len(value) == 8 or _is_fraction(value[8:]))


def is_timestamp(value: bytes) -> bool:
    """YYYYMMDD-HH:MM:SS, with up to nine digits of a second or without."""
    return is_date(value[:8]) and value[8:9] == b"-" and is_time(value[9:])


def is_whole_timestamp(value: bytes) -> bool:
    """YYYYMMDD-HH:MM:SS: FIX 4.0 and 4.1 know no fraction of a second."""
    return len(value) == 17 and is_timestamp(value)


def is_month_year(value: bytes) -> bool:
    """YYYYMM, YYYYMMDD, or YYYYMMw1 to w5."""
    if value[6:] in _WEEKS:
        value = value[:6]
    return is_date(value + b"01") if len(value) == 6 else is_date(value)


def is_zoned_time(value: bytes) -> bool:
    """HH:MM or HH:MM:SS with or without fraction, then Z, +hh, -hh, +hh:mm, -hh:mm or nothing."""
    for sign in (b"+", b"-"):
        value, found, offset = value.partition(sign)
        if found and not (
            len(offset) in {2, 5} and _is_whole_time(offset + b"00:00:00"[len(offset) :])
        ):
            return False
    value = value.removesuffix(b"Z")
    return is_time(value + b":00" if len(value) == 5 else value)


def is_zoned_timestamp(value: bytes) -> bool:
    """YYYYMMDD-, then a time with zone."""
    return is_date(value[:8]) and value[8:9] == b"-" and is_zoned_time(value[9:])


def is_currency(value: bytes) -> bool:
    """Three letters, as in ISO 4217; small ones too, for pence are commonly written GBp."""
    return len(value) == 3 and value.isalpha()


def is_country(value: bytes) -> bool:
    """Two letters, as in ISO 3166."""
    return len(value) == 2 and value.isalpha()


def _is_whole_time(value: bytes) -> bool:
    return (
        value.translate(_DIGITS_TO_ZERO) == b"00:00:00"
        and value[:2] <= b"23"
        and value[3:5] <= b"59"
        and value[6:] <= b"60"
    )


def _is_fraction(value: bytes) -> bool:
    return value[:1] == b"." and value[1:].isdigit() and len(value) <= _FRACTION_DIGITS_MAX + 1


_CHECKS: dict[str, Check] = {
    "AMT": is_decimal,
    "BOOLEAN": is_boolean,
    "CHAR": is_char,
    "COUNTRY": is_country,
    "CURRENCY": is_currency,
    "DATE": is_date,
    "DAYOFMONTH": is_day_of_month,
    "FLOAT": is_decimal,
    "INT": is_int,
    "LENGTH": bytes.isdigit,
    "LOCALMKTDATE": is_date,
    "LOCALMKTTIME": is_time,
    "MONTHYEAR": is_month_year,
    "NUMINGROUP": bytes.isdigit,
    "PERCENTAGE": is_decimal,
    "PRICE": is_decimal,
    "PRICEOFFSET": is_decimal,
    "QTY": is_decimal,
    "SEQNUM": bytes.isdigit,
    "TAGNUM": bytes.isdigit,
    "TIME": is_timestamp,
    "TZTIMEONLY": is_zoned_time,
    "TZTIMESTAMP": is_zoned_timestamp,
    "UTCDATE": is_date,
    "UTCDATEONLY": is_date,
    "UTCTIMEONLY": is_time,
    "UTCTIMESTAMP": is_timestamp,
}
# FIX 4.0 and 4.1: CHAR is a string of any length.
_EARLY_CHECKS: dict[str, Check | None] = {
    "CHAR": None,
    "TIME": is_whole_timestamp,
    "UTCTIMESTAMP": is_whole_timestamp,
}


def format_check(field_type: str, begin_string: str) -> Check | None:
    """Return the check for a data type in a version of FIX; None if any bytes will do."""
    if begin_string in {"FIX.4.0", "FIX.4.1"} and field_type in _EARLY_CHECKS:
        return _EARLY_CHECKS[field_type]
    return _CHECKS.get(field_type)


# Possessive: digits could be shared out between the two in as many ways as there are digits, and a
# message that does not match in the end would be tried in all of them, for each of its numbers.
_DECIMAL = rb"-?[0-9]++\.?[0-9]*+"
_EXPRESSIONS: dict[Check, bytes] = {
    is_decimal: _DECIMAL,
    is_boolean: rb"[YN]",
    is_char: rb"[^\x01]",
    is_country: rb"[A-Za-z]{2}",
    is_currency: rb"[A-Za-z]{3}",
    is_int: rb"-?[0-9]+",
    bytes.isdigit: rb"[0-9]+",
}


def format_expression(check: Check) -> bytes | None:
    """Return a regular expression for what passes a check; None if there is none so simple.

    It may leave out what is right but rare, such as ``.5``: it is for telling at once what is
    certainly good.
    """
    return _EXPRESSIONS.get(check)
