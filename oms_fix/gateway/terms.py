"""OrderTerms to fields and back: one reader, one table of writers.

What is carried over between counterparties is what ``OrderTerms`` lists, which is what this file
reads and writes. Repeating groups (Parties, allocations, trading sessions) and all other tags are
``other_fields`` (see ``gateway.others``).

The model speaks FIX 4.4, so does this file. A version that differs replaces single writers, or
the readers of ``Dialect``.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import partial
from operator import attrgetter
from typing import Any, ClassVar, NamedTuple

from oms_fix.fix.message import Field, Message
from oms_fix.gateway import others, tags, values
from oms_fix.model.enums import OrdType, Side, TimeInForce
from oms_fix.model.orders import OrderTerms, OtherField


class Writer(NamedTuple):
    """How a field of the terms of an order is written.

    Attributes:
        attribute: of the terms; where it is None, there is no field.
        encode: returns the field's value, or None where there is no field; takes the attribute,
            or, if ``takes_all``, the terms.
    """

    attribute: str
    encode: Callable[[Any], bytes | None]
    takes_all: bool = False


SIDES = values.lookup(Side)
_ORD_TYPES = values.lookup(OrdType)
_TIMES_IN_FORCE = values.lookup(TimeInForce)

# FIX 4.2 has SecurityType(167) for two classes that 4.3 and later tell by Product(460) alone.
_PRODUCTS = {"GOVT": b"6", "MUNI": b"11"}
_PRODUCT_CLASSES = {code: name for name, code in _PRODUCTS.items()}

# Order of the body in FIX 4.4 Volume 4, NewOrderSingle(D) and OrderCancelReplaceRequest(G), before
# and after TransactTime(60). A tag that a version has no writer for is left out.
ORDER_HEAD = (
    tags.Account,
    tags.SettlType,
    tags.SettlDate,
    tags.HandlInst,
    tags.ExecInst,
    tags.MinQty,
    tags.MaxFloor,
    tags.ExDestination,
    tags.Symbol,
    tags.SecurityID,
    tags.SecurityIDSource,
    tags.Product,
    tags.SecurityType,
    tags.Side,
)
ORDER_TAIL = (
    tags.OrderQty,
    tags.CashOrderQty,
    tags.OrdType,
    tags.Price,
    tags.StopPx,
    tags.Currency,
    tags.TimeInForce,
    tags.ExpireDate,
    tags.ExpireTime,
    tags.OrderCapacity,
    tags.Rule80A,
    tags.Text,
    tags.PegOffsetValue,
)
# What OrderCancelRequest(F) says of its order, before TransactTime(60).
CANCEL = (
    tags.Account,
    tags.Symbol,
    tags.SecurityID,
    tags.SecurityIDSource,
    tags.Product,
    tags.SecurityType,
    tags.Side,
)
# What ExecutionReport(8) says of its order, before LastQty(32) and after TransactTime(60).
REPORT_HEAD = (
    tags.Account,
    tags.SettlType,
    tags.SettlDate,
    tags.Symbol,
    tags.SecurityID,
    tags.SecurityIDSource,
    tags.Product,
    tags.SecurityType,
    tags.Side,
    tags.OrderQty,
    tags.CashOrderQty,
    tags.OrdType,
    tags.Price,
    tags.StopPx,
    tags.PegOffsetValue,
    tags.Currency,
    tags.TimeInForce,
    tags.ExpireDate,
    tags.ExpireTime,
    tags.ExecInst,
    tags.OrderCapacity,
    tags.Rule80A,
)
REPORT_TAIL = (tags.HandlInst, tags.MinQty, tags.MaxFloor)


def _text(attribute: str) -> Writer:
    return Writer(attribute, str.encode)


def _number(attribute: str) -> Writer:
    return Writer(attribute, values.number)


def _order_qty(terms: OrderTerms) -> bytes | None:
    """Return OrderQty(38); an order for an amount of cash has none."""
    return None if terms.cash_order_qty is not None else values.number(terms.order_qty)


REPORTED: dict[int, Writer] = {tags.OrderQty: _number("order_qty")}
"""What is written differently in reports: what an amount of cash comes to."""


def _security_type(name: str) -> bytes | None:
    return None if name in _PRODUCTS else name.encode()


WRITERS: dict[int, Writer] = {
    tags.Account: _text("account"),
    tags.CashOrderQty: _number("cash_order_qty"),
    tags.Currency: _text("currency"),
    tags.ExDestination: _text("ex_destination"),
    tags.ExecInst: _text("exec_inst"),
    tags.ExpireDate: _text("expire_date"),
    tags.ExpireTime: _text("expire_time"),
    tags.HandlInst: _text("handl_inst"),
    tags.MaxFloor: _number("max_floor"),
    tags.MinQty: _number("min_qty"),
    tags.OrdType: _text("ord_type"),
    tags.OrderCapacity: _text("order_capacity"),
    tags.OrderQty: Writer("order_qty", _order_qty, takes_all=True),
    tags.PegOffsetValue: _number("peg_offset_value"),
    tags.Price: _number("price"),
    tags.Product: Writer("security_type", _PRODUCTS.get),
    tags.SecurityID: _text("security_id"),
    tags.SecurityIDSource: _text("security_id_source"),
    tags.SecurityType: Writer("security_type", _security_type),
    tags.SettlDate: _text("settl_date"),
    tags.SettlType: _text("settl_type"),
    tags.Side: _text("side"),
    tags.StopPx: _number("stop_px"),
    tags.Symbol: _text("symbol"),
    tags.Text: _text("text"),
    tags.TimeInForce: _text("time_in_force"),
}


class Table:
    """Writers in the order of a message's body.

    Args:
        order: the tags of the body; one without a writer is left out.
        writers: by tag.
    """

    __slots__ = ("_attributes", "_fields")

    def __init__(self, order: Iterable[int], writers: Mapping[int, Writer]) -> None:
        chosen = [(tag, writers[tag]) for tag in order if tag in writers]
        # All at once: most attributes of most orders are None, and one look-up each costs more
        # than the rest.
        self._attributes: Callable[[OrderTerms], tuple[Any, ...]] = attrgetter(
            *[writer.attribute for _, writer in chosen]
        )
        self._fields = tuple([(tag, each.encode, each.takes_all) for tag, each in chosen])

    def write(self, fields: list[Field], terms: OrderTerms) -> None:
        """Append what the terms have for each of the writers."""
        found = zip(self._fields, self._attributes(terms), strict=True)
        for (tag, encode, takes_all), attribute in found:
            if attribute is None:
                continue
            value = encode(terms if takes_all else attribute)
            if value is not None:
                fields.append((tag, value))


_Readers = tuple[tuple[str, int, Callable[[int, bytes], Any]], ...]

_BEFORE_SECURITY_TYPE: _Readers = (
    ("price", tags.Price, values.decimal_in),
    ("stop_px", tags.StopPx, values.decimal_in),
    ("account", tags.Account, values.text_in),
    ("currency", tags.Currency, values.text_in),
    ("security_id", tags.SecurityID, values.text_in),
    ("security_id_source", tags.SecurityIDSource, values.text_in),
)
_BEFORE_CAPACITY: _Readers = (
    ("ex_destination", tags.ExDestination, values.text_in),
    ("expire_date", tags.ExpireDate, values.text_in),
    ("expire_time", tags.ExpireTime, values.text_in),
    ("min_qty", tags.MinQty, values.decimal_in),
    ("max_floor", tags.MaxFloor, values.decimal_in),
    ("exec_inst", tags.ExecInst, values.text_in),
    ("handl_inst", tags.HandlInst, values.text_in),
    ("settl_type", tags.SettlType, values.text_in),
    ("settl_date", tags.SettlDate, values.text_in),
)
_AFTER_CAPACITY: _Readers = (
    ("text", tags.Text, values.text_in),
    ("peg_offset_value", tags.PegOffsetValue, values.decimal_in),
)


def _found(message: Message, readers: _Readers) -> dict[str, Any]:
    """Return what a message has of these fields."""
    by_tag = message.by_tag
    return {
        name: read(tag, value)
        for name, tag, read in readers
        if (value := by_tag.get(tag)) is not None
    }


class Dialect:
    """How a version reads the terms of an order; here FIX 4.4 and later.

    Attributes:
        application_version: Such as ``"FIX.4.4"``.
    """

    application_version: ClassVar[str]

    def other_fields(self, message: Message) -> tuple[OtherField, ...]:
        """Return the fields of a client's message that the model has no word for."""
        return others.of_request(message, self.application_version)

    def read_terms(self, message: Message) -> OrderTerms:
        """Return what an order or replace asks for; DecodeError where the model has no word.

        Of several faults the first one in the order of reading is told.
        """
        order_qty = values.decimal(message, tags.OrderQty)
        cash_order_qty = values.decimal(message, tags.CashOrderQty)
        if order_qty is None and cash_order_qty is None:
            raise values.missing(tags.OrderQty)
        ord_type, time_in_force = self.read_ord_type(message)
        return OrderTerms(
            symbol=values.identifier(message, tags.Symbol),
            side=values.choice(message, tags.Side, SIDES),
            order_qty=order_qty or Decimal(0),
            cash_order_qty=cash_order_qty if order_qty is None else None,
            ord_type=ord_type,
            time_in_force=time_in_force,
            **_found(message, _BEFORE_SECURITY_TYPE),
            security_type=self.read_security_type(message),
            **_found(message, _BEFORE_CAPACITY),
            order_capacity=self.read_order_capacity(message),
            **_found(message, _AFTER_CAPACITY),
            other_fields=self.other_fields(message),
        )

    def read_instrument(self, message: Message) -> OrderTerms:
        """Return what an OrderStatusRequest(H) says of its order: no quantity, no type."""
        text = partial(values.text, message)
        return OrderTerms(
            symbol=values.identifier(message, tags.Symbol),
            side=values.choice(message, tags.Side, SIDES),
            order_qty=Decimal(0),
            ord_type=OrdType.MARKET,
            account=text(tags.Account),
            security_id=text(tags.SecurityID),
            security_id_source=text(tags.SecurityIDSource),
            security_type=self.read_security_type(message),
            other_fields=self.other_fields(message),
        )

    def read_ord_type(self, message: Message) -> tuple[OrdType, TimeInForce]:
        """Return OrdType(40) and TimeInForce(59), which is Day where it is absent."""
        ord_type = values.choice(message, tags.OrdType, _ORD_TYPES)
        if message.get(tags.TimeInForce) is None:
            return ord_type, TimeInForce.DAY
        return ord_type, values.choice(message, tags.TimeInForce, _TIMES_IN_FORCE)

    def read_security_type(self, message: Message) -> str | None:
        """Return SecurityType(167), or the class that Product(460) tells alone."""
        name = values.text(message, tags.SecurityType)
        return name or _PRODUCT_CLASSES.get(message.get(tags.Product) or b"")

    def read_order_capacity(self, message: Message) -> str | None:
        """Return OrderCapacity(528)."""
        return values.text(message, tags.OrderCapacity)
