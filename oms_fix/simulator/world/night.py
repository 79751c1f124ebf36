"""A night of the world: nobody does anything, and before the morning shares are split.

A corporate action comes when all is quiet: an order that has a request on its way is in units of
before and after at once, and is followed by nobody.
"""

from collections.abc import Callable, Iterator
from random import Random

from oms_fix.simulator.world.client import Client
from oms_fix.simulator.world.client_order import ClientOrder
from oms_fix.simulator.world.faults import Faults
from oms_fix.simulator.world.liberties import split
from oms_fix.simulator.world.loop import VirtualLoop
from oms_fix.simulator.world.observer import EventObserver
from oms_fix.simulator.world.reviewers import Reviewers
from oms_fix.simulator.world.router import RouterProcess
from oms_fix.simulator.world.venue import Venue
from oms_fix.simulator.world.venue_order import VenueOrder

SPLIT = ("DIRECT", "FALL")
"""Symbols of no market that closes, whose orders go to one venue."""
_FIRST_ACTION, _LAST_ACTION = 20, 200
_LOOK_SECONDS = 0.5
_LOOKS_MAX = 160
_LONG_SHARE = 0.15
_SPLIT_CHANCE = 0.9


class Night:
    """The night of a world, after one of its actions.

    Args:
        random: a source of its own.
        loop: of the world.
        router: of the world.
        faults: end and go on.
        reviewers: now and then sleep, too, and what is held is refused in time.
        observer: knows which orders are at one venue.
        clients: sleep.
        venues: sleep, when they have answered what they were asked.

    Attributes:
        after: so many actions it comes.
    """

    def __init__(
        self,
        random: Random,
        loop: VirtualLoop,
        router: RouterProcess,
        faults: Faults,
        reviewers: Reviewers,
        observer: EventObserver,
        clients: list[Client],
        venues: list[Venue],
    ) -> None:
        self.after = random.randrange(_FIRST_ACTION, _LAST_ACTION)
        self._random = random
        self._loop = loop
        self._router = router
        self._faults = faults
        self._reviewers = reviewers
        self._observer = observer
        self._clients = clients
        self._venues = venues
        self._looks = 0
        self._is_split = False

    def pass_by(self, then: Callable[[], None]) -> None:
        """Let all come to rest, split shares, let all be heard; then go on."""
        for venue in self._venues:
            venue.is_calm = True
        self._faults.end()
        self._reviewers.is_asleep = self._random.random() < _LONG_SHARE
        self._look_later(then)  # somebody may just be about to do something

    def _look(self, then: Callable[[], None]) -> None:
        self._looks += 1
        self._faults.revive()
        if (self._is_quiet and self._is_split) or self._looks > _LOOKS_MAX:
            for venue in self._venues:
                venue.is_calm = False
            self._faults.go_on()
            self._reviewers.is_asleep = False
            then()
            return
        if self._is_quiet:
            self._observer.check_waiting()
            self._is_split = True
            for venue, order in list(self._orders_to_split()):
                split(order, self._random, venue.tell_of)
        self._look_later(then)

    def _look_later(self, then: Callable[[], None]) -> None:
        self._loop.call_for(None, self._loop.now + _LOOK_SECONDS, lambda: self._look(then))

    @property
    def _is_quiet(self) -> bool:
        """Whether all was heard and answered, and nothing keeps the router from working."""
        is_idle = not (self._router.disabled or self._router.trading_states)
        is_answered = not any(
            order.request and not order.is_final
            for client in self._clients
            for order in client.orders.values()
        )
        is_on_phone = any(
            order.is_on_phone for venue in self._venues for order in venue.book.values()
        )
        agrees = self._router.is_up and self._router.agrees_with([*self._clients, *self._venues])
        is_decided = not self._router.reviews
        return is_idle and is_decided and is_answered and agrees and not is_on_phone

    def _orders_to_split(self) -> Iterator[tuple[Venue, VenueOrder]]:
        of_clients = {
            order.order_id: order
            for client in self._clients
            for order in client.orders.values()
            if order.order_id
        }
        for venue in self._venues:
            for order in venue.book.values():
                order_id = order.of_order
                is_split = order.terms.symbol in SPLIT and self._random.random() < _SPLIT_CHANCE
                if is_split and self._is_ready(order, of_clients.get(order_id)):
                    yield venue, order

    def _is_ready(self, order: VenueOrder, of_client: ClientOrder | None) -> bool:
        """Whether venue and client agree on an order that is open, and all of it is there."""
        if (
            of_client is None
            or of_client.is_final
            or not order.status
            or not order.leaves_qty
            or order.requests
        ):
            return False
        ours, theirs = (of_client.quantity, of_client.filled), (order.quantity, order.cum_qty)
        return ours == theirs and self._observer.is_whole(of_client.order_id)
