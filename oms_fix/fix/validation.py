"""Does a message keep to the dictionary? The answer names SessionRejectReason(373).

Theory of operation. Most messages are good and flat, so these are told apart with a few operations
on whole sets of tags and one check per value, all compiled when the validator is made. Whatever is
not plainly good - groups, unusual settings, faults - is walked field by field, and the walk gives
the verdict. Faults have this precedence, which follows QuickFIX's:

1. 11: MsgType(35) is not in the dictionary.
2. 14: a header field after the body has begun, or another field after the trailer has.
3. 1: a required field is missing; of several the one with the lowest tag, the header's first.
4. The first field on the wire with a fault, and of its faults the first of: 13 seen before,
   4 no value, 6 wrong format, 5 not an enumerated value, 0 unknown tag, 2 not of this message,
   and for the count of a group 15 (its first entry does not start with the group's first field,
   or a field stands behind one that the dictionary has after it; or 0 or 2 for a field among its
   entries that the message does not have),
   16 (another number of entries than announced), then what is wrong inside, in the order of
   the wire: 13, 4, 6, 5, or 1 (an entry lacks a required field).

What the options let pass is no fault, wherever it stands and however often: a tag that the message
does not have, whatever its value, and with CheckEnumerations=N any value of an enumerated field. It
is counted by MsgType(35) and tag, and the first of each kind is told.

What is remembered. A counterparty sends the same few layouts, the tags of a message in their order,
again and again. Whether a layout is plainly good depends on nothing but the MsgType(35) and the
tags, so a layout once found good needs no second look; only good ones are remembered, so that
whatever is not goes the whole way. No value is remembered here. Layouts hold no tag twice and no
tag that the message does not have, and there are at most 256 for a MsgType(35), so that a peer
that shuffles its fields cannot fill the memory: when all places are taken, all are forgotten.
"""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from types import MappingProxyType

from msgspec import Struct, structs

from oms_fix.fix.dictionary import Dictionary, FieldSpec, GroupSpec, MessageSpec
from oms_fix.fix.formats import Check, format_check
from oms_fix.fix.message import Field, Message

USER_DEFINED_TAG_MIN = 5000

_INVALID_TAG = 0
_REQUIRED_TAG_MISSING = 1
_TAG_NOT_OF_MESSAGE = 2
_NO_VALUE = 4
_VALUE_INCORRECT = 5
_FORMAT_INCORRECT = 6
_MSG_TYPE_INVALID = 11
_TAG_REPEATED = 13
_TAG_OUT_OF_ORDER = 14
_GROUP_OUT_OF_ORDER = 15
_GROUP_COUNT_INCORRECT = 16

SESSION_REJECT_TEXTS = MappingProxyType(
    {
        _INVALID_TAG: "Invalid tag number",
        _REQUIRED_TAG_MISSING: "Required tag missing",
        _TAG_NOT_OF_MESSAGE: "Tag not defined for this message type",
        _NO_VALUE: "Tag specified without a value",
        _VALUE_INCORRECT: "Value is incorrect (out of range) for this tag",
        _FORMAT_INCORRECT: "Incorrect data format for value",
        _MSG_TYPE_INVALID: "Invalid MsgType",
        _TAG_REPEATED: "Tag appears more than once",
        _TAG_OUT_OF_ORDER: "Tag specified out of required order",
        _GROUP_OUT_OF_ORDER: "Repeating group fields out of order",
        _GROUP_COUNT_INCORRECT: "Incorrect NumInGroup count for repeating group",
    }
)

# These four are not among a message's fields: the framer has seen each where it belongs.
_FRAMING_TAGS = frozenset((8, 9, 35, 10))
MULTIPLE_VALUE_TYPES = frozenset(
    ("MULTIPLEVALUESTRING", "MULTIPLESTRINGVALUE", "MULTIPLECHARVALUE")
)
_COUNT_DIGITS_MAX = 6
# Whoever sends a new unknown tag in every message may not fill the memory with it.
_ODDITIES_MAX = 10_000
_LAYOUTS_MAX = 256

_Layout = tuple[int, ...]


class ValidationOptions(Struct, frozen=True):
    """How strictly to look; named as in QuickFIX settings, and with the same defaults.

    Attributes:
        validate_fields_out_of_order: header, body and trailer must come in this order.
        validate_unordered_group_fields: an entry of a group has the order of the dictionary. The
            name is that of QuickFIX/J; QuickFIX itself takes every order.
        validate_fields_have_values: a tag must have a value.
        validate_user_defined_fields: tags from 5000 on must be in the dictionary too.
        allow_unknown_msg_fields: tags below 5000 need not be defined for the message.
        check_enumerations: a field with enumerated values must have one of them.
        unchecked: messages of these types are not looked at; the application judges them itself.
    """

    validate_fields_out_of_order: bool = True
    validate_unordered_group_fields: bool = True
    validate_fields_have_values: bool = True
    validate_user_defined_fields: bool = True
    allow_unknown_msg_fields: bool = False
    check_enumerations: bool = True
    unchecked: frozenset[str] = frozenset()


class Fault(Struct, frozen=True):
    """Why a message must be rejected.

    Attributes:
        reason: SessionRejectReason(373).
        ref_tag: RefTagID(371); None where no tag is to blame.
        text: Text(58).
    """

    reason: int
    ref_tag: int | None
    text: str


def _fault(reason: int, ref_tag: int | None) -> Fault:
    return Fault(reason, ref_tag, SESSION_REJECT_TEXTS[reason])


class Oddity(Struct, frozen=True):
    """Something unknown that was let pass for the first time.

    Attributes:
        msg_type: MsgType(35) of the message.
        tag: the field.
        value: the value that the dictionary does not have; None where it does not have the tag.
    """

    msg_type: str
    tag: int
    value: bytes | None


class _Plan(Struct, frozen=True):
    """What one MsgType(35) may hold, header and trailer included."""

    allowed: frozenset[int]
    plain: frozenset[int]  # allowed, and neither a group's count nor of the trailer
    required: frozenset[int]
    everywhere: frozenset[int]  # allowed, and the members of all groups
    known: frozenset[int]  # defined somewhere in the dictionary that this message comes from
    groups: dict[int, GroupSpec]
    good_layouts: set[_Layout]  # remembered; see the theory above


class Compiled:
    """What a dictionary says in the shape in which it is asked; all sessions that have it share it.

    Attributes:
        formats: check of the syntax of a value, by tag.
        enumerations: check that a value is one of the list, by tag.
        checks: both in one.
        plans: by MsgType(35).
    """

    def __init__(self, dictionary: Dictionary) -> None:
        self.formats: dict[int, Check] = {}
        self.enumerations: dict[int, Check] = {}
        self.checks: dict[int, Check] = {}
        for spec in dictionary.fields_by_tag.values():
            self._compile_field(spec, dictionary.begin_string)
        known = frozenset(dictionary.fields_by_tag)
        self.plans = {
            msg_type: self._plan(
                spec, dictionary, dictionary.transport_tags if spec.category == "admin" else known
            )
            for msg_type, spec in dictionary.messages.items()
        }

    def _compile_field(self, spec: FieldSpec, begin_string: str) -> None:
        syntax = format_check(spec.type, begin_string)
        values = _enumeration(spec)
        if syntax is not None:
            self.checks[spec.tag] = self.formats[spec.tag] = syntax
        if values is not None:
            # A value of the list has the right format, so the list alone tells good from bad.
            self.checks[spec.tag] = self.enumerations[spec.tag] = values

    @staticmethod
    def _plan(spec: MessageSpec, dictionary: Dictionary, known: frozenset[int]) -> _Plan:
        header, trailer = dictionary.header, dictionary.trailer
        allowed = header.fields | spec.fields | trailer.fields
        groups = header.groups | spec.groups | trailer.groups
        required = header.required | spec.required | trailer.required
        return _Plan(
            allowed=allowed,
            plain=allowed - trailer.fields - frozenset(groups) - _FRAMING_TAGS,
            required=required - _FRAMING_TAGS,
            everywhere=allowed.union(*(group.all_fields for group in groups.values())),
            known=known,
            groups=groups,
            good_layouts=set(),
        )


@lru_cache(maxsize=32)
def compiled(dictionary: Dictionary) -> Compiled:
    """Return a dictionary compiled, which takes long only the first time: FIX 5.0SP2 0.2 s."""
    return Compiled(dictionary)


class Validator:
    """Checks messages of one session against its dictionary.

    Attributes:
        orders_groups: the members of a group must stand in the order of the dictionary.
        checks: tells good values that are not empty, by tag; of others any is good.
        tolerated: in how many messages something unknown was let pass, by MsgType(35) and tag.
        oddities: what of it was new since this list was last cleared.
    """

    def __init__(self, dictionary: Dictionary, options: ValidationOptions) -> None:
        self._options = options
        self._unchecked = options.unchecked
        self.orders_groups = options.validate_unordered_group_fields
        self.tolerated: Counter[tuple[str, int]] = Counter()
        self.oddities: list[Oddity] = []
        self._header = dictionary.header.all_fields
        self._trailer = dictionary.trailer.all_fields
        shared = compiled(dictionary)
        self._formats = shared.formats
        self._enumerations = shared.enumerations
        self.checks = shared.checks
        self._plans = {
            msg_type: structs.replace(plan, good_layouts=set())
            for msg_type, plan in shared.plans.items()
        }

    def check(self, message: Message) -> Fault | None:
        """Return what is wrong with a received message, or None if it is good."""
        if message.msg_type in self._unchecked:
            return None
        plan = self._plans.get(message.msg_type)
        if plan is None:
            return _fault(_MSG_TYPE_INVALID, None)
        layout = message.tags
        is_good = layout in plan.good_layouts or self._is_good_layout(layout, plan)
        if is_good and self._has_good_values(message):
            return None
        return self._judge(message, layout, plan)

    def _is_good_layout(self, layout: _Layout, plan: _Plan) -> bool:
        """Tell whether a message of these tags is flat and good as far as tags go; remember it."""
        seen = set(layout)
        is_good = (
            len(seen) == len(layout)
            and seen <= plan.plain
            and plan.required <= seen
            and self._header.issuperset(layout[: len(seen & self._header)])
        )
        if is_good:
            if len(plan.good_layouts) >= _LAYOUTS_MAX:
                plan.good_layouts.clear()
            plan.good_layouts.add(layout)
        return is_good

    def is_plain(self, msg_type: str, layout: _Layout) -> bool:
        """Tell whether a message of this layout was found good lately, as far as tags go."""
        plan = self._plans.get(msg_type)
        return plan is not None and layout in plan.good_layouts

    def _has_good_values(self, message: Message) -> bool:
        if message.vouched_by is self:
            return True
        return all(self.is_good_value(tag, value) for tag, value in message.fields)

    def is_good_value(self, tag: int, value: bytes) -> bool:
        """Tell whether a value is good beyond doubt; what else is may still be tolerated."""
        check = self.checks.get(tag)
        return bool(value) and (check is None or check(value))

    def _judge(self, message: Message, tags: _Layout, plan: _Plan) -> Fault | None:
        """Look at each field; the order of these steps is the precedence of the faults."""
        if self._options.validate_fields_out_of_order:
            misplaced = self._misplaced(tags, plan)
            if misplaced is not None:
                return _fault(_TAG_OUT_OF_ORDER, misplaced)
        missing = plan.required.difference(tags)
        if missing:
            return self._missing(missing)
        walk = _Walk(self, message.fields, plan)
        fault = walk.message()
        if fault is not None:
            return fault
        # A field that the body needs may have been seen, but inside a group.
        missing = plan.required - walk.top
        if missing:
            return self._missing(missing)
        for tag, value in walk.odd.items():
            self._let_pass(message.msg_type, tag, value)
        return None

    def _let_pass(self, msg_type: str, tag: int, value: bytes | None) -> None:
        if (msg_type, tag) not in self.tolerated:
            if len(self.tolerated) >= _ODDITIES_MAX:
                return
            self.oddities.append(Oddity(msg_type, tag, value))
        self.tolerated[msg_type, tag] += 1

    def _missing(self, tags: frozenset[int]) -> Fault:
        return _fault(_REQUIRED_TAG_MISSING, min(tags & self._header or tags))

    def _misplaced(self, tags: _Layout, plan: _Plan) -> int | None:
        """Return the first tag that stands after the part of the message that it belongs to."""
        in_body = in_trailer = False
        for tag in tags:
            if tag in self._header:
                if in_body or in_trailer:
                    return tag
            elif tag in self._trailer:
                in_trailer = True
            elif tag not in plan.everywhere and self.tolerates(tag):
                continue  # nobody knows where it belongs
            elif in_trailer:
                return tag
            else:
                in_body = True
        return None

    def value_fault(self, tag: int, value: bytes) -> Fault | None:
        """Return what is wrong with a value, wherever its tag may stand."""
        if not value:
            wanted = self._options.validate_fields_have_values
            return _fault(_NO_VALUE, tag) if wanted else None
        check = self.checks.get(tag)
        if check is None or check(value):
            return None
        syntax = self._formats.get(tag)
        if syntax is not None and not syntax(value):
            return _fault(_FORMAT_INCORRECT, tag)
        return _fault(_VALUE_INCORRECT, tag)

    def tolerates_value(self, tag: int, fault: Fault) -> bool:
        """Tell whether a fault is just a value that the list of its field does not have."""
        return (
            not self._options.check_enumerations
            and tag in self._enumerations
            and fault.reason != _NO_VALUE
        )

    def tolerates(self, tag: int) -> bool:
        """Tell whether a tag that the message does not have is let pass."""
        if tag >= USER_DEFINED_TAG_MIN:
            return not self._options.validate_user_defined_fields
        return self._options.allow_unknown_msg_fields


class _Walk:
    """One pass over the fields of one message, group by group.

    Attributes:
        top: tags seen outside groups.
        odd: tags that are tolerated though nobody knows them, or else the value that nobody knows.
    """

    __slots__ = ("_at", "_fields", "_plan", "_validator", "odd", "top")

    def __init__(self, validator: Validator, fields: list[Field], plan: _Plan) -> None:
        self._validator = validator
        self._fields = fields
        self._plan = plan
        self._at = 0
        self.top: set[int] = set(_FRAMING_TAGS)
        self.odd: dict[int, bytes | None] = {}

    def message(self) -> Fault | None:
        """Walk to the end or to the first fault."""
        fields, plan, top = self._fields, self._plan, self.top
        while self._at < len(fields):
            tag, value = fields[self._at]
            self._at += 1
            if tag not in plan.allowed and self._is_tolerated(tag):
                continue
            if tag in top:
                return _fault(_TAG_REPEATED, tag)
            top.add(tag)
            fault = self._value_fault(tag, value)
            if fault is None and tag not in plan.allowed:
                fault = self._stranger(tag)
            if fault is None and tag in plan.groups:
                fault = self._group(plan.groups[tag], value)
            if fault is not None:
                return fault
        return None

    def _value_fault(self, tag: int, value: bytes) -> Fault | None:
        fault = self._validator.value_fault(tag, value)
        if fault is None or not self._validator.tolerates_value(tag, fault):
            return fault
        self.odd[tag] = value
        return None

    def _is_tolerated(self, tag: int) -> bool:
        """Tell whether a tag that the message does not have is let pass, and remember it then."""
        if not self._validator.tolerates(tag):
            return False
        self.odd[tag] = None
        return True

    def _stranger(self, tag: int) -> Fault:
        known = tag in self._plan.known
        return _fault(_TAG_NOT_OF_MESSAGE if known else _INVALID_TAG, tag)

    def _group(self, group: GroupSpec, count: bytes) -> Fault | None:
        """Walk all entries of a group, even after a fault; its count has just been passed."""
        fields, members = self._fields, group.fields
        entries = place = 0
        seen: set[int] = set()
        stray: Fault | None = None  # a field in a place where it cannot be: before a wrong count
        inside: Fault | None = None
        while self._at < len(fields):
            tag, value = fields[self._at]
            if tag == group.first_tag:
                inside = inside or self._entry_end(group, seen)
                entries += 1
                place = 0
                seen.clear()
            elif tag in members:
                if tag in seen:
                    inside = inside or _fault(_TAG_REPEATED, tag)
                elif not entries or self._is_behind(place, group.places.get(tag, place)):
                    stray = stray or _fault(_GROUP_OUT_OF_ORDER, tag)
                place = max(place, group.places.get(tag, place))
            elif tag in self._plan.everywhere:
                break
            elif self._is_tolerated(tag):
                self._at += 1
                continue
            else:
                stray = stray or self._stranger(tag)
            seen.add(tag)
            self._at += 1
            fault = self._member(group, tag, value)
            inside = inside or fault
        if stray is None and entries != _number(count):
            return _fault(_GROUP_COUNT_INCORRECT, group.count_tag)
        return stray or inside or self._entry_end(group, seen)

    def _is_behind(self, place: int, own_place: int) -> bool:
        return own_place < place and self._validator.orders_groups

    def _member(self, group: GroupSpec, tag: int, value: bytes) -> Fault | None:
        """Judge one value of an entry, and the group inside the entry that it may announce."""
        fault = self._value_fault(tag, value)
        nested = group.groups.get(tag)
        inside = self._group(nested, value) if nested is not None else None
        return fault or inside

    @staticmethod
    def _entry_end(group: GroupSpec, seen: set[int]) -> Fault | None:
        if not seen or group.required <= seen:
            return None
        return _fault(_REQUIRED_TAG_MISSING, min(group.required - seen))


def _number(count: bytes) -> int:
    """Read NumInGroup; an absurd one equals no number of entries."""
    if not count:
        return 0
    return int(count) if count.isdigit() and len(count) <= _COUNT_DIGITS_MAX else -1


def _enumeration(spec: FieldSpec) -> Check | None:
    """Return a check that a value is one of the list; None if there is no list."""
    if not spec.values:
        return None
    values = frozenset(value.encode() for value in spec.values)
    if spec.type not in MULTIPLE_VALUE_TYPES:
        return values.__contains__
    return lambda value: values.issuperset(value.split(b" "))


def read_group(holder: Message | Sequence[Field], group: GroupSpec) -> list[list[Field]]:
    """Return the entries of a repeating group, each with its fields in the order of the wire.

    Args:
        holder: a valid message, or an entry of the group around this one.
        group: the group to read; empty if its count is not there.
    """
    fields = holder.fields if isinstance(holder, Message) else holder
    entries: list[list[Field]] = []
    members = group.all_fields
    start = next((i + 1 for i, (tag, _) in enumerate(fields) if tag == group.count_tag), None)
    for field in fields[start:] if start is not None else ():
        if field[0] == group.first_tag:
            entries.append([field])
        elif not entries or not (field[0] in members or field[0] >= USER_DEFINED_TAG_MIN):
            break
        else:
            entries[-1].append(field)
    return entries
