"""Operators' commands about trading states: halt, reduce, resume."""

from collections.abc import Mapping

from oms_fix.core.orders.state import State
from oms_fix.core.wording import allowed
from oms_fix.daemon.control import ControlAnswer, Handler
from oms_fix.daemon.instruments import known_symbols
from oms_fix.daemon.sequencer import Sequencer
from oms_fix.model.commands import SetTradingState
from oms_fix.model.enums import TradingScope, TradingState
from oms_fix.model.events import ChildCancelRequested, Event, OrderWithdrawn
from oms_fix.model.reasons import problem_of_reason

Arguments = Mapping[str, str]

_COMMANDS = {
    "halt": TradingState.HALTED,
    "reduce": TradingState.REDUCING,
    "resume": TradingState.ACTIVE,
}


class TradingStateOperations:
    """The commands ``oms-fix halt``, ``reduce`` and ``resume``.

    Args:
        sequencer: takes the commands.
    """

    def __init__(self, sequencer: Sequencer) -> None:
        self._sequencer = sequencer

    @property
    def handlers(self) -> dict[str, Handler]:
        """What the control server is to know."""
        return {name: self._handler(state) for name, state in _COMMANDS.items()}

    def _handler(self, state: TradingState) -> Handler:
        async def handle(operator: str, arguments: Arguments) -> ControlAnswer:
            given = arguments.get("scope", "")
            if given not in list(TradingScope):
                return _refused(f"no scope {given}; {allowed(given, TradingScope)}")
            command = SetTradingState(
                scope=TradingScope(given),
                name=arguments.get("name", ""),
                state=state,
                operator=operator,
                reason=arguments.get("reason", ""),
                cancel_open=arguments.get("cancel_open") == "yes",
            )
            problem = self._problem(command)
            if problem is not None:
                return _refused(problem)
            return _done(command, await self._sequencer.intervene(command))

        return handle

    def _problem(self, command: SetTradingState) -> str | None:
        """Return why a state cannot be set, or None."""
        scope, name = command.scope, command.name
        states = self._sequencer.state.trading_states
        there = states.get((scope, name))
        if command.state is TradingState.ACTIVE:
            others = [each.name for each in states.values() if each.scope is scope]
            hint = "" if scope is TradingScope.FIRM else f"; {allowed(name, others)}"
            return None if there else f"{_title(scope, name)} is active already{hint}"
        known = self._known(scope)
        if name not in known:
            return f"no {_title(scope, name)}; {allowed(name, known)}"
        if there is not None and there.state is command.state and not command.cancel_open:
            said = f"{there.state.value} already, by {there.operator}: {there.reason}"
            return f"{_title(scope, name)} is {said}"
        return problem_of_reason(command.reason)

    def _known(self, scope: TradingScope) -> set[str]:
        """Return what can be named: what is configured, and what open orders have all the same."""
        state, members = self._sequencer.state, self._sequencer.members.items()
        match scope:
            case TradingScope.FIRM:
                return {""}
            case TradingScope.CLIENT:
                of_orders = {order.session for order in state.orders.values() if order.is_open}
                return of_orders | {name for name, member in members if member.is_client}
            case TradingScope.ACCOUNT:
                accounts = (order.terms.account for order in state.orders.values() if order.is_open)
                return {*state.accounts, *(account for account in accounts if account)}
            case TradingScope.INSTRUMENT:
                return known_symbols(state)
            case TradingScope.VENUE:
                return {name for name, member in members if not member.is_client}


def lines_of(state: State) -> list[str]:
    """Return what is not active, and who has said so: for ``oms-fix status``."""
    return [
        f"{_title(each.scope, each.name)}: {each.state.value} by {each.operator}, {each.reason}"
        for each in state.trading_states.values()
    ]


def _title(scope: TradingScope, name: str) -> str:
    return f"{scope.value} {name}".rstrip()


def _done(command: SetTradingState, events: list[Event]) -> ControlAnswer:
    """Say what is so now, and how many orders and children venues are asked to cancel."""
    title = _title(command.scope, command.name)
    reason = f", {command.reason}" if command.reason else ""
    lines = [f"{title}: {command.state.value}{reason}"]
    if command.cancel_open:
        orders = sum(isinstance(each, OrderWithdrawn) for each in events)
        children = sum(isinstance(each, ChildCancelRequested) for each in events)
        lines.append(f"orders taken back: {orders}, cancels sent to venues: {children}")
    return ControlAnswer(done=True, lines=lines)


def _refused(line: str) -> ControlAnswer:
    return ControlAnswer(done=False, lines=[line])
