"""Orders that are too old to be sent again, and when it is certain that they never arrived.

An order of yesterday may do harm today. It is gap-filled then, and the host hears that it was never
sent: it may send the quantity elsewhere. That must not happen to an order that the counterparty has
after all. It says what it has not got by the number from which on it asks, first of all after the
Logon. But what was written on this connection may wait on its side above a gap, and be taken as
soon as the gap is closed. So certain are, of one connection, the messages from the first number
asked for up to the Logon(A), until they have been answered for once; they expire then or never.
"""

from oms_fix.fix.session_messages import msg_type_of, sending_time
from oms_fix.fix.timestamps import NANOSECONDS

_ORDERS = frozenset((b"D", b"G"))  # NewOrderSingle, OrderCancelReplaceRequest


def is_stale(raw: bytes, age_max_seconds: int, now: int) -> bool:
    """Tell whether a message of ours is an order, or the replacement of one, above an age.

    Args:
        raw: as it was sent or was to be sent.
        age_max_seconds: MaxOrderAgeSeconds; with 0 nothing is stale.
        now: nanoseconds since 1970.
    """
    if not age_max_seconds or msg_type_of(raw) not in _ORDERS:
        return False
    sent = sending_time(raw)
    return sent is not None and now - sent > age_max_seconds * NANOSECONDS


class StaleOrders:
    """What has expired of one session's messages since its numbers began.

    Args:
        age_max_seconds: MaxOrderAgeSeconds; 0 for no limit.
    """

    def __init__(self, age_max_seconds: int) -> None:
        self._age_max_seconds = age_max_seconds
        self._expired: set[int] = set()
        self._certain_from: int | None = None
        self._connection_begin = 1

    def connected(self, next_out: int) -> None:
        """Begin with a new connection, whose first message of ours will have this number."""
        self._certain_from = None
        self._connection_begin = next_out

    def reset(self, next_out: int) -> None:
        """Begin with new numbers."""
        self._expired.clear()
        self.connected(next_out)

    def asked(self, begin: int) -> None:
        """Take note that the counterparty has got nothing from this number on."""
        if self._certain_from is None:
            self._certain_from = begin

    def answered(self, end: int) -> None:
        """Take note that the counterparty has been answered up to this number."""
        self._certain_from = max(self._certain_from or 1, end + 1)

    def is_expired(self, number: int, raw: bytes, now: int) -> bool | None:
        """Tell whether a message is not to be sent again; None if the host knows that already."""
        if number in self._expired:
            return None
        first = self._certain_from
        if first is None or not first <= number < self._connection_begin:
            return False
        if not is_stale(raw, self._age_max_seconds, now):
            return False
        self._expired.add(number)
        return True
