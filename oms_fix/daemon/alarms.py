"""What somebody has to look at now, for as long as it is so."""

from collections.abc import Callable

import structlog
from msgspec import Struct

log = structlog.get_logger("oms_fix.alarms")


class Alarm(Struct, frozen=True):
    """One thing that is wrong: its stable name, since when (nanoseconds since 1970 UTC), what."""

    name: str
    since: int
    text: str


class Alarms:
    """The alarms of the moment; each is logged when it is raised and when it is over.

    Args:
        clock: returns nanoseconds since 1970 UTC.
    """

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._alarms: dict[str, Alarm] = {}

    @property
    def all(self) -> list[Alarm]:
        """Return the alarms, oldest first."""
        return list(self._alarms.values())

    def __contains__(self, name: object) -> bool:
        return name in self._alarms

    def set(self, name: str, text: str | None) -> None:
        """Raise an alarm, or have it say something else; None: it is over."""
        known = self._alarms.get(name)
        if text is None:
            if self._alarms.pop(name, None) is not None:
                log.warning("alarm_over", alarm=name)
            return
        if known is None:
            log.critical("alarm", alarm=name, text=text)
        since = self._clock() if known is None else known.since
        self._alarms[name] = Alarm(name, since, text)
