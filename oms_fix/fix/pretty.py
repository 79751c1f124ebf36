"""FIX for human eyes: tags and enumerated values by name, secrets hidden."""

import re

from oms_fix.fix.codec import parse_fields
from oms_fix.fix.dictionary import Dictionary, FieldSpec
from oms_fix.fix.errors import ParseError
from oms_fix.fix.message import DATA_TAGS, HIDDEN, SECRET_TAGS, SOH, Field, Message

__all__ = ["HIDDEN", "SECRET_TAGS", "describe", "is_masked", "mask_secrets", "redact", "render"]

# RawData(96) of a Logon(A) may be a password; of another message it is what the message is about,
# hidden from eyes but needed to send it again.
_RAW_DATA = 96
_LOGON = b"\x0135=A\x01"
# A tag may come with zeros in front, which read_field passes over.
_SECRET_START = re.compile(rb"\x010*(%b)=" % b"|".join(b"%d" % tag for tag in sorted(SECRET_TAGS)))
_MASK = HIDDEN.encode()

Description = tuple[int, str, str, str | None]


def describe(message: Message, dictionary: Dictionary) -> list[Description]:
    """Return (tag, name, value, meaning) of every field, MsgType(35) first.

    The name of an unknown tag is empty; the meaning is the name of an enumerated value, else None.
    Secrets are shown as ``***``.
    """
    fields = [(35, message.msg_type.encode("latin-1")), *message.fields]
    return [_describe_field(field, dictionary) for field in fields]


def render(raw: bytes, dictionary: Dictionary) -> str:
    """Return a message as a table of lines ``tag name value meaning``, in the order of the wire.

    Args:
        raw: the message, with SOH between its fields; framing and order need not be right.
        dictionary: where names come from.

    Raises:
        ParseError: these bytes are no fields.
    """
    rows = [_describe_field(field, dictionary) for field in parse_fields(raw, dictionary.data_tags)]
    width = max((len(name) for _, name, _, _ in rows), default=0)
    lines = []
    for tag, name, value, meaning in rows:
        line = f"{tag:>5} {name:<{width}} {value}"
        lines.append(f"{line} ({meaning})" if meaning is not None else line)
    return "\n".join(lines)


def redact(raw: bytes) -> str:
    """Return a message as one line for logs: ``|`` for SOH, secrets as ``***``.

    Works without a dictionary and for garbled bytes too: there, everything from the first secret
    on is hidden, since nobody knows where it ends.
    """
    try:
        fields = parse_fields(raw, DATA_TAGS)
    except ParseError:
        return _redact_garbled(raw)
    return "".join(
        f"{tag}={HIDDEN if tag in SECRET_TAGS else _text(value)}|" for tag, value in fields
    )


def is_masked(raw: bytes) -> bool:
    """Whether a secret of a stored message has been masked, so that it cannot be sent again."""
    return any(raw.startswith(_MASK + SOH, start.end()) for start in _stored_secrets(raw))


def mask_secrets(raw: bytes) -> bytes:
    """Return a whole message of whatever type with ``***`` for its secrets, to be stored.

    BodyLength(9), CheckSum(10) and the length of a masked data field stay those of the original.
    Where data fields that only a dictionary knows get in the way, all from the first secret up to
    CheckSum(10) is hidden.
    """
    starts = _stored_secrets(raw)
    if not starts:
        return raw
    try:
        fields = parse_fields(raw, DATA_TAGS)
    except ParseError:
        return raw[: starts[0].end()] + _MASK + raw[raw.rindex(b"\x0110=") :]
    secret = {int(start[1]) for start in starts}
    return b"".join(
        b"%d=%b\x01" % (tag, _MASK if tag in secret else value) for tag, value in fields
    )


def _stored_secrets(raw: bytes) -> list[re.Match[bytes]]:
    """Return where values begin that are not to be stored; every stored message comes by here."""
    if _SECRET_START.search(raw) is None:
        return []
    found = list(_SECRET_START.finditer(raw))
    return found if _LOGON in raw else [each for each in found if int(each[1]) != _RAW_DATA]


def _redact_garbled(raw: bytes) -> str:
    starts = [raw.find(b"%d=" % tag) for tag in SECRET_TAGS]
    first = min((start for start in starts if start >= 0), default=None)
    shown = _text(raw[:first].replace(SOH, b"|"))
    return shown if first is None else shown + HIDDEN


def _describe_field(field: Field, dictionary: Dictionary) -> Description:
    tag, data = field
    spec = dictionary.fields_by_tag.get(tag)
    value = HIDDEN if tag in SECRET_TAGS else _text(data)
    if tag == 35:
        message = dictionary.messages.get(value)
        return tag, "MsgType", value, message.name if message else None
    return tag, spec.name if spec else "", value, _meaning(spec, value) if spec else None


def _meaning(spec: FieldSpec, value: str) -> str | None:
    if not spec.values:
        return None
    if value in spec.values:
        return spec.values[value]
    names = [spec.values.get(part) for part in value.split(" ")]
    return ", ".join(name for name in names if name) or None


def _text(data: bytes) -> str:
    """Decode a value; what would move the cursor is shown escaped, so that lines stay lines."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text if text.isprintable() else text.encode("unicode_escape").decode()
