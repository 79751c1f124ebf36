"""Keeps one session to its schedule: closed outside its hours, numbers anew at each opening."""

from oms_fix.fix.conversation import State
from oms_fix.fix.outputs import Output
from oms_fix.fix.schedule import Stretch
from oms_fix.fix.session_port import SessionPort

CLOSED = "session is closed"


class SessionHours:
    """Applies the schedule in a session's settings; without one the session is always open.

    Args:
        session: to be kept to it.
        used_at: when its stored numbers were last used, which tells whether they are of this
            trading session; None where they are known to be, or have never been used.
    """

    def __init__(self, session: SessionPort, used_at: int | None = None) -> None:
        self._session = session
        self._schedule = session.settings.schedule
        self._used_at = used_at
        self._stretch: Stretch | None = None
        self._numbers_of: int | None = None  # opening of the trading session they belong to

    def is_open(self, now: int) -> bool:
        """Tell whether the session may be logged on."""
        stretch = self._at(now)
        return stretch is None or stretch.is_open

    def keep(self, now: int) -> list[Output]:
        """Do what the hour demands; to be called before each connection, and often."""
        stretch = self._at(now)
        if stretch is None:
            return []
        is_same = not self._are_old(stretch)
        if stretch.is_open and is_same:
            return []
        if self._session.state is not State.DISCONNECTED:
            return self._session.logout(CLOSED, now)
        if stretch.is_open:
            self._numbers_of = stretch.session
            return self._session.begin_trading_session()
        return []

    def _are_old(self, stretch: Stretch) -> bool:
        """Tell whether the numbers are of an earlier trading session.

        They are not, if the clock was set back over an opening.
        """
        if self._numbers_of is None:
            used = stretch if self._used_at is None else self._at(self._used_at) or stretch
            self._numbers_of = used.session
        return self._numbers_of < stretch.session

    def _at(self, now: int) -> Stretch | None:
        known = self._stretch
        if self._schedule is None or (known is not None and known.begin <= now < known.end):
            return known
        self._stretch = self._schedule.at(now)
        return self._stretch
