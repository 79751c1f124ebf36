"""Single field values: bytes on the wire to values of the model, and back.

Runs for every field of every message: dictionaries that are made once, no regular expressions.
"""

from collections.abc import Mapping
from decimal import Context, Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from oms_fix.fix.message import Message, readable
from oms_fix.gateway import tags
from oms_fix.model.reasons import Reasons

E = TypeVar("E", bound=StrEnum)
V = TypeVar("V")

# What BusinessRejectReason(380) says.
OTHER = 0
UNSUPPORTED_MESSAGE_TYPE = 3
CONDITIONALLY_REQUIRED_FIELD_MISSING = 5

# A float field holds up to fifteen significant digits (FIX 4.4 Volume 1, data types): an average
# price that does not end is cut there. What a client or venue wrote is never rounded.
_AVERAGE = Context(prec=15)

_DECIMAL_BYTES = b"0123456789.-"
_DECIMAL_SIZE_MAX = 28
# What every FIX float can hold (FIX 4.4 Volume 1, data types), and what sums and products of it
# leave exact in Decimal arithmetic.
_DIGITS_MAX = 15
_PLAIN_DECIMAL = f"plain decimal notation of up to {_DIGITS_MAX} significant digits"
_NUMBERS_MAX = 8192  # that are remembered: prices and quantities come again and again
_INTEGER_SIZE_MAX = 18
_IDENTIFIER_SIZE_MAX = 64
_TEXT_SIZE_MAX = 1000

_VALUE_SHOWN_MAX = 40  # bytes of a bad value that the answer repeats


class DecodeError(Exception):
    """The counterparty sent what cannot be taken on; ``Translator.refuse`` makes the answer.

    Attributes:
        business_reject_reason: BusinessRejectReason(380), where j is the answer.
        ref_tag: The field at fault, or None where it is the whole message.
        text: For Text(58).
        reason: What the fault is as a reason of ours; gives OrdRejReason(103), CxlRejReason(102).
    """

    def __init__(
        self,
        business_reject_reason: int,
        ref_tag: int | None,
        text: str,
        reason: Reasons = Reasons.UNSUPPORTED_ORDER,
    ) -> None:
        super().__init__(text)
        self.business_reject_reason = business_reject_reason
        self.ref_tag = ref_tag
        self.text = text
        self.reason = reason


def unsupported_message() -> DecodeError:
    """Return the error for a MsgType(35) that FIX knows and we do not take."""
    return DecodeError(UNSUPPORTED_MESSAGE_TYPE, None, "Unsupported Message Type")


def missing(tag: int) -> DecodeError:
    """Return the error for a field that this message needs and does not have."""
    text = Reasons.MISSING_FIELD.text(field=tags.label(tag))
    return DecodeError(CONDITIONALLY_REQUIRED_FIELD_MISSING, tag, text, Reasons.MISSING_FIELD)


def unsupported(tag: int, value: bytes, allowed: str) -> DecodeError:
    """Return the error for a value that the model has no word for."""
    shown = value[:_VALUE_SHOWN_MAX].decode("latin-1")
    details = {"field": tags.label(tag), "value": shown, "allowed": allowed}
    return DecodeError(OTHER, tag, Reasons.UNSUPPORTED_ORDER.text(**details))


def lookup(enum: type[E]) -> dict[bytes, E]:
    """Return the wire values of an enumeration."""
    return {member.value.encode(): member for member in enum}


def required(message: Message, tag: int) -> bytes:
    """Return a field that must be there; DecodeError if it is not."""
    value = message.get(tag)
    if not value:
        raise missing(tag)
    return value


def choice(message: Message, tag: int, values: Mapping[bytes, V]) -> V:
    """Return what a required field's value stands for; DecodeError if it is not in ``values``."""
    value = required(message, tag)
    try:
        return values[value]
    except KeyError:
        raise unsupported(tag, value, b",".join(values).decode()) from None


def choice_if_any(message: Message, tag: int, values: Mapping[bytes, V]) -> V | None:
    """Return what a field's value stands for, or None where it is absent; else as ``choice``."""
    return None if message.get(tag) is None else choice(message, tag, values)


def identifier(message: Message, tag: int) -> str:
    """Return a required identifier: ASCII, since it goes back byte for byte, and not too long."""
    value = required(message, tag)
    if not value.isascii() or len(value) > _IDENTIFIER_SIZE_MAX:
        raise unsupported(tag, value, f"ASCII, at most {_IDENTIFIER_SIZE_MAX} characters")
    return value.decode()


def text(message: Message, tag: int) -> str | None:
    """Return a text, or None where it is absent; DecodeError if it is too long to be passed on."""
    value = message.get(tag)
    return None if value is None else text_in(tag, value)


def text_in(tag: int, value: bytes) -> str:
    """Return a value as text; DecodeError as for ``text``."""
    if len(value) > _TEXT_SIZE_MAX:
        raise unsupported(tag, value, f"at most {_TEXT_SIZE_MAX} characters")
    return readable(value)


def decimal(message: Message, tag: int) -> Decimal | None:
    """Return a number, or None where it is absent; plain decimal notation only."""
    value = message.get(tag)
    return None if value is None else decimal_in(tag, value)


def decimal_in(tag: int, value: bytes) -> Decimal:
    """Return a value as a number; DecodeError if it is not in plain decimal notation."""
    found = readable_decimal_in(value)
    if found is None:
        raise unsupported(tag, value, _PLAIN_DECIMAL)
    return found


def executed(message: Message, tag: int) -> Decimal | None:
    """Return a number of an execution, or None where it is absent.

    With more digits than ``decimal`` takes, if a venue has them: a fill must not be lost over them.
    """
    value = message.get(tag)
    if value is None:
        return None
    # What is too long is no number, and never remembered: a peer may not choose how much is.
    found = _decimal(value) if len(value) <= _DECIMAL_SIZE_MAX else None
    if found is None:
        raise unsupported(tag, value, _PLAIN_DECIMAL)
    return found


def readable_decimal(message: Message, tag: int) -> Decimal | None:
    """Return a number, or None where it is absent or none."""
    value = message.get(tag)
    return None if value is None else readable_decimal_in(value)


def readable_decimal_in(value: bytes) -> Decimal | None:
    """Return a value as a number, or None if it is none."""
    return _short_decimal(value) if len(value) <= _DECIMAL_SIZE_MAX else None


@lru_cache(_NUMBERS_MAX)
def _short_decimal(value: bytes) -> Decimal | None:
    digits = value.translate(None, b"+-.").strip(b"0")
    return _decimal(value) if len(digits) <= _DIGITS_MAX else None


@lru_cache(_NUMBERS_MAX)
def _decimal(value: bytes) -> Decimal | None:
    # Decimal would take "NaN", "1E9" and "1_000" too.
    if value.translate(None, _DECIMAL_BYTES):
        return None
    if len(value.lstrip(b"+-0").partition(b".")[0]) > _DIGITS_MAX:
        return None
    try:
        return Decimal(value.decode())
    except InvalidOperation:
        return None


def integer(message: Message, tag: int) -> int | None:
    """Return a whole number of up to 18 digits, or None where it is absent or none."""
    value = message.get(tag)
    return None if value is None else integer_in(value)


def integer_in(value: bytes) -> int | None:
    """Return a value as a whole number of up to 18 digits, or None if it is none."""
    return int(value) if value.isdigit() and len(value) <= _INTEGER_SIZE_MAX else None


# Numbers that are equal are written alike, so that it does not matter which one is remembered.
@lru_cache(_NUMBERS_MAX)
def number(value: Decimal) -> bytes:
    """Return a number in plain notation: no exponent, no zeros that say nothing."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return b"0" if text == "-0" else text.encode()


@lru_cache(_NUMBERS_MAX)
def average(value: Decimal) -> bytes:
    """Return an average price, with as many digits as every counterparty can hold."""
    return number(_AVERAGE.plus(value))
