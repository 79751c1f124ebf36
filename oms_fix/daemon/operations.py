"""What operators can do to a running daemon; each change is journaled with the operator's name."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from pathlib import Path

import structlog
from msgspec import structs

from oms_fix.core.compliance.breaches import describe
from oms_fix.core.wording import allowed
from oms_fix.daemon import trading_states
from oms_fix.daemon.alarms import Alarms
from oms_fix.daemon.committer import Outage
from oms_fix.daemon.configuration import DaemonConfiguration, load, load_rules
from oms_fix.daemon.control import ControlAnswer, Handler
from oms_fix.daemon.instruments import InstrumentOperations
from oms_fix.daemon.member import Member
from oms_fix.daemon.order_operations import OrderOperations
from oms_fix.daemon.reviews import ReviewOperations
from oms_fix.daemon.sequencer import Sequencer
from oms_fix.daemon.sessions import Sessions, used_by_open_orders
from oms_fix.daemon.venues import VenueOperations
from oms_fix.fix.errors import FixError, LocalError
from oms_fix.fix.settings import SessionSettings
from oms_fix.fix.timestamps import format_timestamp
from oms_fix.model.circumstances import LimitsBreached
from oms_fix.model.commands import LoadRules, OperateSession
from oms_fix.model.enums import SessionOperation
from oms_fix.model.events import Event

Arguments = Mapping[str, str]

log = structlog.get_logger("oms_fix.operations")


class Operations:
    """The commands that come over the control socket, by name.

    Args:
        configuration: in force; sessions that are added or removed change it.
        sequencer: takes the commands.
        sessions: of the daemon.
        alarms: to be shown.
        of_process: returns lines about the process, to be shown, too.
    """

    def __init__(
        self,
        configuration: DaemonConfiguration,
        sequencer: Sequencer,
        sessions: Sessions,
        alarms: Alarms,
        of_process: Callable[[], list[str]] = list,
    ) -> None:
        self._configuration = configuration
        self._of_process = of_process
        self._sequencer = sequencer
        self._sessions = sessions
        self._alarms = alarms
        self._on_orders = OrderOperations(sequencer).handlers | ReviewOperations(sequencer).handlers
        self._one_at_a_time = asyncio.Lock()
        self._on_instruments = InstrumentOperations(sequencer).handlers
        self._on_venues = VenueOperations(sequencer).handlers
        self._on_states = trading_states.TradingStateOperations(sequencer).handlers
        self._closed = False

    async def close(self) -> None:
        """Wait for the command under way and refuse all others."""
        self._closed = True
        async with self._one_at_a_time:
            pass

    @property
    def handlers(self) -> dict[str, Handler]:
        """What the control server is to know."""
        on_session = {
            "show": self._show,
            "enable": self._enable,
            "disable": self._disable,
            "reset": self._reset,
            "set-seq": self._set_numbers,
            "remove": self._remove,
        }
        return {
            "reload": lambda operator, _arguments: self.reload(operator),
            "status": lambda _operator, _arguments: self._status(),
            "session list": lambda _operator, _arguments: self._list(),
            "session add": self._alone(self._add),
            **{name: self._alone(do) for name, do in self._on_instruments.items()},
            **{name: self._alone(do) for name, do in self._on_states.items()},
            **{name: self._alone(do) for name, do in self._on_venues.items()},
            **{
                f"session {name}": self._alone(self._on_member(do))
                for name, do in on_session.items()
            },
            **{name: self._alone(do) for name, do in self._on_orders.items()},
        }

    def _alone(self, do: Handler) -> Handler:
        """Return a handler that runs while no other one of its kind does."""

        async def handle(operator: str, arguments: Arguments) -> ControlAnswer:
            async with self._one_at_a_time:
                if self._closed:
                    return _refused("the daemon is stopping")
                if self._sequencer.outage is not None:
                    return _not_storable(self._sequencer.outage)
                return await do(operator, arguments)

        return handle

    # --- rules ----------------------------------------------------------------------------------

    async def reload(self, operator: str) -> ControlAnswer:
        """Load checks, routes and venues anew: all or nothing."""
        if self._sequencer.outage is not None:
            return _not_storable(self._sequencer.outage)
        loaded = await asyncio.to_thread(load_rules, self._configuration)
        in_force = self._sequencer.state.rules.version
        if isinstance(loaded, list):
            problems = [str(each) for each in loaded]
            log.error("reload_refused", operator=operator, problems=problems)
            return _refused(*problems, f"the rules {in_force} stay in force")
        if loaded.version == in_force:
            return _done(f"unchanged: rules {in_force}")
        events = await self._sequencer.intervene(LoadRules(loaded, operator))
        log.info("reloaded", operator=operator, version=loaded.version)
        checks, routes = len(loaded.checks), len(loaded.routes)
        in_force = f"in force: rules {loaded.version} ({checks} checks, {routes} routes)"
        return _done(in_force, *_breaches(events))

    async def _status(self) -> ControlAnswer:
        """What one wants to know first of a running daemon."""
        state = self._sequencer.state
        open_orders = sum(order.is_open for order in state.orders.values())
        lines = [
            f"rules {state.rules.version}, reference data {state.reference_version}",
            f"orders {len(state.orders)}, of them open {open_orders}",
            *self._of_process(),
        ]
        sessions = [
            f"{row['role']} {row['session']}: {row['state']}, next in {row['next_in']},"
            f" next out {row['next_out']}"
            for row in self._rows()
        ]
        alarms = [
            f"ALARM {alarm.name} since {format_timestamp(alarm.since).decode()}: {alarm.text}"
            for alarm in self._alarms.all
        ]
        if state.reviews:
            lines.append(f"held for review {len(state.reviews)}: see oms-fix review list")
        states = trading_states.lines_of(state)
        return _done(*alarms, *lines, *states, *sessions, *self._reconciliations(), *self._forced())

    # --- sessions -------------------------------------------------------------------------------

    async def _list(self) -> ControlAnswer:
        return ControlAnswer(done=True, rows=self._rows())

    def _rows(self) -> list[dict[str, str | int]]:
        return [self._row(member) for _, member in sorted(self._sequencer.members.items())]

    def _row(self, member: Member) -> dict[str, str | int]:
        row = _row(member)
        under_way = self._sequencer.state.reconciliations.get(member.name)
        if under_way is not None:
            left = len(under_way.unsettled)
            silent = f", silent {under_way.attempts} times" if under_way.attempts else ""
            left_of = f"{left} of {under_way.children} to go{silent}"
            row["state"] = f"{row['state']}, reconciling: {left_of}"
        return row

    def _reconciliations(self) -> Iterator[str]:
        """Yield what came of each venue's last reconciliation, with its latest differences."""
        state = self._sequencer.state
        for venue, last in sorted((state.last_reconciliations | state.reconciliations).items()):
            done = "reconciling" if venue in state.reconciliations else "reconciled"
            found = f"{last.children} orders, {last.differences} differences"
            yield f"venue {venue}: {done}, {found}"
            yield from (f"venue {venue}: {text}" for text in last.latest_differences)

    def _forced(self) -> Iterator[str]:
        """Yield what operators have closed and venues have yet to say how it ended."""
        for child in self._sequencer.state.unsettled_children.values():
            if child.forced:
                unsaid = f"{child.venue} has not confirmed it"
                yield f"child {child.child_id}: closed by an operator, {unsaid}"

    def _on_member(
        self, do: Callable[[str, Member, Arguments], Awaitable[ControlAnswer]]
    ) -> Handler:
        """Return a handler that finds the session that the arguments name."""

        async def handle(operator: str, arguments: Arguments) -> ControlAnswer:
            name = arguments.get("session", "")
            member = self._sequencer.members.get(name)
            if member is None:
                return _refused(f"no session {name}; {allowed(name, self._sequencer.members)}")
            try:
                return await do(operator, member, arguments)
            except LocalError as error:
                return _refused(str(error))

        return handle

    async def _journal(
        self,
        operator: str,
        member: Member,
        operation: SessionOperation,
        details: str = "",
        template: str = "",
    ) -> ControlAnswer:
        command = OperateSession(member.name, operation, operator, details, template)
        await self._sequencer.intervene(command)
        log.info("session_operated", session=member.name, operation=operation, operator=operator)
        return _done(f"{member.name}: {operation.value} {details}".rstrip())

    async def _show(self, _operator: str, member: Member, _arguments: Arguments) -> ControlAnswer:
        settings = member.link.session.settings
        client_side = f"{settings.socket_accept_host}:{settings.socket_accept_port}"
        venue_side = f"{settings.socket_connect_host}:{settings.socket_connect_port}"
        tolerated = sum(member.link.session.tolerated.values())
        details: dict[str, str | int] = {
            "begin_string": settings.begin_string,
            "sender_comp_id": settings.sender_comp_id,
            "target_comp_id": settings.target_comp_id,
            "address": client_side if member.is_client else venue_side,
            "epoch": member.epoch,
            "tolerated_fields": tolerated,
            "template": settings.of_template or "",
        }
        return ControlAnswer(done=True, rows=[self._row(member) | details])

    async def _enable(self, operator: str, member: Member, _arguments: Arguments) -> ControlAnswer:
        member.link.enabled = True
        return await self._journal(operator, member, SessionOperation.ENABLE)

    async def _disable(self, operator: str, member: Member, _arguments: Arguments) -> ControlAnswer:
        answer = await self._journal(operator, member, SessionOperation.DISABLE)
        member.link.enabled = False
        member.link.logout("session is disabled")
        return answer

    async def _reset(self, operator: str, member: Member, _arguments: Arguments) -> ControlAnswer:
        answer = await self._journal(operator, member, SessionOperation.RESET)
        member.link.reset()
        await self._sequencer.committed()
        return answer

    async def _set_numbers(
        self, operator: str, member: Member, arguments: Arguments
    ) -> ControlAnswer:
        session = member.link.session
        try:
            next_in = int(arguments.get("next_in") or session.next_in)
            next_out = int(arguments.get("next_out") or session.next_out)
        except ValueError:
            return _refused("a sequence number is a whole number from 1 on")
        before = f"(were {session.next_in} and {session.next_out})"
        member.link.set_numbers(next_in, next_out)
        details = f"next in {next_in}, next out {next_out} {before}"
        return await self._journal(operator, member, SessionOperation.SET_SEQ, details)

    async def _remove(self, operator: str, member: Member, _arguments: Arguments) -> ControlAnswer:
        if member.name in used_by_open_orders(self._sequencer.state):
            return _refused(f"{member.name} has open orders; cancel them, or disable the session")
        # From here on it gets no orders; what was under way is looked at when it is logged out.
        answer = await self._journal(operator, member, SessionOperation.REMOVE)
        member.link.enabled = False
        if await self._sessions.remove(member.name):
            self._configuration = _without(self._configuration, member.name)
            return answer
        member.link.enabled = True
        template = member.link.session.settings.of_template
        again = SessionOperation.ADD if template else SessionOperation.ENABLE
        why = "orders came in meanwhile"
        await self._journal(operator, member, again, why, template or "")
        return _refused(f"{member.name} is kept: orders came in meanwhile")

    async def _add(self, operator: str, arguments: Arguments) -> ControlAnswer:
        """Bring up a session as the .cfg file has it now; one that is there is changed to that."""
        name = arguments.get("session", "")
        loaded = await asyncio.to_thread(load, Path(self._configuration.settings.path))
        if isinstance(loaded, list):
            return _refused(*(str(problem) for problem in loaded))
        found = {each.name: each for each in (*loaded.clients, *loaded.venues)}
        if name not in found:
            return _refused(f"no session {name} in the .cfg files; {allowed(name, found)}")
        if found[name].acceptor_template:
            return _refused(f"{name} is a template; templates are read at the start")
        return await self._bring_up(operator, found[name], loaded)

    async def _bring_up(
        self, operator: str, settings: SessionSettings, loaded: DaemonConfiguration
    ) -> ControlAnswer:
        name = settings.name
        current = self._sequencer.members.get(name)
        if current is not None and _same(current.link.session.settings, settings):
            return _done(f"{name}: unchanged")
        try:
            if current is None:
                await self._sessions.add(settings)
            else:
                await self._sessions.change(settings)
        except (FixError, OSError) as error:
            return _refused(f"{name}: {error}")
        rest = _without(self._configuration, name)
        side = "clients" if settings in loaded.clients else "venues"
        self._configuration = structs.replace(rest, **{side: (*getattr(rest, side), settings)})
        operation = SessionOperation.ADD if current is None else SessionOperation.CHANGE
        answer = await self._journal(operator, self._sequencer.members[name], operation)
        self._sessions.link(name).enabled = name not in self._sequencer.state.sessions_disabled
        return answer


def _row(member: Member) -> dict[str, str | int]:
    session, transport = member.link.session, member.link.transport
    state = "logged on" if session.logged_on else "not logged on"
    peer = None if transport is None else transport.get_extra_info("peername")
    return {
        "session": member.name,
        "role": "client" if member.is_client else "venue",
        "version": session.application_version,
        "state": state if member.link.enabled else f"disabled, {state}",
        "next_in": session.next_in,
        "next_out": session.next_out,
        "peer": "" if peer is None else f"{peer[0]}:{peer[1]}",
    }


def _same(one: SessionSettings, other: SessionSettings) -> bool:
    """Whether settings agree, wherever in the file they stand."""
    return structs.replace(one, line=0) == structs.replace(other, line=0)


def _without(configuration: DaemonConfiguration, name: str) -> DaemonConfiguration:
    return structs.replace(
        configuration,
        clients=tuple(each for each in configuration.clients if each.name != name),
        venues=tuple(each for each in configuration.venues if each.name != name),
    )


def _breaches(events: Iterable[Event]) -> Iterator[str]:
    """Yield what is above its limit by rules that were loaded, a line each."""
    for event in events:
        if isinstance(event, LimitsBreached):
            count = len(event.breaches) + event.more
            yield f"above limits already: {count}; they stay, orders to come are judged by them"
            yield from describe(event)


def _done(*lines: str) -> ControlAnswer:
    return ControlAnswer(done=True, lines=list(lines))


def _not_storable(outage: Outage) -> ControlAnswer:
    """Refuse at once what would else be carried out at some time, when nobody expects it."""
    return _refused(f"nothing can be stored: {outage.error}")


def _refused(*lines: str) -> ControlAnswer:
    return ControlAnswer(done=False, lines=list(lines))
