"""Overlays: how the dictionary of one counterparty differs from that of its FIX version.

An overlay is a small XML file in the format of QuickFIX's dictionaries that has the differences
only::

    <fix>
      <messages>
        <message name="ExecutionReport">
          <field name="HouseID" required="N"/>          another field
          <field name="AvgPx" required="N"/>           required so far, and no more
          <group name="NoPartyIDs" required="N">
            <field name="HouseID" required="N"/>        another field in the entries of a group
          </group>
        </message>
        <message name="HouseNotice" msgtype="U1" msgcat="app">    another message
          <field name="HouseID" required="Y"/>
        </message>
      </messages>
      <fields>
        <field number="6001" name="HouseID" type="STRING"/>       another field
        <field name="OrdStatus">                                 more values
          <value enum="Z" description="PARKED"/>
        </field>
      </fields>
    </fix>

``<header>`` and ``<trailer>`` are changed like messages. ``required`` may be left out: what is
there stays as it is, what is new is optional. Nothing can be taken away, and there are no
components.
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from msgspec import structs

from oms_fix.fix.dictionary import (
    Dictionary,
    FieldSpec,
    GroupSpec,
    MessageSpec,
    pair_data_tags,
)
from oms_fix.fix.dictionary_xml import Node, read_xml
from oms_fix.fix.errors import ConfigError, SettingsProblem
from oms_fix.fix.file_state import state_of

_SECTIONS = ("header", "trailer", "messages", "fields")
_CATEGORIES = ("app", "admin")
_REQUIRED = {"Y": True, "N": False, "": None}

_Spec = TypeVar("_Spec", MessageSpec, GroupSpec)


def overlaid(dictionary: Dictionary, path: Path) -> Dictionary:
    """Return a dictionary with the differences of an overlay; the same again for the same file.

    Args:
        dictionary: stays as it is.
        path: the overlay's file.

    Raises:
        ConfigError: with everything that is wrong in the file.
    """
    return _overlaid(dictionary, path, state_of(path))


@lru_cache(maxsize=32)
def _overlaid(
    dictionary: Dictionary,
    path: Path,
    _state: tuple[int, int, int] | None,  # another one: the file is to be read again
) -> Dictionary:
    return _Overlay(dictionary, path).applied()


class _Overlay:
    """One file, and what is wrong with it."""

    def __init__(self, dictionary: Dictionary, path: Path) -> None:
        self._dictionary = dictionary
        self._path = str(path)
        self._root = read_xml(path)
        self._fields = dict(dictionary.fields_by_name)
        self._tags = {spec.tag: spec.name for spec in self._fields.values()}
        self._messages = dict(dictionary.messages)
        self._problems: list[SettingsProblem] = []

    def applied(self) -> Dictionary:
        """Return the dictionary as it is with the overlay."""
        for node in self._root.children:
            if node.name not in _SECTIONS:
                self._problem(node, f"unknown section <{node.name}>; {', '.join(_SECTIONS)}")
        for node in self._section("fields"):
            self._define(node)
        for node in self._section("messages"):
            self._message(node)
        header = self._frame("header", self._dictionary.header)
        trailer = self._frame("trailer", self._dictionary.trailer)
        if self._problems:
            raise ConfigError(sorted(self._problems, key=lambda problem: problem.line))
        return structs.replace(
            self._dictionary,
            fields_by_name=self._fields,
            fields_by_tag={spec.tag: spec for spec in self._fields.values()},
            messages=self._messages,
            header=header,
            trailer=trailer,
            data_tags=pair_data_tags(self._fields),
            transport_tags=self._transport_tags(header, trailer),
        )

    def _transport_tags(self, header: MessageSpec, trailer: MessageSpec) -> frozenset[int]:
        """Return the tags that the transport knows: ours too, where they stand in its messages."""
        if self._dictionary.begin_string == self._dictionary.application_version:
            return frozenset(self._tags)
        admin = [spec for spec in self._messages.values() if spec.category == "admin"]
        frames = (header, trailer, *admin)
        return self._dictionary.transport_tags.union(*(spec.all_fields for spec in frames))

    def _problem(self, node: Node, text: str) -> None:
        self._problems.append(SettingsProblem(self._path, node.line, text))

    def _section(self, name: str) -> Iterator[Node]:
        for node in self._root.children:
            if node.name == name:
                yield from node.children

    # Fields

    def _define(self, node: Node) -> None:
        """Take in a new field, or more values of one that is there."""
        name = node.get("name")
        known = self._fields.get(name)
        values = self._values(node)
        if node.name != "field" or not name:
            self._problem(node, f"<{node.name}> among fields; <field name=... number=... type=...>")
        elif known is None:
            self._new_field(node, values)
        elif node.get("number") not in {"", str(known.tag)} or node.get("type") not in {
            "",
            known.type,
        }:
            is_so = f"{name} has number {known.tag} and type {known.type}"
            self._problem(node, f"{is_so}; an overlay can only add values to it")
        elif values and not known.values:
            self._problem(node, f"{name} may have any value already")
        else:
            self._fields[name] = structs.replace(known, values=known.values | values)

    def _new_field(self, node: Node, values: dict[str, str]) -> None:
        name, number, type_ = node.get("name"), node.get("number"), node.get("type")
        if not number and not type_:
            hint = _did_you_mean(name, self._fields)
            self._problem(node, f"no field {name}{hint}; a new one needs number and type")
        elif not (number.isascii() and number.isdecimal() and int(number)) or not type_:
            self._problem(node, f"new field {name} needs a number above 0 and a type")
        elif int(number) in self._tags:
            self._problem(node, f"number {number} is that of {self._tags[int(number)]} already")
        else:
            self._fields[name] = FieldSpec(int(number), name, type_, values)
            self._tags[int(number)] = name

    def _values(self, node: Node) -> dict[str, str]:
        for value in node.children:
            if value.name != "value" or not value.get("enum"):
                self._problem(value, f"<{value.name}> in a field; <value enum=... description=...>")
        return {value.get("enum"): value.get("description") for value in node.children}

    # Messages, header and trailer, groups

    def _message(self, node: Node) -> None:
        name, msg_type = node.get("name"), node.get("msgtype")
        known = next((spec for spec in self._messages.values() if spec.name == name), None)
        if node.name != "message" or not name:
            self._problem(node, f"<{node.name}> among messages; <message name=...>")
        elif known is not None and msg_type in {"", known.msg_type}:
            self._messages[known.msg_type] = self._changed(node, known)
        elif known is not None:
            self._problem(node, f"{name} has msgtype {known.msg_type}")
        elif not msg_type:
            names = [spec.name for spec in self._messages.values()]
            hint = _did_you_mean(name, names)
            self._problem(node, f"no message {name}{hint}; a new one needs msgtype")
        elif msg_type in self._messages:
            owner = self._messages[msg_type].name
            self._problem(node, f"msgtype {msg_type} is that of {owner} already")
        else:
            self._new_message(node, name, msg_type)

    def _new_message(self, node: Node, name: str, msg_type: str) -> None:
        category = node.get("msgcat") or "app"
        if category not in _CATEGORIES:
            self._problem(node, f"msgcat={category}: not allowed; {' or '.join(_CATEGORIES)}")
        empty: frozenset[int] = frozenset()
        spec = MessageSpec(name, msg_type, category, required=empty, fields=empty, groups={})
        self._messages[msg_type] = self._changed(node, spec)

    def _frame(self, name: str, spec: MessageSpec) -> MessageSpec:
        children = list(self._section(name))
        return self._changed(Node(name, {}, self._root.line, children), spec)

    def _changed(self, node: Node, spec: _Spec) -> _Spec:
        """Return a message or group as its node wants it."""
        fields, required, groups = set(spec.fields), set(spec.required), dict(spec.groups)
        for child in node.children:
            tag = self._tag_of(child)
            if tag is None:
                continue
            fields.add(tag)
            wanted = _REQUIRED.get(child.get("required").upper())
            if wanted is not None:
                (required.add if wanted else required.discard)(tag)
            if child.name == "group":
                groups[tag] = self._group(child, tag, groups.get(tag))
        return structs.replace(
            spec, fields=frozenset(fields), required=frozenset(required), groups=groups
        )

    def _group(self, node: Node, tag: int, known: GroupSpec | None) -> GroupSpec:
        first = self._fields.get(node.children[0].get("name")) if node.children else None
        if not node.children:
            self._problem(node, f"group {node.get('name')} has no fields")
        if known is None:
            empty: frozenset[int] = frozenset()
            known = GroupSpec(tag, first.tag if first else 0, empty, empty, {}, {})
        return self._changed(node, known)

    def _tag_of(self, node: Node) -> int | None:
        """Return the tag of a field or group in a message, or None and a problem more."""
        name, required = node.get("name"), node.get("required")
        if node.name not in {"field", "group"}:
            self._problem(node, f"<{node.name}> in a message of an overlay; <field> or <group>")
        elif name not in self._fields:
            self._problem(node, f"no field {name}{_did_you_mean(name, self._fields)}")
        elif required.upper() not in _REQUIRED:
            self._problem(node, f"required={required}: not allowed; Y or N")
        else:
            return self._fields[name].tag
        return None


def _did_you_mean(name: str, names: Mapping[str, object] | list[str]) -> str:
    close = get_close_matches(name, names, n=1)
    return f"; did you mean {close[0]}?" if close else ""
