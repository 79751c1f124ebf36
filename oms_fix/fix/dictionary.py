"""Data dictionaries: what fields, groups and messages a FIX version has.

Read from XML in QuickFIX format. A FIXT.1.1 session has two of them: header, trailer and
administrative messages come from the transport's, all other messages from the application's.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from oms_fix.fix.dictionary_xml import Node, read_xml
from oms_fix.fix.errors import ConfigError, SettingsProblem

_HERE = Path(__file__).resolve().parent
_PLACES = (_HERE / "dictionaries", _HERE.parents[1] / "spec" / "dictionaries")

_TRANSPORT = "FIXT.1.1"
_FILES = {
    "FIX.4.0": "FIX40.xml",
    "FIX.4.1": "FIX41.xml",
    "FIX.4.2": "FIX42.xml",
    "FIX.4.3": "FIX43.xml",
    "FIX.4.4": "FIX44.xml",
    "FIX.5.0": "FIX50.xml",
    "FIX.5.0SP1": "FIX50SP1.xml",
    "FIX.5.0SP2": "FIX50SP2.xml",
    _TRANSPORT: "FIXT11.xml",
}
# Values of ApplVerID(1128) and DefaultApplVerID(1137), and what they stand for.
_APPLICATION_VERSIONS = {
    "2": "FIX.4.0",
    "3": "FIX.4.1",
    "4": "FIX.4.2",
    "5": "FIX.4.3",
    "6": "FIX.4.4",
    "7": "FIX.5.0",
    "8": "FIX.5.0SP1",
    "9": "FIX.5.0SP2",
}
_LATEST = "FIX.5.0SP2"


class FieldSpec(Struct, frozen=True):
    """One field.

    Attributes:
        tag: such as 54.
        name: such as ``Side``.
        type: data type as QuickFIX names it, such as ``CHAR`` or ``UTCTIMESTAMP``.
        values: enumerated value to its name, ``{"1": "BUY"}``; empty if any value will do.
    """

    tag: int
    name: str
    type: str
    values: dict[str, str]


class GroupSpec(Struct, frozen=True):
    """One repeating group.

    Attributes:
        count_tag: the NumInGroup field that announces it.
        first_tag: the field that starts every entry.
        fields: all tags that may stand in an entry, counts of nested groups included.
        required: tags that every entry must have.
        groups: nested groups by their count tag.
        places: where in an entry each tag stands, from 0; what an overlay has added has no place.
    """

    count_tag: int
    first_tag: int
    fields: frozenset[int]
    required: frozenset[int]
    groups: dict[int, "GroupSpec"]
    places: dict[int, int]

    @property
    def all_fields(self) -> frozenset[int]:
        """Return the tags of an entry and of all groups inside it."""
        return _with_members(self.fields, self.groups)


class MessageSpec(Struct, frozen=True):
    """One message, or the header or trailer of all of them.

    Attributes:
        name: such as ``NewOrderSingle``.
        msg_type: MsgType(35); empty for header and trailer.
        category: ``admin`` or ``app``.
        required: tags that must be there, those in groups not counted.
        fields: tags that may stand in the body, counts of groups included, their members not.
        groups: repeating groups by their count tag.
    """

    name: str
    msg_type: str
    category: str
    required: frozenset[int]
    fields: frozenset[int]
    groups: dict[int, GroupSpec]

    @property
    def all_fields(self) -> frozenset[int]:
        """Return the tags of this part of a message and of all groups inside it."""
        return _with_members(self.fields, self.groups)


def _with_members(fields: frozenset[int], groups: dict[int, GroupSpec]) -> frozenset[int]:
    return fields.union(*(group.all_fields for group in groups.values()))


class Dictionary(Struct, frozen=True, eq=False):
    """What one session may speak; equal to itself alone, so that what is made of it can be kept.

    Attributes:
        begin_string: BeginString(8).
        application_version: such as ``FIX.4.4`` or ``FIX.5.0SP2``.
        fields_by_tag: all fields, of transport and application.
        fields_by_name: the same by name.
        messages: by MsgType(35), administrative and application together.
        header: fields before the body, 8, 9 and 35 included.
        trailer: fields after the body, 10 included.
        data_tags: tag of a length field to tag of the data field that follows it.
        transport_tags: tags that header, trailer and administrative messages know; other than
            ``fields_by_tag`` with FIXT.1.1 only.
    """

    begin_string: str
    application_version: str
    fields_by_tag: dict[int, FieldSpec]
    fields_by_name: dict[str, FieldSpec]
    messages: dict[str, MessageSpec]
    header: MessageSpec
    trailer: MessageSpec
    data_tags: dict[int, int]
    transport_tags: frozenset[int]


class _Source(Struct, frozen=True):
    """What one XML file holds."""

    fields: dict[str, FieldSpec]
    messages: dict[str, MessageSpec]
    header: MessageSpec
    trailer: MessageSpec


def load_dictionary(
    begin_string: str,
    default_appl_ver_id: str | None = None,
    *,
    transport: Path | None = None,
    application: Path | None = None,
) -> Dictionary:
    """Return the dictionary of a session; the same object each time for the same arguments.

    Args:
        begin_string: BeginString(8).
        default_appl_ver_id: DefaultApplVerID(1137), ``9`` or ``FIX.5.0SP2``; for FIXT.1.1 only,
            where its default is the latest.
        transport: XML of the transport in place of ours; for FIXT.1.1 only.
        application: XML of the application, or of everything before FIXT.1.1, in place of ours.

    Raises:
        ConfigError: no such version, or a file that is missing or wrong.
    """
    if begin_string != _TRANSPORT:
        return _load(begin_string, begin_string, None, application)
    version = default_appl_ver_id or _LATEST
    return _load(begin_string, _APPLICATION_VERSIONS.get(version, version), transport, application)


@lru_cache(maxsize=32)
def _load(
    begin_string: str, version: str, transport: Path | None, application: Path | None
) -> Dictionary:
    for name in (begin_string, version):
        if name not in _FILES:
            allowed = ", ".join(_FILES)
            raise ConfigError(
                [SettingsProblem(name, 0, f"no such FIX version; allowed: {allowed}")]
            )
    body = _read(application or shipped_dictionary(version), version)
    frame = body
    if begin_string != version:
        frame = _read(transport or shipped_dictionary(begin_string), begin_string)
    return _join(begin_string, version, frame, body)


def shipped_dictionary(version: str) -> Path:
    """Return the XML that comes with us for a FIX version, such as ``FIX.4.4``; else KeyError."""
    places = [place / _FILES[version] for place in _PLACES]
    return next((path for path in places if path.is_file()), places[0])


def _join(begin_string: str, version: str, frame: _Source, body: _Source) -> Dictionary:
    fields = body.fields | frame.fields
    messages = frame.messages
    if body is not frame:
        application = {k: m for k, m in body.messages.items() if m.category != "admin"}
        messages = application | frame.messages
    return Dictionary(
        begin_string=begin_string,
        application_version=version,
        fields_by_tag={spec.tag: spec for spec in fields.values()},
        fields_by_name=fields,
        messages=messages,
        header=frame.header,
        trailer=frame.trailer,
        data_tags=pair_data_tags(fields),
        transport_tags=frozenset(spec.tag for spec in frame.fields.values()),
    )


def pair_data_tags(fields: Mapping[str, FieldSpec]) -> dict[int, int]:
    """Pair each data field with its length: by name, or else by the tag before it."""
    by_tag = {spec.tag: spec for spec in fields.values()}
    pairs = {}
    for spec in fields.values():
        if spec.type not in {"DATA", "XMLDATA"}:
            continue
        length = fields.get(spec.name + "Len") or fields.get(spec.name + "Length")
        length = length or by_tag.get(spec.tag - 1)
        if length is not None:
            pairs[length.tag] = spec.tag
    return pairs


class _Content(Struct, frozen=True):
    """Fields, in their order, and groups of a message, a component or one entry of a group."""

    order: tuple[int, ...]
    required: frozenset[int]
    groups: dict[int, GroupSpec]


_EMPTY = _Content((), frozenset(), {})


def _read(path: Path, version: str) -> _Source:
    root = read_xml(path)
    found = f"{root.get('type')}.{root.get('major')}.{root.get('minor')}"
    service_pack = root.get("servicepack") or "0"
    found += "" if service_pack == "0" else f"SP{service_pack}"
    if found != version:
        text = f"is the dictionary of {found}; {version} is wanted"
        raise ConfigError([SettingsProblem(str(path), root.line, text)])
    return _Reader(path, root).source()


class _Reader:
    """Resolves names and components of one file, and collects what is wrong with it."""

    def __init__(self, path: Path, root: Node) -> None:
        self._path = str(path)
        self._root = root
        self._problems: list[SettingsProblem] = []
        self._fields: dict[str, FieldSpec] = {}
        self._component_nodes: dict[str, Node] = {}
        self._components: dict[str, _Content] = {}
        self._open: list[str] = []  # components being resolved, to find circles

    def source(self) -> _Source:
        """Return the content of the file; ConfigError with all problems if there are any."""
        self._read_fields()
        for node in self._section("components"):
            self._component_nodes[node.get("name")] = node
        messages = {}
        for node in self._section("messages"):
            spec = self._message(node, self._attribute(node, "name"))
            messages[self._attribute(node, "msgtype")] = spec
        source = _Source(self._fields, messages, self._frame("header"), self._frame("trailer"))
        if self._problems:
            self._problems.sort(key=lambda problem: problem.line)
            raise ConfigError(self._problems)
        return source

    def _problem(self, node: Node, text: str) -> None:
        self._problems.append(SettingsProblem(self._path, node.line, text))

    def _attribute(self, node: Node, name: str) -> str:
        value = node.get(name)
        if not value:
            self._problem(node, f"<{node.name}> without attribute {name}")
        return value

    def _section(self, name: str) -> Iterator[Node]:
        for node in self._root.children:
            if node.name == name:
                yield from node.children

    def _read_fields(self) -> None:
        tags: dict[int, str] = {}
        for node in self._section("fields"):
            name, number = self._attribute(node, "name"), self._attribute(node, "number")
            if not number.isdecimal() or int(number) == 0:
                self._problem(node, f"number {number!r} of field {name} is no positive integer")
                continue
            tag = int(number)
            if tag in tags or name in self._fields:
                self._problem(node, f"field {name} ({tag}) is defined twice")
            tags[tag] = name
            values = {value.get("enum"): value.get("description") for value in node.children}
            self._fields[name] = FieldSpec(tag, name, self._attribute(node, "type"), values)

    def _frame(self, name: str) -> MessageSpec:
        """Return header or trailer; that of an application dictionary is empty or absent."""
        node = Node(name, {}, self._root.line, list(self._section(name)))
        return self._message(node, name)

    def _message(self, node: Node, name: str) -> MessageSpec:
        content = self._content(node)
        return MessageSpec(
            name=name,
            msg_type=node.get("msgtype"),
            category=node.get("msgcat") or "admin",
            required=content.required,
            fields=frozenset(content.order),
            groups=content.groups,
        )

    def _content(self, parent: Node) -> _Content:
        order: tuple[int, ...] = ()
        required: set[int] = set()
        groups: dict[int, GroupSpec] = {}
        for node in parent.children:
            part = self._part(node)
            order += part.order
            groups |= part.groups
            if node.get("required").upper() == "Y":
                required |= part.required
        return _Content(order, frozenset(required), groups)

    def _part(self, node: Node) -> _Content:
        """Return what one child adds: a required child makes ``required`` of it required."""
        if node.name == "component":
            return self._component(node)
        spec = self._fields.get(node.get("name"))
        if node.name not in {"field", "group"} or spec is None:
            self._problem(node, f"<{node.name}> {node.get('name')}: no such field is defined")
            return _EMPTY
        groups = {}
        if node.name == "group":
            groups[spec.tag] = self._group(node, spec)
        return _Content((spec.tag,), frozenset((spec.tag,)), groups)

    def _group(self, node: Node, spec: FieldSpec) -> GroupSpec:
        entry = self._content(node)
        if not entry.order:
            self._problem(node, f"group {spec.name} has no fields")
        return GroupSpec(
            count_tag=spec.tag,
            first_tag=next(iter(entry.order), 0),
            fields=frozenset(entry.order),
            required=entry.required,
            groups=entry.groups,
            places={tag: place for place, tag in enumerate(dict.fromkeys(entry.order))},
        )

    def _component(self, node: Node) -> _Content:
        name = self._attribute(node, "name")
        known = self._components.get(name)
        if known is not None:
            return known
        definition = self._component_nodes.get(name)
        if definition is None or name in self._open:
            text = "contains itself" if definition else "is not defined"
            self._problem(node, f"component {name} {text}")
            return _EMPTY
        self._open.append(name)
        content = self._components[name] = self._content(definition)
        self._open.pop()
        return content
