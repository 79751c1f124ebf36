"""What must hold when a world has come to rest: three ledgers and one store, compared."""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping
from decimal import Decimal

from oms_fix.core.apply import apply
from oms_fix.core.engine import handle
from oms_fix.core.orders.state import State
from oms_fix.fix.session_messages import msg_type_of, value_of
from oms_fix.model import events as ev
from oms_fix.model.circumstances import StopTriggered
from oms_fix.model.events import Event
from oms_fix.model.operations import ChildForced
from oms_fix.simulator import terms
from oms_fix.simulator.world.client import Client
from oms_fix.simulator.world.client_order import ClientOrder
from oms_fix.simulator.world.disk import Platter, encode
from oms_fix.simulator.world.held_orders import HeldOrders
from oms_fix.simulator.world.peer import Peer
from oms_fix.simulator.world.venue import Venue

Violate = Callable[..., None]
Trade = tuple[Decimal, Decimal]
ZERO = Decimal(0)


def check_ledgers(
    clients: list[Client],
    venues: list[Venue],
    events: list[Event],
    released: Container[str],
    violate: Violate,
) -> None:
    """Compare what clients and venues have in their own books with each other and the store.

    ``released`` are orders that were held: of those the router has spoken, not their venue alone.
    """
    of_clients = {
        order.order_id: order
        for client in clients
        for order in client.orders.values()
        if order.order_id
    }
    _check_fills(of_clients, venues, violate)
    _check_direct(clients, venues, events, released, violate)
    _check_executions(of_clients, venues, events, violate)
    for venue in venues:
        for each in venue.book.values():
            if each.of_order not in of_clients:
                violate("{} at {} is no client's", each.first_cl_ord_id, venue.name)
    _check_doubts(clients, venues, events, violate)
    _check_stops(of_clients, venues, events, violate)


def _check_stops(
    of_clients: dict[str, ClientOrder],
    venues: list[Venue],
    events: list[Event],
    violate: Violate,
) -> None:
    """Clients know which stop orders were triggered; the others never came to a venue."""
    stored = {event.order_id for event in events if isinstance(event, StopTriggered)}
    told = {order_id for order_id, order in of_clients.items() if order.is_triggered}
    if stored != told:
        violate(
            "triggered are {}, clients know of {}", sorted(stored - told), sorted(told - stored)
        )
    for venue in venues:
        for each in venue.book.values():
            order = of_clients.get(each.of_order)
            if order is not None and order.waits_since_ever:
                violate("{} was not triggered and is at {}", each.first_cl_ord_id, venue.name)


def _check_doubts(
    clients: list[Client], venues: list[Venue], events: list[Event], violate: Violate
) -> None:
    """A trade that its client doubts is doubted to its venue, and no other of the router's is."""
    doubts = [event for event in events if isinstance(event, ev.TradeDoubted)]
    for client in clients:
        ours = {event.exec_id for event in doubts if event.session == client.name}
        if ours != client.doubted:
            violate("{} doubts {}, the store has {}", client.name, client.doubted, ours)
    reported = [event.report for event in events if isinstance(event, ev.OrderReported)]
    changed = {report.exec_ref_id for report in reported}
    for event in doubts:
        if event.order_id and not event.venue and event.exec_id not in changed:
            violate("the doubt of {} goes to no venue", event.exec_id)
    for venue in venues:
        ours = {event.venue_exec_id or "" for event in doubts if event.venue == venue.name}
        if venue.doubted != ours | venue.strangers:
            heard, due = sorted(venue.doubted), sorted(ours | venue.strangers)
            violate("{} hears doubts of {}, due are {}", venue.name, heard, due)


def check_held(venues: list[Venue], held: HeldOrders, violate: Violate) -> None:
    """Nothing that was held for review came to a venue before its release was on record."""
    for venue in venues:
        for each in venue.book.values():
            released = held.released.get(each.of_order)
            if each.of_order in held.held and (released is None or each.came_at < released):
                violate("{} was held, and came to {}", each.of_order, venue.name)


def _check_direct(
    clients: list[Client],
    venues: list[Venue],
    events: list[Event],
    released: Container[str],
    violate: Violate,
) -> None:
    """A client with direct access knows of its orders what their venues say, if left alone."""
    forced = {event.order_id for event in events if isinstance(event, ChildForced)}
    at_venues = {
        order.of_order: order
        for venue in venues
        for order in venue.book.values()
        if order.is_direct
    }
    for client in clients:
        for order in client.orders.values():
            there = at_venues.get(order.order_id)
            if not client.is_direct or there is None or order.order_id in forced:
                continue
            ours, theirs = (order.status, order.quantity), (there.status, there.quantity)
            # What an order for an amount comes to is not heard of one that is rejected.
            if ours != theirs and (order.status, there.status) != (terms.REJECTED, terms.REJECTED):
                violate("{} is {} to its client, {} there", order.ticket.cl_ord_id, ours, theirs)
            told = Counter(report.exec_type for report in there.reports)
            heard = client.heard[order.order_id]
            for kind in _PASSED_ON:
                is_of_router = order.order_id in released and kind in _TOLD_OF_HELD
                if not is_of_router and heard[kind] != told[kind]:
                    violate(
                        "{}: ExecType {} was told {} times and heard {} times",
                        order.ticket.cl_ord_id, kind, told[kind], heard[kind],
                    )  # fmt: skip


def check_venues(venues: list[Venue], violate: Violate) -> None:
    """Nothing is left open at a venue."""
    for venue in venues:
        for each in venue.book.values():
            if each.is_open:
                violate("{} is still open at {}", each.cl_ord_id, venue.name)


def check_answers(clients: list[Client], violate: Violate) -> None:
    """Every order and request of a client is answered, every order has ended."""
    for client in clients:
        for order in client.orders.values():
            if not order.status:
                violate("{} was never answered", order.ticket.cl_ord_id)
            elif not order.is_final:
                violate("{} is still open: {}", order.ticket.cl_ord_id, order.status)
        for cl_ord_id, count in client.owed.items():
            if count > 0:
                violate("{} lacks {} answers", cl_ord_id, count)


def _check_fills(of_clients: dict[str, ClientOrder], venues: list[Venue], violate: Violate) -> None:
    """Fills reported to clients are the fills of the venues, order by order."""
    done: dict[str, Counter[Trade]] = {}
    for venue in venues:
        for order in venue.book.values():
            trades = done.setdefault(order.of_order, Counter())
            trades.update((fill.quantity, fill.price) for fill in order.fills)
    for order_id, client_order in of_clients.items():
        told = Counter((fill.quantity, fill.price) for fill in client_order.fills.values())
        at_venues = done.get(order_id, Counter())
        if told != at_venues:
            violate(
                "{} ({}): its client knows of fills {}, the venues of {}",
                order_id, client_order.ticket.cl_ord_id, _sums(told), _sums(at_venues),
            )  # fmt: skip


def _sums(trades: Counter[Trade]) -> str:
    return ", ".join(f"{n} x {qty} at {price}" for (qty, price), n in sorted(trades.items())) or "-"


def _check_executions(
    of_clients: dict[str, ClientOrder],
    venues: list[Venue],
    events: list[Event],
    violate: Violate,
) -> None:
    """Each execution of a venue is in the store once, and leads to one fill of one client."""
    stored: dict[tuple[str, str], str] = {}
    venue_of: dict[str, str] = {}
    for event in events:
        if isinstance(event, ev.ChildPlaced):
            venue_of[event.child_id] = event.venue
        elif isinstance(event, ev.OrderReported) and event.venue_exec_id is not None:
            key = venue_of[event.child_id or ""], event.venue_exec_id
            if key in stored and event.report.exec_ref_id != stored[key]:
                violate("execution {} of {} was booked twice", key[1], key[0])
            stored[key] = event.report.exec_id
    for venue in venues:
        for order in venue.book.values():
            for fill in order.fills:
                exec_id = stored.get((venue.name, fill.exec_id))
                order_id = order.of_order
                client_order = of_clients.get(order_id)
                fills = {} if client_order is None else client_order.fills
                told = [(f.quantity, f.price) for f in fills.values() if f.exec_id == exec_id]
                if told != [(fill.quantity, fill.price)]:
                    violate(
                        "execution {} of {} ({} at {}) came to the client as {}",
                        fill.exec_id, venue.name, fill.quantity, fill.price, told,
                    )  # fmt: skip


def positions_of(clients: Iterable[Client]) -> dict[tuple[str, str], Decimal]:
    """Return by account and symbol the sums of the executions that the clients know of."""
    sums: dict[tuple[str, str], Decimal] = {}
    for client in clients:
        for order in client.orders.values():
            sign = 1 if order.ticket.side == "1" else -1
            key = order.ticket.account, order.ticket.symbol
            sums[key] = sums.get(key, ZERO) + sign * order.filled
    return sums


def check_positions(
    state: State, sums: Mapping[tuple[str, str], Decimal], violate: Violate
) -> None:
    """Positions are the sums of the executions that the clients know of."""
    kept = {key: position.quantity for key, position in state.positions.items()}
    for key in sorted({*sums, *kept}):
        if sums.get(key, ZERO) != kept.get(key, ZERO):
            violate(
                "the position of {} is {}, executions make {}", key, kept.get(key), sums.get(key)
            )


def check_store(platter: Platter, live: State, events: list[Event], violate: Violate) -> None:
    """Folding the events gives the live state; re-running the commands gives the events."""
    folded = State()
    for event in events:
        apply(folded, event)
    for name, value in vars(live).items():
        if name in ("checks", "routes"):
            continue  # they hold functions; both come of ``rules``
        if getattr(folded, name) != value:
            violate("the store folds to another state: {} differs", name)
    again = State()
    stored = iter(platter.events)
    for command in platter.commands:
        for event in handle(again, command.command, command.at):
            expected = next(stored, None)
            if expected is None or (expected.command_id, expected.body) != (
                command.id,
                encode(event),
            ):
                violate("command {} leads to another event when it is run again", command.id)
                return
    if next(stored, None) is not None:
        violate("the commands lead to fewer events when they are run again")


def check_numbers(platter: Platter, peers: list[Peer], violate: Violate) -> None:
    """MsgSeqNum(34) is contiguous each way, in the store and at the counterparties."""
    of_session: dict[tuple[str, str], list[int]] = {}
    for record in platter.messages:
        of_session.setdefault((record.session, record.direction), []).append(record.msg_seq_num)
    for (session, direction), numbers in of_session.items():
        if direction == "out" and numbers != list(range(1, len(numbers) + 1)):
            violate("numbers sent to {} are not contiguous in the store", session)
        if direction == "in" and sorted(set(numbers)) != numbers:
            violate("numbers received from {} do not ascend in the store", session)
    for peer in peers:
        stored = platter.sessions[peer.name]
        live = peer.link.session
        next_out = stored.next_out - _crossed(peer, platter)
        if (stored.next_in, next_out) != (live.next_out, live.next_in):
            violate(
                "{}: the store has next in {}, next out {}; the counterparty out {}, in {}",
                peer.name, stored.next_in, stored.next_out, live.next_out, live.next_in,
            )  # fmt: skip
        if sorted(set(peer.received)) != peer.received:
            violate("{} took in numbers that do not ascend", peer.name)
        _check_received(peer, platter, violate)


def _crossed(peer: Peer, platter: Platter) -> int:
    """Return how many Heartbeats(0) of ours were answers that came when the peer was gone.

    Its TestRequest(1) crossed our Logout(5); what answers it is behind that, and heard by nobody.
    """
    sent = platter.sent.get((peer.name, 0), {})
    unheard = range(peer.link.session.next_in, platter.sessions[peer.name].next_out)
    kinds = [msg_type_of(sent[number]) for number in unheard if number in sent]
    return len(kinds) if set(kinds) == {b"0"} else 0


def _check_received(peer: Peer, platter: Platter, violate: Violate) -> None:
    """No message about an order lacks, but orders that became too old to be sent."""
    wanted = _RECEIVED_ALWAYS if peer.settings.overload.max_order_age_seconds else _RECEIVED
    received = set(peer.received)
    events = (stored.event for stored in platter.events)
    forced = {event.child_id for event in events if isinstance(event, ChildForced)}
    for number, raw in platter.sent.get((peer.name, 0), {}).items():
        is_wanted = msg_type_of(raw) in wanted and number not in received
        # What an operator has closed before it was sent does not go out any more.
        if is_wanted and value_of(raw, _CL_ORD_ID).decode() not in forced:
            violate("{} never got message {}", peer.name, number)


_CL_ORD_ID = 11
_PASSED_ON = (
    terms.STOPPED,
    terms.SUSPENDED,
    terms.CALCULATED,
    terms.RESTATED,
    terms.PENDING_NEW,
    terms.PENDING_CANCEL,
    terms.PENDING_REPLACE,
    terms.REPLACED,
)
"""What leads to no execution and ends nothing, and reaches a client with direct access as it is."""

_TOLD_OF_HELD = (terms.PENDING_NEW, terms.PENDING_REPLACE)
_RECEIVED_ALWAYS = frozenset({b"8", b"9", b"r", b"F", b"Q"})
_RECEIVED = _RECEIVED_ALWAYS | {b"D", b"G"}
