"""Prices and sizes in nine bytes each, exactly: a whole number and a power of ten.

What comes in is written as it was, to its last zero. Numbers beyond eighteen digits do not fit;
FIX itself has floats of up to fifteen (FIX 4.4 Volume 1, data types).
"""

from decimal import Context, Decimal, InvalidOperation
from struct import Struct as Layout

from msgspec import Struct

NUMBER_LAYOUT = Layout("<qb")
_MANTISSA_MAX = 10**18
_EXPONENT_MAX = 100
_REMEMBERED_MAX = 65_536
_SIZE_MAX = 32
_PLAIN = b"0123456789.-"
_EXACT = Context(prec=30)


class Number(Struct, frozen=True, gc=False):
    """A number and how it is packed."""

    value: Decimal
    packed: bytes


def packed(value: Decimal) -> bytes:
    """Return a number in nine bytes.

    Raises:
        ValueError: it has too many digits, or is none.
    """
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int) or abs(exponent) > _EXPONENT_MAX:
        raise ValueError(f"{value} is no number that fits")
    mantissa = int("".join(map(str, digits)))
    if mantissa >= _MANTISSA_MAX:
        raise ValueError(f"{value} has too many digits")
    return NUMBER_LAYOUT.pack(-mantissa if sign else mantissa, exponent)


def unpacked(mantissa: int, exponent: int) -> Decimal:
    """Return the number that was packed."""
    return Decimal(mantissa).scaleb(exponent, _EXACT)


class Numbers(dict[bytes, Number]):
    """Values as they are on the wire to numbers; those seen before are only looked up."""

    __slots__ = ()

    def __missing__(self, value: bytes) -> Number:
        if not value or len(value) > _SIZE_MAX or value.strip(_PLAIN):
            raise ValueError(f"{value[:_SIZE_MAX]!r} is no number in plain notation")
        try:
            read = Decimal(value.decode("ascii"))
        except InvalidOperation as error:
            raise ValueError(f"{value!r} is no number") from error
        if len(self) >= _REMEMBERED_MAX:
            self.clear()
        number = self[value] = Number(read, packed(read))
        return number
