"""Fields that the model has no word for: read as they are, and written where a version has them.

Which of them go on is for the core to say (``needs_agreement``, ``pass_through`` in routing.yaml).
How they go on is said here: a field that the message of the other version has, and any user-defined
one, as it was received; one that it lacks as text, in the words of ``as_text``. A repeating group
goes as a whole. Routing fields (FIX 4.4 Volume 2, OnBehalfOfCompID) come back to the client the
other way round.
"""

from collections.abc import Iterable
from functools import lru_cache

from msgspec import structs

from oms_fix.fix.dictionary import Dictionary, GroupSpec, load_dictionary
from oms_fix.fix.message import SOH, Field, Message
from oms_fix.gateway import tags
from oms_fix.model.orders import ROUTING_TAGS, USER_DEFINED, OtherField

_REVERSED = {115: 128, 116: 129, 144: 145, 128: 115, 129: 116, 145: 144}
_SOH = SOH.decode()
_LATEST = "FIX.5.0SP2"
_LAYOUTS_MAX = 256  # of messages, which counterparties have few of

# What the session writes and reads for itself.
_OF_THE_SESSION = (
    {8, 9, 10, 34, 35, 43, 49, 50, 52, 56, 57, 89, 90, 91, 93, 97, 122, 142, 143, 212, 213, 347}
    | {369, 370, 627, 628, 629, 630}
    | {1128, 1129, 1156}
)
WITH_MEANING = frozenset({*tags.NAMES, *_OF_THE_SESSION})
"""Tags that are no other fields: the model or the session has a word for them."""
PASSED_BACK = ROUTING_TAGS | {453}
"""What of a venue's report may go on to the client, beside user-defined fields."""


def dictionary(version: str) -> Dictionary:
    """Return the dictionary of an application version."""
    return load_dictionary("FIXT.1.1", version) if version == _LATEST else load_dictionary(version)


@lru_cache(_LAYOUTS_MAX)
def _is_plain(found: tuple[int, ...]) -> bool:
    return WITH_MEANING.issuperset(found)


@lru_cache(_LAYOUTS_MAX)
def _has_wanted(found: tuple[int, ...], wanted: frozenset[int]) -> bool:
    return not wanted.isdisjoint(found) or max(found, default=0) >= USER_DEFINED


def of_request(message: Message, version: str) -> tuple[OtherField, ...]:
    """Return the fields of a client's message that the model has no word for."""
    if _is_plain(message.tags):
        return ()
    return tuple(each for each in _read(message, version) if each.tag not in WITH_MEANING)


def of_report(message: Message, version: str, wanted: frozenset[int]) -> tuple[OtherField, ...]:
    """Return the fields of a venue's report that may go on: those wanted and user-defined ones."""
    if not _has_wanted(message.tags, wanted):
        return ()
    return tuple(
        each for each in _read(message, version) if each.tag in wanted or each.tag >= USER_DEFINED
    )


def _read(message: Message, version: str) -> Iterable[OtherField]:
    """Yield the fields of a message, each repeating group as one.

    Not a group without all of its entries, nor what comes again: it would spoil what it goes into.
    """
    spec = dictionary(version).messages.get(message.msg_type)
    groups = {} if spec is None else spec.groups
    fields, at, seen = message.fields, 0, set()
    while at < len(fields):
        begin = at
        tag, value = fields[at]
        at, is_whole = _end(fields, at, groups.get(tag))
        if is_whole and tag not in seen:
            inside = tuple(
                [(each, text.decode("latin-1")) for each, text in fields[begin + 1 : at]]
            )
            yield OtherField(tag, value.decode("latin-1"), inside)
        seen.add(tag)


def _end(fields: list[Field], at: int, group: GroupSpec | None) -> tuple[int, bool]:
    """Return where a field, or the group that it begins, ends, and whether that is whole."""
    count = fields[at][1]
    at += 1
    if group is None:
        return at, True
    entries, is_whole = 0, True
    while at < len(fields) and fields[at][0] in group.fields:
        entries += fields[at][0] == group.first_tag
        at, nested_is_whole = _end(fields, at, group.groups.get(fields[at][0]))
        is_whole = is_whole and nested_is_whole and entries > 0
    return at, is_whole and count == b"%d" % entries


def _members(group: GroupSpec | None) -> frozenset[int]:
    return frozenset() if group is None else group.all_fields


def fitting(
    others: Iterable[OtherField], msg_type: str, version: str
) -> tuple[list[Field], list[OtherField]]:
    """Return what a version's message has of the fields, for the wire, and what it lacks."""
    known_version = dictionary(version)
    spec = known_version.messages[msg_type]
    fields: list[Field] = []
    lost = []
    for each in others:
        if each.tag in spec.fields:
            known = _members(spec.groups.get(each.tag))
            has = {tag for tag, _ in each.members} <= known
        else:
            has = each.tag >= USER_DEFINED or each.tag in ROUTING_TAGS
        written = _on_the_wire(each)
        if has and _is_announced(fields[-1:] + written, known_version.data_tags):
            fields += written
        else:
            lost.append(each)
    return fields, lost


def _is_announced(fields: list[Field], data_tags: dict[int, int]) -> bool:
    """Whether every field that holds SOH comes after its length, as the version's readers have it.

    What a counterparty's own dictionary calls data, others would read as fields.
    """
    return all(
        SOH not in value or (data_tags.get(before[0]) == tag and before[1] == b"%d" % len(value))
        for before, (tag, value) in zip([(0, b""), *fields], fields, strict=False)
    )


def _on_the_wire(each: OtherField) -> list[Field]:
    return [(tag, value.encode("latin-1")) for tag, value in _flat(each)]


def _flat(each: OtherField) -> list[tuple[int, str]]:
    return [(each.tag, each.value), *each.members]


def as_text(others: Iterable[OtherField]) -> str:
    """Return fields for Text(58): ``MaxShow(210)=100``, of a group all that is in it.

    SOH, which data may hold and a text may not, is told as ``|``.
    """
    return "; ".join(
        " ".join(f"{_label(tag)}={value}" for tag, value in _flat(each)) for each in others
    ).replace(_SOH, "|")


def _label(tag: int) -> str:
    for version in ("FIX.4.4", "FIX.4.2", _LATEST):
        spec = dictionary(version).fields_by_tag.get(tag)
        if spec is not None:
            return f"{spec.name}({tag})"
    return str(tag)


def back(others: Iterable[OtherField]) -> list[OtherField]:
    """Return a client's fields as its reports have them: routing fields the other way round."""
    return [structs.replace(each, tag=_REVERSED.get(each.tag, each.tag)) for each in others]


def routed_back(message: Message) -> list[Field]:
    """Return the routing fields of an answer to a message, which went no further."""
    return [
        (answer, value)
        for tag, answer in _REVERSED.items()
        if (value := message.get(tag)) is not None
    ]
