"""The router of the world: the real one, over all lives of its process."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from functools import partial
from random import Random
from typing import Any

from oms_fix.core.orders.state import State
from oms_fix.daemon.clock import SteadyClock
from oms_fix.daemon.closings import Closings
from oms_fix.daemon.control import ControlAnswer
from oms_fix.daemon.market import Market
from oms_fix.daemon.operations import Operations
from oms_fix.daemon.recovery import recover
from oms_fix.daemon.router import Router
from oms_fix.fix.timestamps import NANOSECONDS
from oms_fix.journal.carry import carried_of
from oms_fix.journal.records import StoreError
from oms_fix.model.commands import RenewOrders
from oms_fix.model.enums import TradingScope
from oms_fix.simulator.world.clock import Clock
from oms_fix.simulator.world.configuration import CONFIGURATION, ROUTER
from oms_fix.simulator.world.disk import Disk, DiskJournal, WorldReserve
from oms_fix.simulator.world.listening import WorldAcceptor
from oms_fix.simulator.world.loop import Process, VirtualLoop
from oms_fix.simulator.world.network import Network
from oms_fix.simulator.world.peer import Peer
from oms_fix.simulator.world.trace import Trace

Heard = Callable[[ControlAnswer], None]

_CLOCK_STEADY_NS = CONFIGURATION.settings.clock_steady_seconds * NANOSECONDS
OPERATOR = "operator"
_STEPS_TO_FALL = 20
_FALL_SECONDS = 1.0


class RouterProcess:
    """The router, killed and started again.

    Attributes:
        clock: its own; it may be wrong.
        disk: what survives it.
        process: its present life, or its last one.
        router: of the present life; None until it has recovered.
        has_stopped: it was told to stop, and has.
        is_ending_day: it was told to end a trading day, and has not stored that yet.
        recovered: called with the state that each life begins with.
        ended: called with the state that a life has come to.
    """

    def __init__(
        self,
        loop: VirtualLoop,
        network: Network,
        disk: Disk,
        trace: Trace,
        random: Random,
        market: Market,
    ) -> None:
        self.recovered: Callable[[State], None] = _nothing
        self.ended: Callable[[State], None] = _nothing
        self.clock = Clock(loop)
        self.disk = disk
        self.process = Process(ROUTER)
        self.process.alive = False
        self.router: Router | None = None
        self.has_stopped = False
        self._is_stopping = False  # nobody listens to operators any more
        self.is_ending_day = False
        self._loop = loop
        self._network = network
        self._trace = trace
        self._random = random
        self._market = market
        self._journal: DiskJournal | None = None
        self._operations: Operations | None = None
        self._closings: Closings | None = None

    @property
    def is_up(self) -> bool:
        """Whether all its sessions are logged on."""
        return self.process.alive and self.router is not None and not self.logged_out

    @property
    def logged_out(self) -> list[str]:
        """The sessions that are not logged on."""
        members = {} if self.router is None else self.router.sequencer.members
        return [name for name, each in members.items() if not each.link.session.logged_on]

    def agrees_with(self, peers: Iterable[Peer]) -> bool:
        """Whether all that was said was heard, and what is said will be.

        A connection may be dead, and nobody knows yet.
        """
        if self.router is None:
            return False
        for peer in peers:
            ours, theirs = self.router.sequencer.members[peer.name].link.session, peer.link.session
            numbers_agree = (ours.next_in, ours.next_out) == (theirs.next_out, theirs.next_in)
            if not (theirs.logged_on and numbers_agree and peer.is_connected):
                return False
        return True

    def start_if_dead(self) -> None:
        """Begin a life, unless there is one."""
        if not self.process.alive:
            self.start()

    def start(self) -> None:
        """Begin a life."""
        self.process = Process(ROUTER)
        self.process.on_last_step = partial(self.die, True)
        self.has_stopped = False
        self._is_stopping = False
        self.is_ending_day = False
        self._tell("starts")
        self._loop.call_for(self.process, self._loop.now, self._begin)

    def _begin(self) -> None:
        self._journal = self.disk.open()
        accept = partial(WorldAcceptor, self._network, self.process)
        clock = SteadyClock(_CLOCK_STEADY_NS, self.clock, self._monotonic)
        reserve = WorldReserve(self.disk)
        try:
            state = recover(self._journal, self.disk.base())
            self.recovered(state)
            if self._journal.ended_day is not None:
                self._journal.begin_next_file(carried_of(self._journal.ended_day, state))
            router = Router(
                CONFIGURATION,
                state,
                self._journal,
                clock,
                reserve,
                self._failed,
                accept,
                self._market,
            )
            router.load()
            self._closings = Closings(router.sequencer, router.alarms)
            self._closings.look()
        except StoreError as error:
            self._failed(error)
            return
        self.router = router
        sequencer, sessions, alarms = router.sequencer, router.sessions, router.alarms
        self._operations = Operations(CONFIGURATION, sequencer, sessions, alarms)
        self._loop.create_task(self._start(router, self._closings))

    def _monotonic(self) -> int:
        return int(self._loop.now * NANOSECONDS)

    async def _start(self, router: Router, closings: Closings) -> None:
        try:
            await router.start(asyncio.Event())
            closings.start()
        except StoreError as error:
            self._failed(error)

    def _failed(self, error: BaseException) -> None:
        """Fall, as the daemon does that cannot store."""
        self._tell("ends with an error: {!r}", error)
        if not isinstance(error, StoreError):
            self._trace.violate(self._loop.now, ROUTER, "failed: {!r}", error)
        self.kill_in(self._random.randrange(_STEPS_TO_FALL))

    def kill_in(self, steps: int) -> None:
        """Let it die after so many steps more, or when there are none."""
        if self.process.steps_left is None:
            self.process.steps_left = steps
            at = self._loop.now + _FALL_SECONDS
            self._loop.call_for(self.process, at, self.die, True)

    def die(self, others_are_told: bool) -> None:
        """End this life between two steps."""
        self.process.alive = False
        if self.router is not None:
            self.ended(self.router.sequencer.state)
        self.router = None
        if self._journal is not None:
            self._journal.close()
        self._network.drop(self.process, others_are_told=others_are_told)
        self._tell("is dead" if others_are_told else "is dead; nobody is told")

    def stop(self) -> None:
        """Have it end in good order."""
        self._tell("is told to stop")
        self._is_stopping = True
        assert self.router is not None, "it has started"
        work = partial(self._stop, self.router)
        self._loop.call_for(self.process, self._loop.now, self._begin_work, work)

    async def _stop(self, router: Router) -> None:
        assert self._closings is not None, "it has started"
        await self._closings.stop()
        await router.stop()
        self.has_stopped = True
        self.die(others_are_told=True)

    def end_day(self, day: str) -> None:
        """Have it end a trading day, unless it is just doing that."""
        is_busy = self._is_stopping or self.is_ending_day
        if self.process.alive and self.router is not None and not is_busy:
            self._tell("is to end the trading day {}", day)
            self.is_ending_day = True
            work = partial(self._end_day, self.router, day)
            self._loop.call_for(self.process, self._loop.now, self._begin_work, work)

    async def _end_day(self, router: Router, day: str) -> None:
        with suppress(StoreError):  # it falls
            router.sequencer.end_trading_day(day)
            await router.sequencer.committed()
            router.sequencer.execute(RenewOrders())
            self.is_ending_day = False
            self._tell("has ended the trading day {}", day)

    @property
    def disabled(self) -> list[str]:
        """The sessions that an operator has disabled."""
        return [] if self.router is None else sorted(self.router.sequencer.state.sessions_disabled)

    @property
    def reviews(self) -> list[str]:
        """OrderIDs(37) of what is held for review."""
        return [] if self.router is None else list(self.router.sequencer.state.reviews)

    @property
    def trading_states(self) -> list[tuple[TradingScope, str]]:
        """Scope and name of all that an operator has halted or reduces."""
        return [] if self.router is None else sorted(self.router.sequencer.state.trading_states)

    def operate(
        self, command: str, heard: Heard | None = None, by: str = OPERATOR, /, **arguments: str
    ) -> None:
        """Have an operator do something; ``heard`` gets the answer, if there is one."""
        if self.process.alive and self.router is not None and not self._is_stopping:
            if arguments:
                said = " ".join(arguments.values())
                self._tell("is told by its operator {}: {} {}", by, command, said)
            work = partial(self._operate, by, command, arguments, heard)
            self._loop.call_for(self.process, self._loop.now, self._begin_work, work)

    def _begin_work(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._loop.create_task(work())

    async def _operate(
        self, by: str, command: str, arguments: dict[str, str], heard: Heard | None
    ) -> None:
        assert self._operations is not None, "it has started"
        with suppress(StoreError):  # the operator is told so
            answer = await self._operations.handlers[command](by, arguments)
            if heard is not None:
                heard(answer)

    def _tell(self, text: str, *parts: object) -> None:
        self._trace.tell(self._loop.now, ROUTER, text, *parts)


def _nothing(_state: State) -> None:
    """Look at no state."""
