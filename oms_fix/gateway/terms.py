"""OrderTerms to fields and back: one reader, one table of writers.

What is carried over between counterparties is what ``OrderTerms`` lists, which is what this file
reads and writes. Repeating groups (Parties, allocations, trading sessions) and all other tags are
``other_fields`` (see ``gateway.others``).

The model speaks FIX 4.4, so does this file. A version that differs replaces single writers, or
the readers of ``Dialect``.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from operator import attrgetter
from typing import ClassVar

from oms_fix.fix.message import Field, Message
from oms_fix.gateway import others, tags, values
from oms_fix.model.enums import OrdType, Side, TimeInForce
from oms_fix.model.orders import OrderTerms, OtherField

Writer = Callable[[OrderTerms], bytes | None]
Table = tuple[tuple[int, Writer], ...]

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
    get: Callable[[OrderTerms], str | None] = attrgetter(attribute)

    def write(terms: OrderTerms) -> bytes | None:
        value = get(terms)
        return None if value is None else value.encode()

    return write


def _number(attribute: str) -> Writer:
    get: Callable[[OrderTerms], Decimal | None] = attrgetter(attribute)

    def write(terms: OrderTerms) -> bytes | None:
        value = get(terms)
        return None if value is None else values.number(value)

    return write


def _order_qty(terms: OrderTerms) -> bytes | None:
    """Return OrderQty(38); an order for an amount of cash has none."""
    return None if terms.cash_order_qty is not None else values.number(terms.order_qty)


REPORTED: dict[int, Writer] = {tags.OrderQty: _number("order_qty")}
"""What is written differently in reports: what an amount of cash comes to."""


def _product(terms: OrderTerms) -> bytes | None:
    return _PRODUCTS.get(terms.security_type or "")


def _security_type(terms: OrderTerms) -> bytes | None:
    name = terms.security_type
    return None if name is None or name in _PRODUCTS else name.encode()


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
    tags.OrderQty: _order_qty,
    tags.PegOffsetValue: _number("peg_offset_value"),
    tags.Price: _number("price"),
    tags.Product: _product,
    tags.SecurityID: _text("security_id"),
    tags.SecurityIDSource: _text("security_id_source"),
    tags.SecurityType: _security_type,
    tags.SettlDate: _text("settl_date"),
    tags.SettlType: _text("settl_type"),
    tags.Side: _text("side"),
    tags.StopPx: _number("stop_px"),
    tags.Symbol: _text("symbol"),
    tags.Text: _text("text"),
    tags.TimeInForce: _text("time_in_force"),
}


def table(order: Iterable[int], writers: dict[int, Writer]) -> Table:
    """Return the writers in the order of a message's body."""
    return tuple((tag, writers[tag]) for tag in order if tag in writers)


def write(fields: list[Field], writers: Table, terms: OrderTerms) -> None:
    """Append what the terms have for each of the writers."""
    for tag, writer in writers:
        value = writer(terms)
        if value is not None:
            fields.append((tag, value))


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
        """Return what an order or replace asks for; DecodeError where the model has no word."""
        text = partial(values.text, message)
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
            price=values.decimal(message, tags.Price),
            stop_px=values.decimal(message, tags.StopPx),
            time_in_force=time_in_force,
            account=text(tags.Account),
            currency=text(tags.Currency),
            security_id=text(tags.SecurityID),
            security_id_source=text(tags.SecurityIDSource),
            security_type=self.read_security_type(message),
            ex_destination=text(tags.ExDestination),
            expire_date=text(tags.ExpireDate),
            expire_time=text(tags.ExpireTime),
            min_qty=values.decimal(message, tags.MinQty),
            max_floor=values.decimal(message, tags.MaxFloor),
            exec_inst=text(tags.ExecInst),
            handl_inst=text(tags.HandlInst),
            settl_type=text(tags.SettlType),
            settl_date=text(tags.SettlDate),
            order_capacity=self.read_order_capacity(message),
            text=text(tags.Text),
            other_fields=self.other_fields(message),
            peg_offset_value=values.decimal(message, tags.PegOffsetValue),
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
