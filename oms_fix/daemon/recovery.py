"""Recovery: the state is what the stored events make it, from a snapshot on if there is one."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from oms_fix.core.apply import apply
from oms_fix.core.orders.state import State
from oms_fix.journal.records import Journal
from oms_fix.journal.snapshot import Base, base_of

log = structlog.get_logger("oms_fix.recovery")


def base_state(store: Path) -> Base:
    """Return the state from which the events of a store are to be folded.

    Raises:
        StoreError: the store cannot be read.
    """
    with _no_collection():
        base = base_of(store)
    if base.why:
        log.info("no_snapshot", reason=base.why)
    return base


def recover(journal: Journal, base: Base | None = None) -> State:
    """Return the state after all events of the store; a new one for a new store.

    Args:
        journal: the message store.
        base: a state to go on from, if there is one; it becomes the result.
    """
    state, after, _ = base or Base(State())
    count = 0
    with _no_collection():
        for event in journal.events(after):
            apply(state, event)
            count += 1
    open_orders = sum(order.is_open for order in state.orders.values())
    counts = {"events": count, "orders": len(state.orders), "open_orders": open_orders}
    log.info("recovered", snapshot_at=after, **counts)
    return state


@contextmanager
def _no_collection() -> Iterator[None]:
    """Nothing that is made inside is garbage: collecting would only take time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
