"""Operators' commands about venues: how each answers, and to restore one that is suspended."""

from collections.abc import Mapping
from decimal import Decimal

from oms_fix.blotter.wording import number
from oms_fix.core.orders.health import time_of_day
from oms_fix.core.orders.order import ZERO
from oms_fix.core.orders.state import State
from oms_fix.core.orders.venue_record import VenueRecord, milliseconds
from oms_fix.core.wording import allowed
from oms_fix.daemon.control import ControlAnswer, Handler
from oms_fix.daemon.member import Member
from oms_fix.daemon.sequencer import Sequencer
from oms_fix.model.markets import NANOSECONDS
from oms_fix.model.reasons import problem_of_reason
from oms_fix.model.venue_health import Answer, RestoreVenue
from oms_fix.model.venues import VenueTerms

Arguments = Mapping[str, str]
Row = dict[str, str | int]


class VenueOperations:
    """The commands ``oms-fix venues`` and ``oms-fix venues --restore``.

    Args:
        sequencer: takes the commands.
    """

    def __init__(self, sequencer: Sequencer) -> None:
        self._sequencer = sequencer

    @property
    def handlers(self) -> dict[str, Handler]:
        """What the control server is to know."""
        return {"venues": self._list, "venues restore": self._restore}

    async def _list(self, _operator: str, _arguments: Arguments) -> ControlAnswer:
        state, now = self._sequencer.state, self._sequencer.clock()
        members = sorted(self._sequencer.members.items())
        rows = [_row(state, member, now) for _, member in members if not member.is_client]
        return ControlAnswer(done=True, rows=rows)

    async def _restore(self, operator: str, arguments: Arguments) -> ControlAnswer:
        venue, reason = arguments.get("venue", ""), arguments.get("reason", "")
        records = self._sequencer.state.venue_records
        if venue not in records:
            return _refused(f"no venue {venue} that venues.yaml names; {allowed(venue, records)}")
        if records[venue].suspended_until is None:
            return _refused(f"venue {venue} is not suspended")
        problem = problem_of_reason(reason)
        if problem is not None:
            return _refused(problem)
        await self._sequencer.intervene(RestoreVenue(venue, operator, reason))
        return ControlAnswer(done=True, lines=[f"venue {venue}: restored, {reason}"])


def _row(state: State, member: Member, now: int) -> Row:
    """Return what there is to say of a venue; little of one that is not described."""
    terms = state.venues.get(member.name)
    row: Row = {
        "venue": member.name,
        "kind": "" if terms is None else terms.kind.value,
        "state": _session_state(state, member.name),
    }
    record = state.venue_records.get(member.name)
    return row if terms is None or record is None else row | _health(state, record, terms, now)


def _session_state(state: State, venue: str) -> str:
    if venue in state.sessions_disabled:
        return "disabled"
    if venue not in state.sessions_logged_on:
        return "not logged on"
    return "reconciling" if venue in state.reconciliations else "logged on"


def _health(state: State, record: VenueRecord, terms: VenueTerms, now: int) -> Row:
    traded = state.venue_volumes.get(terms.session, ZERO)
    latency = record.latency_us
    is_now = record.second == now // NANOSECONDS
    return {
        "suspended": _suspension(record, now),
        "open_orders": _of(len(record.standing), terms.open_orders_max),
        "this_second": _of(record.placed if is_now else 0, terms.orders_per_second_max),
        "acknowledged": record.count_of(Answer.ACKNOWLEDGED),
        "rejected": record.count_of(Answer.REJECTED),
        "timed_out": record.count_of(Answer.TIMED_OUT),
        "filled": f"{record.filled}/{len(record.outcomes)}",
        "latency": "" if latency is None else milliseconds(latency),
        "traded": number(traded),
        "fees": _tier(terms, traded),
    }


def _suspension(record: VenueRecord, now: int) -> str:
    if record.suspended_until is None:
        return ""
    if record.probe:
        return f"{record.probe} tries it: {record.reason}"
    if record.suspended_until <= now:
        return f"the next order tries it: {record.reason}"
    return f"until {time_of_day(record.suspended_until)}: {record.reason}"


def _of(count: int, limit: int | None) -> str:
    return str(count) if limit is None else f"{count}/{limit}"


def _tier(terms: VenueTerms, traded: Decimal) -> str:
    """Return which tier of the fees holds, of how many; empty where it costs nothing."""
    tier = terms.fee_tier(traded)
    return f"tier {terms.fees.index(tier) + 1}/{len(terms.fees)}" if tier in terms.fees else ""


def _refused(line: str) -> ControlAnswer:
    return ControlAnswer(done=False, lines=[line])
