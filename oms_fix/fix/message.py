"""A FIX message in memory: its MsgType(35) and its fields, in the order of the wire."""

from decimal import Decimal

from msgspec import Struct

SOH = b"\x01"

Field = tuple[int, bytes]

# Password, NewPassword, RawData, EncryptedPassword and EncryptedNewPassword: never to be seen.
SECRET_TAGS = frozenset((554, 925, 96, 1402, 1404))
HIDDEN = "***"

# Length field to data field, of all versions and as far as they matter before a dictionary is at
# hand: RawData, SecureData, Signature, XmlData, EncodedText, EncryptedPassword, ...NewPassword.
DATA_TAGS = {95: 96, 90: 91, 93: 89, 212: 213, 354: 355, 1401: 1402, 1403: 1404}


class Layout:
    """Tags in their order, none of them twice: what messages that are alike have in common.

    Attributes:
        tags: in wire order.
        places: tag to where it stands among them.
    """

    __slots__ = ("places", "tags")

    def __init__(self, tags: tuple[int, ...]) -> None:
        self.tags = tags
        self.places = {tag: place for place, tag in enumerate(tags)}


class Message(Struct, eq=False, gc=False):  # no cycle of references goes through a message
    """One message: the MsgType(35) and the ordered fields between it and CheckSum(10).

    A message that was received carries its header fields too; one that is to be sent carries the
    body only, the session writes header and trailer. Values are bytes exactly as on the wire.

    The fields are given either as pairs, or as the values of a layout: then the pairs are made when
    somebody asks for them.

    Attributes:
        msg_type: MsgType(35), such as ``"D"``.
        raw: the whole message as received; empty for a message made here.
        vouched_by: the validator that has found every value good, each by itself, and none a
            secret, while the message was read; None if nobody has looked. Of tags and their order
            it says nothing.
        layout: the tags; None if the fields were given as pairs.
        values: as many as the layout has tags.
    """

    msg_type: str
    _fields: list[Field] | None = None
    raw: bytes = b""
    vouched_by: object = None
    layout: Layout | None = None
    values: tuple[bytes, ...] = ()
    _first: dict[int, bytes] | None = None  # from the first look-up on, the first field of each tag

    @property
    def fields(self) -> list[Field]:
        """(tag, value) pairs in wire order, without 8, 9, 35 and 10.

        Not to be changed after the first look-up, nor where there is a layout.
        """
        fields = self._fields
        if fields is None:
            layout = self.layout
            fields = [] if layout is None else list(zip(layout.tags, self.values, strict=True))
            self._fields = fields
        return fields

    @property
    def tags(self) -> tuple[int, ...]:
        """The tags of all fields, in wire order."""
        if self.layout is not None:
            return self.layout.tags
        first = self._first or self._index()
        if len(first) == len(self.fields):
            return tuple(first)  # no tag comes twice: these are all of them, in the same order
        return tuple([tag for tag, _ in self.fields])

    @property
    def by_tag(self) -> dict[int, bytes]:
        """The first field of each tag, for who looks many up; not to be changed."""
        return self._first or self._index()

    def get(self, tag: int) -> bytes | None:
        """Return the value of the first field with this tag, or None."""
        layout = self.layout
        if layout is None:
            return (self._first or self._index()).get(tag)
        place = layout.places.get(tag)
        return None if place is None else self.values[place]

    def _index(self) -> dict[int, bytes]:
        fields = self.fields
        first = dict(fields)
        if len(first) < len(fields):
            # Reversed, so that of repeated tags (repeating groups) the first one stays.
            first = dict(reversed(fields))
        self._first = first
        return first

    def text(self, tag: int) -> str | None:
        """Return a field as text, or None; bytes that are no UTF-8 are read as Latin-1."""
        value = self.get(tag)
        return None if value is None else readable(value)

    def integer(self, tag: int) -> int | None:
        """Return a field as int, or None where it is absent; ValueError if it is no number."""
        value = self.get(tag)
        return None if value is None else int(value)

    def decimal(self, tag: int) -> Decimal | None:
        """Return a field as Decimal, or None; decimal.InvalidOperation if it is no number."""
        value = self.get(tag)
        return None if value is None else Decimal(value.decode("ascii"))

    def __contains__(self, tag: object) -> bool:
        return isinstance(tag, int) and self.get(tag) is not None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Message):
            return NotImplemented
        return self.msg_type == other.msg_type and self.fields == other.fields

    __hash__ = None  # type: ignore[assignment]  # holds a list: two equal messages may differ later

    def __repr__(self) -> str:
        shown = (
            f"{tag}={HIDDEN if tag in SECRET_TAGS else value.decode('latin-1')}"
            for tag, value in self.fields
        )
        return f"<Message 35={self.msg_type}|{'|'.join(shown)}>"


def readable(value: bytes) -> str:
    """Return a value as text; bytes that are no UTF-8 are read as Latin-1."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
