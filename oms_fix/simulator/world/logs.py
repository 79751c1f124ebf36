"""What the router logs while a world runs: errors come into the trace, the rest is dropped."""

import gc
import logging
from types import TracebackType
from typing import Any

import structlog
from structlog.types import EventDict

from oms_fix.simulator.world.configuration import ROUTER
from oms_fix.simulator.world.loop import VirtualLoop
from oms_fix.simulator.world.trace import Trace

_MUST_NOT_HAPPEN = frozenset({"undecided", "session_gone", "discrepancy"})


class Logs:
    """Takes the logs over while it is entered, and leaves garbage to lie: a world is short."""

    def __init__(self, loop: VirtualLoop, trace: Trace) -> None:
        self._loop = loop
        self._trace = trace
        self._engine_log = logging.getLogger("oms_fix.fix")
        self._before: dict[str, Any] = {}
        self._collected = gc.isenabled()

    def __enter__(self) -> None:
        self._before = structlog.get_config()
        structlog.configure(
            processors=[self._take],
            wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        )
        self._engine_log.disabled = True
        gc.disable()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        structlog.configure(**self._before)
        self._engine_log.disabled = False
        if self._collected:
            gc.enable()

    def _take(self, _logger: object, _method: str, entry: EventDict) -> EventDict:
        event = entry.pop("event")
        take = self._trace.violate if event in _MUST_NOT_HAPPEN else self._trace.tell
        take(self._loop.now, ROUTER, "logs {}: {}", event, dict(entry))
        raise structlog.DropEvent
