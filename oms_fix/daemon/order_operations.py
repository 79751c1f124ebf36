"""What operators can do about the orders of a running daemon; the core decides, and journals it."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

import msgspec

from oms_fix.blotter.wording import describe_event
from oms_fix.core.orders.state import Order
from oms_fix.daemon.control import ControlAnswer, Handler
from oms_fix.daemon.sequencer import Sequencer
from oms_fix.model.commands import EnterOrder, OperateOrder
from oms_fix.model.enums import OrderOperation
from oms_fix.model.events import OrderOperated
from oms_fix.model.orders import OrderTerms
from oms_fix.model.reasons import Reasons

Arguments = Mapping[str, str]

_LENGTH_MAX = 200
_DIGITS_MAX = 18
_DECIMALS_MAX = 12
_NUMBERS = ("order_qty", "price", "stop_px")
_ENTRY = frozenset({"client", "cl_ord_id", "reason"})


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
                    order_id=self._order_id(arguments.get("order", "")),
                    operation=operation,
                    operator=operator,
                    reason=arguments.get("reason", ""),
                    exec_id=_text(arguments, "exec_id"),
                    quantity=_number(arguments, "quantity"),
                    price=_number(arguments, "price"),
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

    def _order_id(self, name: str) -> str:
        """Return the OrderID(37) of an order that is named by it, or by a ClOrdID(11)."""
        state, members = self._sequencer.state, self._sequencer.members
        _check("order", name)
        if name in state.orders:
            return name
        by_cl_ord_id = state.orders_by_cl_ord_id
        found: dict[str, Order] = {}
        for session in members:
            order = by_cl_ord_id.get((session, name))
            if order is not None:
                found[order.order_id] = order
        if len(found) > 1:
            raise _RefusedError(Reasons.AMBIGUOUS, ClOrdID=name, name_one_of=",".join(found))
        return next(iter(found), name)

    async def _execute(self, command: OperateOrder | EnterOrder) -> ControlAnswer:
        events = self._sequencer.execute(command)
        await self._sequencer.committed()
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
    for name in arguments.keys() - _ENTRY:
        given[name] = _number(arguments, name) if name in _NUMBERS else _text(arguments, name)
    unknown = given.keys() - set(OrderTerms.__struct_fields__)
    if unknown:
        raise _RefusedError(Reasons.INVALID_VALUE, field=min(unknown))
    try:
        return msgspec.convert(given, OrderTerms)
    except msgspec.ValidationError as error:
        raise _RefusedError(Reasons.INVALID_VALUE, because=error) from error


def _text(arguments: Arguments, name: str) -> str:
    value = arguments.get(name, "")
    _check(name, value)
    return value


def _check(name: str, value: str) -> None:
    """See to it that a value can stand in a FIX message."""
    if not (value.isascii() and (value.isprintable() or not value)) or len(value) > _LENGTH_MAX:
        raise _RefusedError(Reasons.INVALID_VALUE, field=name, value=ascii(value[:_LENGTH_MAX]))


def _number(arguments: Arguments, name: str) -> Decimal | None:
    text = arguments.get(name)
    if text is None:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    digits, exponent = value.as_tuple().digits, value.as_tuple().exponent
    if (
        not isinstance(exponent, int)
        or len(digits) > _DIGITS_MAX
        or not -_DECIMALS_MAX <= exponent <= 0
    ):
        raise _RefusedError(Reasons.INVALID_VALUE, field=name, value=ascii(text[:_LENGTH_MAX]))
    return value


def _refused(text: str) -> ControlAnswer:
    return ControlAnswer(done=False, lines=[text], code=text.partition(":")[0])
