"""One world from its beginning to its rest: a function of a seed and of limits.

For a while clients send orders and things go wrong. Then nothing goes wrong any more, the clients
cancel what is open, and when all is quiet the router is stopped and the books are compared.
"""

import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

from msgspec import Struct

from oms_fix.core.orders.state import State
from oms_fix.fix.session_messages import value_of
from oms_fix.journal.records import StoreError
from oms_fix.model.operations import OrderOperated
from oms_fix.simulator.configuration import other_end
from oms_fix.simulator.world import checks, totals
from oms_fix.simulator.world.client import Client
from oms_fix.simulator.world.configuration import CONFIGURATION, ROUTER
from oms_fix.simulator.world.disk import Disk
from oms_fix.simulator.world.faults import Faults
from oms_fix.simulator.world.halting import Halting
from oms_fix.simulator.world.logs import Logs
from oms_fix.simulator.world.loop import Process, VirtualLoop
from oms_fix.simulator.world.market import WorldMarket
from oms_fix.simulator.world.network import Network
from oms_fix.simulator.world.night import Night
from oms_fix.simulator.world.observer import EventObserver
from oms_fix.simulator.world.operators import Operators
from oms_fix.simulator.world.peer import Peer, Surroundings
from oms_fix.simulator.world.reviewers import Reviewers
from oms_fix.simulator.world.router import RouterProcess
from oms_fix.simulator.world.trace import Trace
from oms_fix.simulator.world.venue import Venue

_OPENING_SECONDS = 1.0
_GAP_SECONDS = 0.12
_AT_ONCE_SHARE = 0.3
_FAULT_SHARE = 0.09
_TOUCH_SHARE = 0.35
_RESTART_SHARE = 0.1
_AFTERMATH_SECONDS = 3.0
_REST_SECONDS_MAX = 240.0
_STOP_SECONDS_MAX = 60.0
_LOOK_SECONDS = 0.5
_DISK_SECONDS = 0.002
_SLOW_DISK_SHARE, _SLOW_DISK_FACTOR = 0.02, 50
_WAITING_DISK_SHARE = 0.7  # of the worlds
_FOREVER = 1e9
_END_OF_MESSAGE = b"\x0110="
_MSG_SEQ_NUM, _POSS_DUP_FLAG, _TARGET_COMP_ID = 34, 43, 56


class Limits(Struct, frozen=True):
    """How much of a run there is.

    Attributes:
        orders: that the clients send.
        actions: after so many actions of clients and faults the world comes to rest; None: after
            the last order.
    """

    orders: int
    actions: int | None = None


class World:
    """A world.

    Args:
        seed: decides everything.
        limits: on the run.
        store: a path for a real SQLite file; None keeps the store in memory.

    Attributes:
        trace: what has happened.
        seed: as given.
        actions: of clients, and faults, so far.
        orders: sent so far.
    """

    def __init__(self, seed: int, limits: Limits, store: Path | None = None) -> None:
        self.seed = seed
        self._limits = limits
        self.trace = Trace()
        self.actions = 0
        self.orders = 0
        self._is_calm = False
        self._state = State()
        self._random = self._source("world")
        job_times = partial(_job_times, self._source("disk"))
        self.loop = VirtualLoop(job_times, self._raised)  # type: ignore[abstract]  # what is used is there
        self._network = Network(self.loop, self._source("network"))
        self._network.watch = self._watch
        self._observer = EventObserver(
            self._violate, self._operated, lambda: self.loop.now, self._worked
        )
        waits = self._source("disk").random() < _WAITING_DISK_SHARE
        self.disk = Disk(self._observer, store, waits)
        chance = self._source(ROUTER)
        market = WorldMarket(self._source("market"))
        self._router = RouterProcess(
            self.loop, self._network, self.disk, self.trace, chance, market
        )
        self._router.recovered, self._router.ended = self._recovered, self._ended
        self.clients = [Client(other_end(s), self._around(s.name)) for s in CONFIGURATION.clients]
        self.venues = [Venue(other_end(s), self._around(s.name)) for s in CONFIGURATION.venues]
        self._peers: list[Peer] = [*self.clients, *self.venues]
        around = self._around("operators")
        self._operators = Operators(around, self._router, self.clients, self.venues)
        self._halting = Halting(self._around("halting"), self._router)
        self._faults = Faults(
            self._around("faults"),
            self._router,
            self._operators,
            self._halting,
            self.clients,
            self._peers,
        )
        self._reviewers = Reviewers(self._around("reviewers"), self._router, self._violate)
        self._night = Night(
            self._source("night"),
            self.loop,
            self._router,
            self._faults,
            self._reviewers,
            self._observer,
            self.clients,
            self.venues,
        )

    def _source(self, name: str) -> Random:
        return Random(f"{self.seed}/{name}")  # noqa: S311 - a game, and to be repeated

    def _around(self, name: str) -> Surroundings:
        return Surroundings(self.loop, self._network, self.trace, self._source(name))

    def _violate(self, text: str, *parts: object) -> None:
        self.trace.violate(self.loop.now, "world", text, *parts)

    def _operated(self, event: OrderOperated) -> None:
        self._operators.stored(event)

    def _worked(self, order_id: str) -> None:
        for peer in self._peers:
            peer.worked.add(order_id)

    def _recovered(self, state: State) -> None:
        """What operators have set is as it was stored, whatever the state was made of."""
        stored = self._observer.trading.in_force
        found = {key: each.state for key, each in state.trading_states.items()}
        if found != stored:
            self._violate("trading states are {} after a start, stored are {}", found, stored)
        totals.check_kept(state, self._violate)
        totals.check_open(state, self._observer.open, self._violate)

    def _ended(self, state: State) -> None:
        totals.check_kept(state, self._violate)

    def _watch(self, owner: Process, data: bytes) -> None:
        """See that what leaves the router is stored, whatever it is."""
        if owner.name != ROUTER:
            return
        for raw in data.split(_END_OF_MESSAGE)[:-1]:
            peer, number = value_of(raw, _TARGET_COMP_ID).decode(), int(value_of(raw, _MSG_SEQ_NUM))
            is_again = value_of(raw, _POSS_DUP_FLAG) == b"Y"
            if not is_again and number not in self.disk.platter.sent.get((peer, 0), ()):
                self._violate("message {} to {} leaves before it is stored", number, peer)

    def _raised(self, owner: Process | None, error: BaseException) -> None:
        """Judge what a step has raised: a failing disk may end the router, nothing else may."""
        if not isinstance(error, StoreError):
            where = traceback.extract_tb(error.__traceback__)[-1:]
            place = f"{Path(where[0].filename).name}:{where[0].lineno}" if where else "?"
            name = "world" if owner is None else owner.name
            self._violate("{} raised {!r} at {}", name, error, place)

    # --- the run --------------------------------------------------------------------------------

    def run(self) -> None:
        """Run until all is quiet, then compare the books; ``trace`` has what came of it."""
        with Logs(self.loop, self.trace):
            try:
                self._live()
                if self._come_to_rest() and self._stop():
                    self._compare()
            finally:
                self.loop.bury()

    def _live(self) -> None:
        for peer in self._peers:
            peer.start()
        self._router.start()
        self._reviewers.start()
        self._later(_OPENING_SECONDS, self._act)
        self.loop.run_until(_FOREVER, is_done=lambda: self._is_calm)

    def _later(self, seconds: float, do: Callable[[], None]) -> None:
        self.loop.call_for(None, self.loop.now + seconds, do)

    def _act(self) -> None:
        """Let the next thing happen, and the one after it a little later."""
        actions_max = self._limits.actions
        is_over = actions_max is not None and self.actions >= actions_max
        if is_over or self.orders >= self._limits.orders:
            self._later(_AFTERMATH_SECONDS, self._calm)
            return
        self.actions += 1
        if self.actions == self._night.after:
            self.trace.tell(self.loop.now, "world", "lets it be night")
            self._night.pass_by(self._act)
            return
        gap = self._random.expovariate(1 / _GAP_SECONDS)
        # First, lest the world go on for ever without anything done if this raises.
        self._later(0 if self._random.random() < _AT_ONCE_SHARE else gap, self._act)
        self._do_something()
        if self._random.random() < _RESTART_SHARE:
            self._router.start_if_dead()

    def _do_something(self) -> None:
        number = self._random.random()
        client = self._random.choice(self.clients)
        if number < _FAULT_SHARE:
            self._faults.one()
        elif number < _FAULT_SHARE + _TOUCH_SHARE:
            client.soon(client.touch)
        elif client.process.alive:
            self.orders += 1
            client.soon(client.new_order)

    def _calm(self) -> None:
        self.trace.tell(self.loop.now, "world", "nothing goes wrong any more")
        self._is_calm = True
        self._reviewers.is_calm = True
        for peer in self._peers:
            peer.is_calm = True
        self._faults.end()

    def _come_to_rest(self) -> bool:
        end = self.loop.now + _REST_SECONDS_MAX
        while self.loop.now < end:
            self._faults.revive()
            for client in self.clients:
                client.soon(client.cancel_all)
            self._operators.cancel_forced()
            self.loop.run_until(self.loop.now + _LOOK_SECONDS)
            if self._is_quiet:
                self.loop.run_until(self.loop.now + _LOOK_SECONDS)
                return True
        self._violate("no rest within {} s", _REST_SECONDS_MAX)
        for name in self._router.logged_out:
            self._violate("session {} is not logged on", name)
        checks.check_answers(self.clients, self._violate)
        checks.check_venues(self.venues, self._violate)
        return False

    @property
    def _is_quiet(self) -> bool:
        return (
            self._router.is_up
            and self._router.agrees_with(self._peers)
            and all(client.is_content for client in self.clients)
            and not any(venue.has_open_orders for venue in self.venues)
        )

    def _stop(self) -> bool:
        """Stop the router in good order, so that both sides know all that was said."""
        if self._router.router is None:
            self._violate("the router has died when all was quiet")
            return False
        self._state = self._router.router.sequencer.state
        self._router.stop()
        end = self.loop.now + _STOP_SECONDS_MAX
        self.loop.run_until(end, is_done=lambda: self._router.has_stopped)
        if not self._router.has_stopped:
            self._violate("the router does not stop within {} s", _STOP_SECONDS_MAX)
        return self._router.has_stopped

    def _compare(self) -> None:
        platter = self.disk.platter
        events = [stored.event for stored in platter.events]
        checks.check_answers(self.clients, self._violate)
        checks.check_venues(self.venues, self._violate)
        held = self._observer.reviews
        checks.check_ledgers(self.clients, self.venues, events, held.released, self._violate)
        checks.check_held(self.venues, held, self._violate)
        self._reviewers.check(events)
        self._halting.check(platter, self._observer.trading.orders, self._violate)
        self._operators.check(events, self._violate)
        positions = checks.positions_of(self.clients)
        checks.check_positions(self._state, positions, self._violate)
        totals.check_at_rest(self._state, positions, events, self._violate)
        checks.check_store(platter, self._state, events, self._violate)
        checks.check_numbers(platter, self._peers, self._violate)


def _job_times(random: Random) -> tuple[float, float]:
    """Return how long a job on the disk takes, and until the loop hears of it."""
    factor = _SLOW_DISK_FACTOR if random.random() < _SLOW_DISK_SHARE else 1
    return random.random() * _DISK_SECONDS * factor, random.random() * _DISK_SECONDS
