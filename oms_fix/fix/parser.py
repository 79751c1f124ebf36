"""Bytes to messages of one session: fields that come again and again are read and judged once.

Theory of operation. Most fields of a message - CompIDs, symbols, sides, currencies, the time of the
day - have come before, byte for byte. What a field means depends on its bytes alone, and so does
whether its value is good, since the dictionary of a session does not change. So each different
field is split into tag and value, and shown to the validator, once; from then on it is found as it
stands on the wire. If all fields of a message are known to be good, the message says so, and the
validator need not look at their values again.

Only what is good is remembered: a bad value is judged each time, where it stands. Length fields are
not, since what follows them may hold SOH, and secrets are not, nor anything after either of them:
such a message is read as if there were no memory. Numbers and IDs that come but once are left out
as well. At most 2,048 fields below 64 bytes are remembered, half a megabyte; then all are forgotten
and the memory fills anew, which takes a few messages.
"""

from collections.abc import Mapping

from oms_fix.fix.codec import parse, read_field
from oms_fix.fix.message import SECRET_TAGS, SOH, Field, Message
from oms_fix.fix.validation import Validator

_FIELDS_MAX = 2_048
_FIELD_SIZE_MAX = 64
# MsgSeqNum, ClOrdID, OrigClOrdID, OrderID, ExecID: a new value in every message.
_ONLY_ONCE = frozenset((34, 11, 41, 37, 17))


class Parser:
    """Reads the messages of one session as ``parse`` does."""

    __slots__ = ("_data_tags", "_known", "_validator")

    def __init__(self, data_tags: Mapping[int, int], validator: Validator) -> None:
        self._data_tags = data_tags
        self._validator = validator
        self._known = _KnownFields(validator, frozenset(data_tags) | SECRET_TAGS)

    def parse(self, raw: bytes) -> Message:
        """Return the message in these bytes, vouched for if every value is good.

        Args:
            raw: one message as ``Framer`` gives it.

        Raises:
            ParseError: as with the function ``parse``.
        """
        parts = raw.split(SOH)
        known = self._known
        known.all_good = True
        try:
            fields = list(map(known.__getitem__, parts[3:-2]))
        except _NotToBeKeptError:
            return parse(raw, self._data_tags)
        validator = self._validator if known.all_good else None
        return Message(parts[2][3:].decode("latin-1"), fields, raw, validator)


class _NotToBeKeptError(Exception):
    """This field and those after it are not for the memory."""


class _KnownFields(dict[bytes, Field]):
    """A good field as it is on the wire to its tag and value.

    Attributes:
        all_good: no bad value has been looked up since this was last set.
    """

    __slots__ = ("_unkept", "_validator", "all_good")

    def __init__(self, validator: Validator, unkept: frozenset[int]) -> None:
        super().__init__()
        self._validator = validator
        self._unkept = unkept
        self.all_good = True

    def __missing__(self, part: bytes) -> Field:
        field = tag, value = read_field(part)
        if tag in self._unkept:
            raise _NotToBeKeptError
        if not self._validator.is_good_value(tag, value):
            self.all_good = False
        elif tag not in _ONLY_ONCE and len(part) < _FIELD_SIZE_MAX:
            if len(self) >= _FIELDS_MAX:
                self.clear()
            self[part] = field
        return field
