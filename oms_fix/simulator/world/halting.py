"""Operators who halt, reduce and resume trading, and what venues must not get meanwhile."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from msgspec import Struct

from oms_fix.daemon.control import ControlAnswer
from oms_fix.fix.session_messages import msg_type_of, value_of
from oms_fix.model.enums import TradingScope
from oms_fix.model.events import OrderCaptured
from oms_fix.simulator.world.configuration import (
    ACCOUNTS,
    CLIENT_VERSIONS,
    DIRECT_ACCOUNT,
    TRADED,
    VENUE_VERSIONS,
    WORKED_ACCOUNT,
)
from oms_fix.simulator.world.disk import Platter
from oms_fix.simulator.world.peer import Surroundings
from oms_fix.simulator.world.router import RouterProcess
from oms_fix.simulator.world.routes import DIRECT_VERSIONS
from oms_fix.simulator.world.scopes import Scope, scopes_of

Violate = Callable[..., None]
Numbers = dict[str, int]

_SECONDS_MAX = 8
_FIRM_SECONDS_MAX = 3
_CL_ORD_ID = 11
_SCOPES: Mapping[TradingScope, Sequence[str]] = {
    TradingScope.INSTRUMENT: TRADED,
    TradingScope.ACCOUNT: (*ACCOUNTS, DIRECT_ACCOUNT, WORKED_ACCOUNT),
    TradingScope.CLIENT: (*CLIENT_VERSIONS, *DIRECT_VERSIONS),
    TradingScope.VENUE: tuple(VENUE_VERSIONS),
    TradingScope.FIRM: ("",),
}


class Halt(Struct):
    """A halt that an operator was told to be in force.

    ``since`` and ``until`` are the next MsgSeqNum(34) to each venue: when the operator was
    answered, and when one asked for something else.
    """

    scope: TradingScope
    name: str
    since: Numbers
    until: Numbers | None = None


class Halting:
    """Changes trading states.

    Args:
        around: the world.
        router: of the world.
    """

    def __init__(self, around: Surroundings, router: RouterProcess) -> None:
        self._loop = around.loop
        self._random = around.random
        self._router = router
        self._halts: list[Halt] = []
        self._asked: Counter[Scope] = Counter()

    def halt(self) -> None:
        """Have trading halted somewhere, and resumed soon."""
        self._set_state("halt")

    def reduce(self) -> None:
        """Have positions only reduced somewhere, and trading resumed soon."""
        self._set_state("reduce")

    def _set_state(self, command: str) -> None:
        scope = self._random.choice(list(_SCOPES))
        name = self._random.choice(_SCOPES[scope])
        more = {"reason": "news", "cancel_open": self._random.choice(("", "", "yes"))}
        self._command(command, scope, name, more)
        longest = _FIRM_SECONDS_MAX if scope is TradingScope.FIRM else _SECONDS_MAX
        at = self._loop.now + self._random.random() * longest
        self._loop.call_for(None, at, partial(self._command, "resume", scope, name, {}))

    def resume_all(self) -> None:
        """Have trading go on everywhere."""
        for scope, name in self._router.trading_states:
            self._command("resume", scope, name, {})

    def _command(self, command: str, scope: TradingScope, name: str, more: dict[str, str]) -> None:
        numbers = self._numbers()
        self._asked[scope, name] += 1
        for halt in self._halts:
            if numbers and (halt.scope, halt.name, halt.until) == (scope, name, None):
                halt.until = numbers
        asked = self._asked[scope, name]
        heard = partial(self._halted, (scope, name), asked) if command == "halt" else None
        self._router.operate(command, heard, scope=scope.value, name=name, **more)

    def _halted(self, where: Scope, asked: int, answer: ControlAnswer) -> None:
        if answer.done and self._asked[where] == asked:  # else something else is asked for by now
            self._halts.append(Halt(*where, self._numbers()))

    def _numbers(self) -> Numbers:
        """Return the next MsgSeqNum(34) to each venue; nothing while the router is dead."""
        if self._router.router is None:
            return {}
        members = self._router.router.sequencer.members
        return {name: members[name].link.session.next_out for name in VENUE_VERSIONS}

    def check(
        self, platter: Platter, orders: Mapping[str, OrderCaptured], violate: Violate
    ) -> None:
        """No venue got a new order of what was halted, that was sent after the halt was told."""
        for venue in VENUE_VERSIONS:
            for number, raw in platter.sent.get((venue, 0), {}).items():
                if msg_type_of(raw) == b"D":
                    cl_ord_id = value_of(raw, _CL_ORD_ID).decode()
                    order = orders[cl_ord_id.rpartition(".")[0]]
                    for halt in self._halts_at(venue, number):
                        if (halt.scope, halt.name) in scopes_of(order, venue):
                            violate("{} came to {}: {} is halted", cl_ord_id, venue, halt)

    def _halts_at(self, venue: str, number: int) -> list[Halt]:
        return [
            halt
            for halt in self._halts
            if halt.since[venue] <= number and (halt.until is None or number < halt.until[venue])
        ]
