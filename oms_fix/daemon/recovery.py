"""Recovery: the state is what the stored events make it."""

import gc

import structlog

from oms_fix.core.apply import apply
from oms_fix.core.orders.state import State
from oms_fix.journal.records import Journal

log = structlog.get_logger("oms_fix.recovery")


def recover(journal: Journal) -> State:
    """Return the state after all events of the store; a new one for a new store."""
    state = State()
    count = 0
    gc.disable()  # nothing that the fold makes is garbage: collecting would only take time
    try:
        for event in journal.events():
            apply(state, event)
            count += 1
    finally:
        gc.enable()
    open_orders = sum(order.is_open for order in state.orders.values())
    log.info("recovered", events=count, orders=len(state.orders), open_orders=open_orders)
    return state
