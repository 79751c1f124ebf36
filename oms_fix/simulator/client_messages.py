"""What a buy-side client writes and reads, for FIX 4.2, FIX 4.4 and FIX 5.0SP2.

Like the venue's messages, this is a counterparty's own reading of FIX and shares nothing with the
router's gateway.
"""

from decimal import Decimal

from msgspec import Struct

from oms_fix.fix.message import Field, Message
from oms_fix.model.instruments import Instrument
from oms_fix.simulator import terms
from oms_fix.simulator.venue_messages import plain, utc_timestamp


class Ticket(Struct, frozen=True, kw_only=True):
    """One order as the client wants it: a row of orders.csv.

    With ``cash_order_qty`` it is for an amount; ``order_qty`` is about what that comes to.
    """

    client: str
    cl_ord_id: str
    account: str
    symbol: str
    side: str
    order_qty: Decimal
    ord_type: str
    price: Decimal | None = None
    time_in_force: str = terms.DAY
    group: str = ""
    cash_order_qty: Decimal | None = None
    exec_inst: str = ""
    stop_px: Decimal | None = None


class Answer(Struct, frozen=True):
    """An ExecutionReport(8) as the client reads it; ``exec_type`` is that of FIX 4.4."""

    cl_ord_id: str
    orig_cl_ord_id: str | None
    exec_id: str
    exec_type: str
    ord_status: str
    cum_qty: Decimal
    leaves_qty: Decimal
    last_qty: Decimal | None
    last_px: Decimal | None
    ord_rej_reason: int | None
    text: str


class Refused(Struct, frozen=True):
    """An OrderCancelReject(9) as the client reads it."""

    cl_ord_id: str
    ord_status: str
    text: str


def new_order(ticket: Ticket, instrument: Instrument | None, version: str, now: int) -> Message:
    """Return NewOrderSingle(D); an instrument that the client does not know has its symbol only."""
    fields = [(11, ticket.cl_ord_id.encode()), (1, ticket.account.encode())]
    fields += _handling(version)
    fields += _instrument(ticket, instrument)
    fields += [(54, ticket.side.encode()), (60, utc_timestamp(now))]
    if ticket.cash_order_qty is None:
        fields += _quantity_and_price(ticket, ticket.ord_type, ticket.price)
    else:
        _, *rest = _quantity_and_price(ticket, ticket.ord_type, ticket.price)
        fields += [(152, plain(ticket.cash_order_qty)), *rest]
    if instrument is not None:
        fields.append((15, instrument.currency.encode()))
    fields.append((59, ticket.time_in_force.encode()))
    if ticket.exec_inst:
        fields.append((18, ticket.exec_inst.encode()))
    return Message("D", fields)


def cancel_request(
    ticket: Ticket, instrument: Instrument | None, ids: tuple[str, str], now: int
) -> Message:
    """Return OrderCancelRequest(F); ``ids`` are ClOrdID(11) and OrigClOrdID(41)."""
    fields = _request_ids(ids)
    fields.append((1, ticket.account.encode()))
    fields += _instrument(ticket, instrument)
    fields += [(54, ticket.side.encode()), (60, utc_timestamp(now)), (38, plain(ticket.order_qty))]
    return Message("F", fields)


def replace_request(
    ticket: Ticket,
    instrument: Instrument | None,
    ids: tuple[str, str],
    price: Decimal | None,
    version: str,
    now: int,
) -> Message:
    """Return OrderCancelReplaceRequest(G): the whole order again, at another price.

    It becomes a limit order, unless it has a StopPx(99).
    """
    ord_type = terms.LIMIT if ticket.stop_px is None else ticket.ord_type
    fields = _request_ids(ids)
    fields.append((1, ticket.account.encode()))
    fields += _handling(version)
    fields += _instrument(ticket, instrument)
    fields += [(54, ticket.side.encode()), (60, utc_timestamp(now))]
    fields += _quantity_and_price(ticket, ord_type, price)
    if instrument is not None:
        fields.append((15, instrument.currency.encode()))
    fields.append((59, ticket.time_in_force.encode()))
    if ticket.exec_inst:
        fields.append((18, ticket.exec_inst.encode()))
    return Message("G", fields)


def status_request(ticket: Ticket, instrument: Instrument | None, cl_ord_id: str) -> Message:
    """Return OrderStatusRequest(H) for the order that goes by ``cl_ord_id`` now."""
    fields = [(11, cl_ord_id.encode()), (1, ticket.account.encode())]
    return Message("H", [*fields, *_instrument(ticket, instrument), (54, ticket.side.encode())])


def mass_cancel_request(cl_ord_id: str, symbol: str | None, now: int) -> Message:
    """Return OrderMassCancelRequest(q) for the orders in one instrument, or for all."""
    fields = [(11, cl_ord_id.encode()), (530, b"7" if symbol is None else b"1")]
    if symbol is not None:
        fields.append((55, symbol.encode()))
    return Message("q", [*fields, (60, utc_timestamp(now))])


def mass_status_request(request_id: str, symbol: str | None) -> Message:
    """Return OrderMassStatusRequest(AF) for the orders in one instrument, or for all."""
    fields = [(584, request_id.encode()), (585, b"7" if symbol is None else b"1")]
    return Message("AF", fields if symbol is None else [*fields, (55, symbol.encode())])


def dont_know_trade(ticket: Ticket, order_id: str, exec_id: str) -> Message:
    """Return DontKnowTrade(Q) about a fill; DKReason(127) is D, no matching order."""
    fields = [(37, order_id.encode()), (17, exec_id.encode()), (127, b"D")]
    return Message("Q", [*fields, (55, ticket.symbol.encode()), (54, ticket.side.encode())])


def read_answer(message: Message, version: str) -> Answer:
    """Read an ExecutionReport(8)."""
    exec_type = message.text(150) or ""
    if version == "FIX.4.2":
        exec_type = _exec_type_of_42(message.text(20) or "0", exec_type)
    return Answer(
        cl_ord_id=message.text(11) or "",
        orig_cl_ord_id=message.text(41),
        exec_id=message.text(17) or "",
        exec_type=exec_type,
        ord_status=message.text(39) or "",
        cum_qty=message.decimal(14) or Decimal(0),
        leaves_qty=message.decimal(151) or Decimal(0),
        last_qty=message.decimal(32),
        last_px=message.decimal(31),
        ord_rej_reason=message.integer(103),
        text=message.text(58) or "",
    )


def read_refused(message: Message) -> Refused:
    """Read an OrderCancelReject(9)."""
    return Refused(message.text(11) or "", message.text(39) or "", message.text(58) or "")


def _exec_type_of_42(exec_trans_type: str, exec_type: str) -> str:
    """ExecTransType(20) 1 is a bust, 2 a correction, 3 a status; a fill is ExecType 1 or 2."""
    if exec_trans_type != "0":
        return {"1": "H", "2": "G"}.get(exec_trans_type, terms.ORDER_STATUS)
    return terms.TRADE if exec_type in (terms.PARTIALLY_FILLED, terms.FILLED) else exec_type


def _request_ids(ids: tuple[str, str]) -> list[Field]:
    return [(41, ids[1].encode()), (11, ids[0].encode())]


def _handling(version: str) -> list[Field]:
    """HandlInst(21), automated, which FIX 4.2 requires."""
    return [(21, b"1")] if version == "FIX.4.2" else []


def _instrument(ticket: Ticket, instrument: Instrument | None) -> list[Field]:
    fields = [(55, ticket.symbol.encode())]
    if instrument is not None and instrument.security_id:
        fields.append((48, instrument.security_id.encode()))
        fields.append((22, instrument.security_id_source.encode()))
    return fields


def _quantity_and_price(ticket: Ticket, ord_type: str, price: Decimal | None) -> list[Field]:
    fields = [(38, plain(ticket.order_qty)), (40, ord_type.encode())]
    if price is not None:
        fields.append((44, plain(price)))
    return fields if ticket.stop_px is None else [*fields, (99, plain(ticket.stop_px))]
