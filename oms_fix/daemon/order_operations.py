"""What operators can do about the orders of a running daemon; the core decides, and journals it."""

import re
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from oms_fix.blotter.wording import describe_event
from oms_fix.daemon.control import ControlAnswer, Handler
from oms_fix.daemon.sequencer import Sequencer
from oms_fix.fix.formats import is_date
from oms_fix.model.commands import EnterOrder, OperateOrder
from oms_fix.model.enums import OrderOperation
from oms_fix.model.operations import OrderOperated
from oms_fix.model.orders import OrderTerms
from oms_fix.model.reasons import Reasons

Arguments = Mapping[str, str]

_LENGTH_MAX = 200
_DIGITS_MAX = 15
"""As of clients: with more, sums and products of quantities and prices would not be exact."""
_NUMBER = re.compile(r"-?\d{1,18}(\.\d{1,12})?", re.ASCII)
_NUMBERS = frozenset({"order_qty", "price", "stop_px"})
_TEXTS = frozenset({"symbol", "side", "ord_type", "time_in_force", "expire_date", "account"})
_NO_TERMS = frozenset({"client", "cl_ord_id", "reason"})


class _RefusedError(Exception):
    """An argument that nothing can be done with; ``text`` begins with the code."""

    def __init__(self, reason: Reasons, **details: object) -> None:
        super().__init__(reason.text(**details))


class OrderOperations:
    """The commands about orders that come over the control socket.

    Args:
        sequencer: takes the commands.
    """

    def __init__(self, sequencer: Sequencer) -> None:
        self._sequencer = sequencer

    @property
    def handlers(self) -> dict[str, Handler]:
        """What the control server is to know, by name."""
        on_order = [each for each in OrderOperation if each is not OrderOperation.ENTER]
        return {
            "order enter": self._enter,
            **{f"order {each.value}": self._operation(each) for each in on_order},
        }

    def _operation(self, operation: OrderOperation) -> Handler:
        async def handle(operator: str, arguments: Arguments) -> ControlAnswer:
            try:
                command = OperateOrder(
                    order_id=self._order_id(_text(arguments, "order")),
                    operation=operation,
                    operator=operator,
                    reason=arguments.get("reason", ""),
                    exec_id=_text(arguments, "exec_id"),
                    quantity=_number(arguments, "quantity"),
                    price=_number(arguments, "price"),
                    venue=self._venue(operation, _text(arguments, "venue")),
                )
            except _RefusedError as error:
                return _refused(str(error))
            return await self._execute(command)

        return handle

    async def _enter(self, operator: str, arguments: Arguments) -> ControlAnswer:
        try:
            session = self._client(_text(arguments, "client"))
            cl_ord_id = _text(arguments, "cl_ord_id")
            terms = _terms(arguments)
        except _RefusedError as error:
            return _refused(str(error))
        reason = arguments.get("reason", "")
        return await self._execute(EnterOrder(session, cl_ord_id, terms, operator, reason))

    def _client(self, name: str) -> str:
        clients = sorted(key for key, each in self._sequencer.members.items() if each.is_client)
        if name not in clients:
            raise _RefusedError(Reasons.UNKNOWN_CLIENT, session=name, clients=",".join(clients))
        return name

    def _venue(self, operation: OrderOperation, name: str) -> str:
        """Return the name of the venue that an order is placed at."""
        venues = sorted(key for key, each in self._sequencer.members.items() if not each.is_client)
        if operation is OrderOperation.PLACE and name not in venues:
            raise _RefusedError(Reasons.UNKNOWN_VENUE, session=name, venues=",".join(venues))
        return name

    def _order_id(self, name: str) -> str:
        """Return the OrderID(37) of an order that is named by it, or by a ClOrdID(11)."""
        state = self._sequencer.state
        if name in state.orders:
            return name
        named = (state.orders_by_cl_ord_id.get((each, name)) for each in self._sequencer.members)
        found = {order.order_id: order for order in named if order is not None}
        if len(found) > 1:
            raise _RefusedError(Reasons.AMBIGUOUS, ClOrdID=name, name_one_of=",".join(found))
        return next(iter(found), name)

    async def _execute(self, command: OperateOrder | EnterOrder) -> ControlAnswer:
        events = await self._sequencer.intervene(command)
        operated = next(each for each in events if isinstance(each, OrderOperated))
        if operated.refused:
            return _refused(operated.refused)
        order = self._sequencer.state.orders[operated.order_id]
        row: dict[str, str | int] = {
            "order_id": order.order_id,
            "client": order.session,
            "cl_ord_id": order.cl_ord_id,
            "ord_status": order.ord_status.name,
        }
        lines = [f"{order.order_id}: {describe_event(each)}" for each in events]
        return ControlAnswer(done=True, lines=lines, rows=[row])


def _terms(arguments: Arguments) -> OrderTerms:
    """Return an order's terms; what stands for no number is the code of the wire."""
    given: dict[str, str | Decimal | None] = {}
    for name in arguments.keys() - _NO_TERMS:
        if name not in _NUMBERS | _TEXTS:
            raise _RefusedError(Reasons.INVALID_VALUE, field=ascii(name[:_LENGTH_MAX]))
        given[name] = _number(arguments, name) if name in _NUMBERS else _text(arguments, name)
    expire_date = given.get("expire_date")
    if isinstance(expire_date, str) and not is_date(expire_date.encode()):
        raise _RefusedError(Reasons.INVALID_VALUE, field="expire_date", value=expire_date)
    try:
        return msgspec.convert(given, OrderTerms)
    except msgspec.ValidationError as error:
        raise _RefusedError(Reasons.INVALID_VALUE, because=error) from error


def _text(arguments: Arguments, name: str) -> str:
    """Return what can stand in a FIX message; nothing if it is not given."""
    value = arguments.get(name)
    if value is None:
        return ""
    is_text = value and value.isascii() and value.isprintable()
    if not is_text or len(value) > _LENGTH_MAX:
        raise _RefusedError(Reasons.INVALID_VALUE, field=name, value=ascii(value[:_LENGTH_MAX]))
    return value


def _number(arguments: Arguments, name: str) -> Decimal | None:
    text = _text(arguments, name)
    if not text:
        return None
    digits = text.replace(".", "").strip("-0")
    if _NUMBER.fullmatch(text) is None or len(digits) > _DIGITS_MAX:
        raise _RefusedError(Reasons.INVALID_VALUE, field=name, value=repr(text))
    return Decimal(text)


def _refused(text: str) -> ControlAnswer:
    return ControlAnswer(done=False, lines=[text], code=text.partition(":")[0])
