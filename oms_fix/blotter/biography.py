"""The biography of one client order: everything that came in, was decided, and went out.

The chain through the store: the order's events by ``order_id``; each event's command by
``command_id``; the message that the command came in by ``message_id``; the messages that went out
by their ``event_id``; when those were handed to the sockets by their batch.
"""

from decimal import Decimal

from msgspec import Struct

from oms_fix.blotter.message_view import MessageView, view
from oms_fix.blotter.queries import Blotter, OrderFilter
from oms_fix.blotter.rows import ChildRow, ExecutionRow, OrderRow
from oms_fix.blotter.store_reader import StoredCommand, StoredEvent, StoredMessage
from oms_fix.blotter.wording import describe_event
from oms_fix.fix.outputs import Direction
from oms_fix.model.commands import (
    VenueExecutionReport,
    VenueMessageReject,
    VenueOrderCancelReject,
    VenueOrderStatus,
)
from oms_fix.model.events import (
    CheckResult,
    ChecksEvaluated,
    ChildCancelRequested,
    ChildPlaced,
    ChildReplaceRequested,
    ChildStatusRequested,
)
from oms_fix.model.routing import Onward, OrderRouted, RouteLeg

_TO_VENUE = ChildPlaced | ChildCancelRequested | ChildReplaceRequested | ChildStatusRequested
_FROM_VENUE = VenueExecutionReport | VenueOrderStatus | VenueOrderCancelReject | VenueMessageReject


class Step(Struct, frozen=True):
    """One step of the order's way.

    Attributes:
        at: nanoseconds UTC.
        step: ``received`` (from the client), ``decided``, ``sent`` (to a venue), ``answered`` (by a
            venue) or ``reported`` (to the client).
        took_ns: since the step that led to this one: decided since received or answered;
            sent and reported since decided; answered since the venue was sent what it answers. None
            where there is no such step.
        elapsed_ns: since the order's first step.
        details: what happened, a line each.
        message: number of the message in ``Biography.messages``; None for ``decided``.
        recorded: False where the time is that of encoding, because the store does not tell (yet)
            when the message was handed over.
    """

    at: int
    step: str
    took_ns: int | None
    elapsed_ns: int
    details: list[str]
    message: int | None = None
    recorded: bool = True


class MessageEntry(Struct, frozen=True):
    """One FIX message of the order; ``number`` counts from 1, ``at`` and ``sent_at`` are UTC ns."""

    number: int
    direction: Direction
    session: str
    msg_seq_num: int
    at: int
    sent_at: int | None
    content: MessageView


class CheckEntry(Struct, frozen=True):
    """One check: of the order, or of the replace whose ClOrdID(11) is ``cl_ord_id``."""

    at: int
    cl_ord_id: str
    rules_version: str
    result: CheckResult


class RoutingEntry(Struct, frozen=True):
    """One routing decision, with every venue considered; see ``OrderRouted``."""

    at: int
    rules_version: str
    route_id: str
    strategy: str
    reason: str
    legs: tuple[RouteLeg, ...]
    onward: Onward | None = None
    mid: Decimal | None = None
    impact_bp: Decimal | None = None
    cost_bp: Decimal | None = None
    desk: str = ""


class Biography(Struct, frozen=True):
    """All that the store knows of one order."""

    order: OrderRow
    steps: list[Step]
    checks: list[CheckEntry]
    routing: list[RoutingEntry]
    children: list[ChildRow]
    executions: list[ExecutionRow]
    messages: list[MessageEntry]


def biography(blotter: Blotter, order: OrderRow) -> Biography:
    """Return the biography of an order that ``Blotter.find_order`` found."""
    reader = blotter.reader
    with reader.snapshot():
        events = reader.order_events(order.order_id)
        commands = reader.commands({event.command_id for event in events})
        messages = reader.messages({each.message_id for each in commands if each.message_id})
        messages += reader.messages_of_events([event.id for event in events])
    messages.sort(key=lambda message: message.id)
    return Biography(
        order=order,
        steps=_Way(order, events, messages).steps(commands),
        checks=_checks(events),
        routing=_routing(events),
        children=blotter.children(order.order_id),
        executions=blotter.executions(OrderFilter(order_id=order.order_id)),
        messages=[_entry(number, message) for number, message in enumerate(messages, start=1)],
    )


class _Way:
    """Puts the steps of an order together, command by command."""

    def __init__(
        self, order: OrderRow, events: list[StoredEvent], messages: list[StoredMessage]
    ) -> None:
        self._client = order.client
        self._events = events
        self._numbers = {message.id: number for number, message in enumerate(messages, start=1)}
        self._inbound = {each.id: each for each in messages if each.direction is Direction.IN}
        self._outbound: dict[int, list[StoredMessage]] = {}
        for message in messages:
            if message.event_id is not None:
                self._outbound.setdefault(message.event_id, []).append(message)
        self._sent_at: dict[tuple[str, str], int] = {}  # (venue, ClOrdID) to when it was sent
        self._steps: list[Step] = []
        self._start: int | None = None

    def steps(self, commands: list[StoredCommand]) -> list[Step]:
        """Return all steps, in the order of the store."""
        events_of: dict[int, list[StoredEvent]] = {}
        for event in self._events:
            events_of.setdefault(event.command_id, []).append(event)
        for command in commands:
            arrived = self._inbound.get(command.message_id or 0)
            if arrived is not None:
                self._arrived(arrived, command)
            self._decided(command, arrived, events_of[command.id])
            for event in events_of[command.id]:
                for message in self._outbound.get(event.id, []):
                    self._left(message, event, command)
        return self._steps

    def _add(
        self,
        at: int,
        step: str,
        took: int | None,
        details: list[str],
        message: StoredMessage | None = None,
        *,
        recorded: bool = True,
    ) -> None:
        if self._start is None:
            self._start = at
        number = None if message is None else self._numbers[message.id]
        self._steps.append(Step(at, step, took, at - self._start, details, number, recorded))

    def _arrived(self, message: StoredMessage, command: StoredCommand) -> None:
        step, took = "received", None
        if isinstance(command.command, _FROM_VENUE):
            step = "answered"
            sent_at = self._sent_at.get((message.session, command.command.cl_ord_id or ""))
            took = None if sent_at is None else message.at - sent_at
        details = [f"{view(message.raw).name}({message.msg_type}) from {message.session}"]
        self._add(message.at, step, took, details, message)

    def _decided(
        self, command: StoredCommand, arrived: StoredMessage | None, events: list[StoredEvent]
    ) -> None:
        took = None if arrived is None else command.at - arrived.at
        details = [describe_event(event.event) for event in events]
        self._add(command.at, "decided", took, details)

    def _left(self, message: StoredMessage, event: StoredEvent, command: StoredCommand) -> None:
        at = message.at if message.released_at is None else message.released_at
        step = "reported" if message.session == self._client else "sent"
        if isinstance(event.event, _TO_VENUE):
            self._sent_at[message.session, event.event.cl_ord_id] = at
        self._add(
            at,
            step,
            at - command.at,
            [f"{view(message.raw).name}({message.msg_type}) to {message.session}"],
            message,
            recorded=message.released_at is not None,
        )


def _checks(events: list[StoredEvent]) -> list[CheckEntry]:
    return [
        CheckEntry(stored.at, stored.event.cl_ord_id, stored.event.rules_version, result)
        for stored in events
        if isinstance(stored.event, ChecksEvaluated)
        for result in stored.event.results
    ]


def _routing(events: list[StoredEvent]) -> list[RoutingEntry]:
    return [
        routing_entry(stored.at, stored.event)
        for stored in events
        if isinstance(stored.event, OrderRouted)
    ]


def routing_entry(at: int, event: OrderRouted) -> RoutingEntry:
    """Return a routing decision as it is shown."""
    return RoutingEntry(
        at=at,
        rules_version=event.rules_version,
        route_id=event.route_id,
        strategy=event.strategy,
        reason=event.reason,
        legs=event.legs,
        onward=event.onward,
        mid=event.mid,
        impact_bp=event.impact_bp,
        cost_bp=event.cost_bp,
        desk=event.desk,
    )


def _entry(number: int, message: StoredMessage) -> MessageEntry:
    return MessageEntry(
        number=number,
        direction=message.direction,
        session=message.session,
        msg_seq_num=message.msg_seq_num,
        at=message.at,
        sent_at=message.released_at if message.direction is Direction.OUT else None,
        content=view(message.raw),
    )
