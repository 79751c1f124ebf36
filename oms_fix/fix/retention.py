"""How long the store of the engine alone keeps messages of trading sessions that are over.

A trading session of a FIX session ends where its numbers begin anew: by schedule, by a reset, by
the operator's hand. Its messages are not for resending any more; they are kept for whoever has to
look them up, and then deleted in small steps, so that a day of millions of them holds nobody up.
When it ended is noted by the first step after that: a reset costs no more than a row.
"""

import sqlite3
from datetime import timedelta

from oms_fix.fix.timestamps import NANOSECONDS

SCHEMA = """
create table if not exists past_trading_sessions (
    session text not null, trading_session integer not null, ended integer,
    primary key (session, trading_session)
) without rowid;
create index if not exists past_by_end on past_trading_sessions (ended);
"""

_MESSAGES_A_STEP = 500


class Retention:
    """Deletes what has been kept long enough.

    Args:
        database: of the store; it has ``sent`` and the tables of ``SCHEMA``.
        days: to keep the messages of a trading session for after its end.
    """

    def __init__(self, database: sqlite3.Connection, days: int) -> None:
        self._database = database
        self._nanoseconds = timedelta(days=days) // timedelta(seconds=1) * NANOSECONDS

    def ended(self, session: str, trading_session: int) -> None:
        """Take note that a trading session is over."""
        row = (session, trading_session)
        self._database.execute("insert into past_trading_sessions values (?, ?, null)", row)

    def step(self, now: int) -> bool:
        """Delete a few hundred messages at most, or as many trading sessions without any.

        Returns:
            Whether there may be more to delete.
        """
        self._database.execute(
            "update past_trading_sessions set ended = ? where ended is null", (now,)
        )
        budget = _MESSAGES_A_STEP
        while budget > 0:
            over = self._database.execute(
                "select session, trading_session from past_trading_sessions where ended <= ? "
                "order by ended limit 1",
                (now - self._nanoseconds,),
            ).fetchone()
            if over is None:
                return False
            budget -= self._delete(over, budget) + 1
        return True

    def _delete(self, trading_session: tuple[str, int], most: int) -> int:
        """Delete messages of a trading session, and then itself; return how many there were."""
        deleted = self._database.execute(
            "delete from sent where (session, trading_session, msg_seq_num) in "
            "(select session, trading_session, msg_seq_num from sent "
            "where session = ? and trading_session = ? limit ?)",
            (*trading_session, most),
        ).rowcount
        if deleted < most:
            self._database.execute(
                "delete from past_trading_sessions where session = ? and trading_session = ?",
                trading_session,
            )
        return deleted
