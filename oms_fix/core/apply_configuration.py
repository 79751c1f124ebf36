"""How events of sessions, rules and reference data change the state: a part of ``core.apply``."""

from collections.abc import Callable
from typing import Any

from oms_fix.core import apply_health, conduct, totals
from oms_fix.core.compliance.compile import compile_check
from oms_fix.core.conditions import compile_condition
from oms_fix.core.orders.state import State
from oms_fix.model import events as ev
from oms_fix.model.enums import SessionOperation

# A session is removed, or has a section of its own in the configuration from here on.
_NOT_OF_A_TEMPLATE = frozenset(
    {SessionOperation.ADD, SessionOperation.CHANGE, SessionOperation.REMOVE}
)


def _session_changed(state: State, event: ev.SessionChanged) -> None:
    state.reconciliations.pop(event.session, None)
    if event.logged_on:
        state.sessions_logged_on.add(event.session)
        state.clients_awaited.pop(event.session, None)
    else:
        state.sessions_logged_on.discard(event.session)


def _session_operated(state: State, event: ev.SessionOperated) -> None:
    if event.operation in (SessionOperation.DISABLE, SessionOperation.REMOVE):
        state.sessions_disabled.add(event.session)
    elif event.operation in (SessionOperation.ENABLE, SessionOperation.ADD):
        state.sessions_disabled.discard(event.session)
    if event.template:
        state.templates_by_session[event.session] = event.template
    elif event.operation in _NOT_OF_A_TEMPLATE:
        state.templates_by_session.pop(event.session, None)


def _rules_loaded(state: State, event: ev.RulesLoaded) -> None:
    state.rules = event.rules
    state.checks = [compile_check(check) for check in event.rules.checks]
    conduct.rules_loaded(state)
    totals.rules_loaded(state)
    state.books.clear()  # nobody may tell of a venue any more whose book is known
    state.venues = {each.session: each for each in event.rules.venues}
    state.routes_by_id = {route.id: route for route in event.rules.routes}
    apply_health.keep_described(state)
    state.routes = [(route, compile_condition(route.when)) for route in event.rules.routes]


def _reference_data_loaded(state: State, event: ev.ReferenceDataLoaded) -> None:
    state.reference_version = event.reference.version
    state.instruments = {each.symbol: each for each in event.reference.instruments}
    state.accounts = {each.id: each for each in event.reference.accounts}
    state.markets = {each.id: each for each in event.reference.markets}
    totals.rebuild(state)


APPLY: dict[type, Callable[[State, Any], None]] = {
    ev.SessionChanged: _session_changed,
    ev.SessionOperated: _session_operated,
    ev.RulesLoaded: _rules_loaded,
    ev.ReferenceDataLoaded: _reference_data_loaded,
}
