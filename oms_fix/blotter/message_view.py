"""A raw FIX message as people read it: fields by name, enumerated values by meaning.

Lenient: what stands in a log or a store is shown as it is, right or wrong.
"""

import re
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from oms_fix.fix.dictionary import Dictionary, load_dictionary
from oms_fix.fix.errors import ConfigError
from oms_fix.fix.message import SOH, Field, Message
from oms_fix.fix.pretty import HIDDEN, describe

_BEGIN_STRING = re.compile(rb"8=([^\x01]*)\x01")
_APPL_VER_ID = re.compile(rb"\x01(?:1128|1137)=([^\x01]*)\x01")
_MSG_TYPE = 35
_UNKNOWN_VERSION_READS_AS = "FIX.4.4"


class FieldView(Struct, frozen=True):
    """One field; ``meaning`` is the name of an enumerated value, None for any other."""

    tag: int
    name: str
    value: str
    meaning: str | None


class MessageView(Struct, frozen=True):
    """One message.

    Attributes:
        version: the FIX version whose dictionary it was read by, such as ``FIX.5.0SP2``.
        msg_type: MsgType(35).
        name: the message's name, such as ``NewOrderSingle``; MsgType(35) if it is not known.
        raw: the message with ``|`` for SOH; secrets masked.
        fields: all fields in wire order; secrets masked.
    """

    version: str
    msg_type: str
    name: str
    raw: str
    fields: list[FieldView]


def view(raw: bytes) -> MessageView:
    """Return a message for people.

    Args:
        raw: the whole message, its fields separated by SOH. With FIXT.1.1, ApplVerID(1128) or
            DefaultApplVerID(1137) in it says which dictionary to read it by, else the latest.
    """
    dictionary = _dictionary_of(raw)
    fields = split(raw, dictionary.data_tags)
    msg_type = next((value.decode("latin-1") for tag, value in fields if tag == _MSG_TYPE), "")
    # describe() puts MsgType(35) first, whether or not it is among the fields; here it is.
    rows = [FieldView(*row) for row in describe(Message(msg_type, fields), dictionary)[1:]]
    _hide_leftovers(rows)
    spec = dictionary.messages.get(msg_type)
    return MessageView(
        version=dictionary.application_version,
        msg_type=msg_type,
        name=msg_type if spec is None else spec.name,
        raw="".join(f"{row.tag}={row.value}|" if row.tag else f"{row.value}|" for row in rows),
        fields=rows,
    )


def _hide_leftovers(rows: list[FieldView]) -> None:
    """Mask what follows a secret and is no field: data whose length was not given right."""
    for at, row in enumerate(rows):
        if row.tag == 0 and at and rows[at - 1].value == HIDDEN:
            rows[at] = msgspec.structs.replace(row, value=HIDDEN)


def split(raw: bytes, data_tags: Mapping[int, int]) -> list[Field]:
    """Return the fields of a message, right or wrong; what has no number as its tag gets tag 0.

    Args:
        raw: fields separated by SOH.
        data_tags: tag of a length field to tag of the data field after it, which may hold SOH.
    """
    fields: list[Field] = []
    at = 0
    data_end: tuple[int, int] | None = None  # data tag and length, after a length field
    while at < len(raw):
        end = _field_end(raw, at, data_end)
        tag_text, equals, value = raw[at:end].partition(b"=")
        tag = int(tag_text) if tag_text.isdigit() else 0
        fields.append((tag, value if tag and equals else raw[at:end]))
        data_end = (data_tags[tag], int(value)) if tag in data_tags and value.isdigit() else None
        at = end + 1
    return fields


def _field_end(raw: bytes, at: int, data: tuple[int, int] | None) -> int:
    """Return where the field that starts at ``at`` ends: at the next SOH, but for data."""
    if data is not None:
        tag, length = data
        start = b"%d=" % tag
        end = at + len(start) + length
        if raw.startswith(start, at) and raw[end : end + 1] == SOH:
            return end
    end = raw.find(SOH, at)
    return len(raw) if end < 0 else end


def _dictionary_of(raw: bytes) -> Dictionary:
    begin = _BEGIN_STRING.match(raw)
    begin_string = begin[1].decode("latin-1") if begin else _UNKNOWN_VERSION_READS_AS
    application = _APPL_VER_ID.search(raw)
    version = application[1].decode("latin-1") if application else None
    for attempt in ((begin_string, version), (begin_string, None)):
        try:
            return load_dictionary(*attempt)
        except ConfigError:
            continue
    return load_dictionary(_UNKNOWN_VERSION_READS_AS)
