"""Messages of a familiar layout: read, and found good, by one regular expression.

Theory of operation. Nearly all messages of a session are of a few layouts: the same MsgType(35)
with the same tags in the same order. A layout of which the validator has found so many messages
good that more are to be expected is turned into one regular expression. It fixes all that is the
same in each of them - BeginString(8), MsgType(35), the tags, both CompIDs - and says of each value
what a good one looks like. What it matches is good by the dictionary, and from whom and to whom it
should be, in one step; dates, and other formats that are no matter of an expression, are checked
one by one afterwards. What it does not match may still be good: it goes the whole way.

Never familiar are administrative messages but Reject(3), repeating groups, possible duplicates,
secrets and data fields. A peer that shuffles its fields gains nothing by it: a layout has to be
seen 16 times, and no more than 32 of a session become familiar, at most four of them with as many
fields.
"""

import re
from collections import Counter
from collections.abc import Callable

from oms_fix.fix.dictionary import Dictionary
from oms_fix.fix.formats import Check, format_expression, is_timestamp, is_whole_timestamp
from oms_fix.fix.message import SECRET_TAGS, SOH, Layout, Message
from oms_fix.fix.settings import SessionSettings
from oms_fix.fix.timestamps import parse_timestamp
from oms_fix.fix.validation import MULTIPLE_VALUE_TYPES, Validator

_TIMES_SEEN = 16
_CANDIDATES_MAX = 256
_FAMILIAR_MAX = 32
_SAME_SIZE_MAX = 4
_VALUES_MAX = 64

_ANY_VALUE = rb"[^\x01]+"
_MSG_SEQ_NUM = rb"[0-9]{1,18}"
# PossDupFlag, and in its company OrigSendingTime: the session has more to ask of these.
_UNFAMILIAR_TAGS = frozenset((43, 122)) | SECRET_TAGS
_NEEDED_TAGS = frozenset((49, 56, 34, 52))

TIME_EXPRESSIONS: dict[Check, bytes] = {
    is_timestamp: rb"[^\x01]{17,27}",
    is_whole_timestamp: rb"[^\x01]{17}",
}
"""What passes is as long, and a time to ``parse_timestamp``, whose years begin at 0001."""

Reading = tuple[Message, int, int]
"""A message, its MsgSeqNum(34), and SendingTime(52) in nanoseconds since 1970."""


class _Familiar:
    """One layout: how it is recognised, and what is left to be done then."""

    __slots__ = ("_checks", "layout", "match", "msg_type", "number_at", "sent_at", "times")

    def __init__(
        self, msg_type: str, layout: Layout, expression: bytes, checks: dict[int, Check]
    ) -> None:
        self.msg_type = msg_type
        self.layout = layout
        self.match: Callable[[bytes], re.Match[bytes] | None] = re.compile(expression).fullmatch
        self.number_at = layout.places[34]
        self.sent_at = layout.places[52]
        times = [tag for tag, check in checks.items() if check in TIME_EXPRESSIONS and tag != 52]
        self.times = [layout.places[tag] for tag in times]
        self._checks = [
            (layout.places[tag], check)
            for tag, check in checks.items()
            if check not in TIME_EXPRESSIONS
        ]

    def passes_checks(self, values: tuple[bytes, ...]) -> bool:
        """Tell whether values are good of which the expression says nothing, times apart."""
        return not self._checks or all(check(values[place]) for place, check in self._checks)


class FamiliarLayouts:
    """Those of one session.

    Args:
        settings: of the session.
        dictionary: of the session.
        validator: of the session.
    """

    def __init__(
        self, settings: SessionSettings, dictionary: Dictionary, validator: Validator
    ) -> None:
        self._head = b"8=%b\x019=[0-9]+\x01" % re.escape(settings.begin_string.encode())
        self._comp_ids = {
            49: settings.target_comp_id.encode(),
            56: settings.sender_comp_id.encode(),
        }
        self._unfamiliar_tags = _UNFAMILIAR_TAGS | frozenset(dictionary.data_tags)
        self._dictionary = dictionary
        self._validator = validator
        self._seen: Counter[tuple[str, tuple[int, ...]]] = Counter()
        self._by_size: dict[int, list[_Familiar]] = {}  # by the number of SOHs
        self._count = 0
        self._sent, self._sent_at = b"", 0  # SendingTime(52) read last, and what it says
        self._time = b""  # another time that was found good last

    def read(self, raw: bytes) -> Reading | None:
        """Return the message in these bytes if it is familiar, and beyond doubt good."""
        for familiar in self._by_size.get(raw.count(SOH), ()):
            found = familiar.match(raw)
            if found is None:
                continue
            values = found.groups()
            if not (self._has_good_times(familiar, values) and familiar.passes_checks(values)):
                return None
            number = int(values[familiar.number_at])
            validator = self._validator
            message = Message(familiar.msg_type, None, raw, validator, familiar.layout, values)
            return message, number, self._sent_at
        return None

    def _has_good_times(self, familiar: _Familiar, values: tuple[bytes, ...]) -> bool:
        """Tell whether all times are such; those of the message before, as is usual, need no look.

        Messages that come together bear the same millisecond.
        """
        sent = values[familiar.sent_at]
        if sent != self._sent:
            sent_at = parse_timestamp(sent)
            if sent_at is None:
                return False
            self._sent, self._sent_at = sent, sent_at
        for place in familiar.times:
            time = values[place]
            if time != self._time:
                if parse_timestamp(time) is None:
                    return False
                self._time = time
        return True

    def saw(self, message: Message) -> None:
        """Take note of a message that was taken; its layout may become familiar by it."""
        if message.layout is not None or self._count >= _FAMILIAR_MAX or not self._is_fit(message):
            return
        key = (message.msg_type, message.tags)
        self._seen[key] += 1
        if self._seen[key] == _TIMES_SEEN:
            same_size = self._by_size.setdefault(message.raw.count(SOH), [])
            if len(same_size) < _SAME_SIZE_MAX:
                same_size.append(self._familiar(*key))
                self._count += 1
        if len(self._seen) > _CANDIDATES_MAX:
            self._seen.clear()

    def _is_fit(self, message: Message) -> bool:
        """Tell whether all is as an expression can have it."""
        tags = message.tags
        return (
            message.vouched_by is self._validator
            and self._validator.is_plain(message.msg_type, tags)
            and self._unfamiliar_tags.isdisjoint(tags)
            and _NEEDED_TAGS.issubset(tags)
            and all(message.get(tag) == value for tag, value in self._comp_ids.items())
        )

    def _familiar(self, msg_type: str, tags: tuple[int, ...]) -> _Familiar:
        pieces = [self._head, b"35=%b\x01" % re.escape(msg_type.encode("latin-1"))]
        checks: dict[int, Check] = {}
        for tag in tags:
            expression, check = self._value(tag)
            pieces.append(b"%d=(%b)\x01" % (tag, expression))
            if check is not None:
                checks[tag] = check
        pieces.append(rb"10=[0-9]{3}\x01")
        return _Familiar(msg_type, Layout(tags), b"".join(pieces), checks)

    def _value(self, tag: int) -> tuple[bytes, Check | None]:
        """Return what good values of a tag look like, and the check for those that do, if any."""
        if tag in self._comp_ids:
            return re.escape(self._comp_ids[tag]), None
        if tag == 34:
            return _MSG_SEQ_NUM, None
        check = self._validator.checks.get(tag)
        if check is None:
            return _ANY_VALUE, None
        spec = self._dictionary.fields_by_tag[tag]
        if 0 < len(spec.values) <= _VALUES_MAX and spec.type not in MULTIPLE_VALUE_TYPES:
            return b"|".join(re.escape(value.encode()) for value in spec.values), None
        if check in TIME_EXPRESSIONS:
            return TIME_EXPRESSIONS[check], check
        expression = format_expression(check)
        return (_ANY_VALUE, check) if expression is None else (expression, None)
