"""One start on a store, measured: ``python -m bench_lib.recovering STORE``; writes JSON."""

import os
import sys
import time
from pathlib import Path

import msgspec
from msgspec import Struct

from oms_fix.daemon.recovery import base_state, recover
from oms_fix.journal.sqlite import SqliteJournal
from oms_fix.telemetry.logging import configure


class Start(Struct):
    """What a start took.

    Attributes:
        seconds: until the state was there; ``cpu_seconds`` of them on a processor.
        events: folded.
        orders: in memory, open and ended; ``open_orders`` of them open.
        memory_bytes: by which the process grew.
    """

    seconds: float
    cpu_seconds: float
    events: int
    orders: int
    open_orders: int
    memory_bytes: int


def measure(store: Path) -> Start:
    """Recover the state of a store as the daemon does."""
    journal = SqliteJournal(store)
    before = _resident_bytes()
    began, cpu = time.perf_counter(), time.process_time()
    base = base_state(store)
    from_event = base.event_id
    state = recover(journal, base)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    memory_bytes = _resident_bytes() - before
    open_orders = sum(order.is_open for order in state.orders.values())
    events = journal.counters().event - from_event
    return Start(seconds, cpu, events, len(state.orders), open_orders, memory_bytes)


def _resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    configure("error")
    sys.stdout.buffer.write(msgspec.json.encode(measure(Path(sys.argv[1]))))
