"""YAML into msgspec Structs: every problem of a file at once, each with its line.

PyYAML builds the tree of nodes, which know their lines; a walker follows the types, as
``msgspec.inspect`` describes them, down the tree. What is wrong is noted and left out, and the walk
goes on: a file with five mistakes gives five problems. Semantic checks go on with what was good;
marks, shaped like the values, tell them on which line something stands.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

import yaml
from msgspec import Struct, inspect

from oms_fix.core.wording import allowed
from oms_fix.settings.problems import Problem, read_text, shown
from oms_fix.settings.scalars import ScalarError, read_scalar, unwrap

T = TypeVar("T")
_STANDARD_TAGS = "tag:yaml.org,2002:"
_QUOTES = "comparisons in quotes: '> 100'"


class Mark(Struct):
    """Where a value stands: its line, and the marks of what it holds, by key or by position."""

    line: int
    keys: dict[str, "Mark"] = {}
    items: list["Mark"] = []

    def at(self, key: str) -> "Mark":
        """Return the mark of a key; the whole value's where the key is not written."""
        return self.keys.get(key, self)


class Document(Struct, Generic[T]):
    """What was read of a file.

    ``value`` is None if anything of it was wrong; ``fields`` has those keys of the top level whose
    values could be read at least in part, with what was good of them. ``ids`` are those of all
    mappings that have an ``id``, faulty ones too.
    """

    path: str
    text: str
    value: T | None
    fields: dict[str, Any]
    mark: Mark
    ids: frozenset[str]


class _Bad:
    """Stands for a value that could not be read."""


_BAD = _Bad()


def read_yaml(
    path: Path, type_: type[T], problems: list[Problem], moved: Mapping[str, str] = {}
) -> Document[T] | None:
    """Read a YAML file as the Struct ``type_``; None if it is no YAML file at all.

    Args:
        path: the file.
        type_: a Struct of Structs, unions of tagged Structs, tuples, dicts and scalars.
        problems: is added to, one for each thing that is wrong.
        moved: keys of the top level that there were once, and what is allowed instead.
    """
    before = len(problems)
    text = read_text(path, problems)
    if text is None:
        return None
    walker = _Walker(shown(path), problems)
    node = walker.compose(text)
    if node is None:
        return None
    root = inspect.type_info(type_)
    if not isinstance(root, inspect.StructType):
        raise TypeError(f"{type_} is no Struct")
    fields, mark = walker.struct_fields(node, root, path.name, moved)
    value = type_(**fields) if len(problems) == before else None
    return Document(shown(path), text, value, fields, mark, frozenset(walker.ids))


class _Walker:
    """Follows types down a tree of nodes; problems go to the list it was given."""

    def __init__(self, path: str, problems: list[Problem]) -> None:
        self._path = path
        self._problems = problems
        self.ids: set[str] = set()

    def compose(self, text: str) -> yaml.Node | None:
        """Return the root node; None, and a problem, if there is no YAML document."""
        try:
            root = yaml.compose(text, yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            self._note_syntax(error)
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            code = f"U+{error.character:04X}"
            self._note(line, f"control character {code}; allowed: printable text")
        except RecursionError:
            self._note(1, "nested too deeply; allowed: the keys that `oms-fix schema` shows")
        else:
            if root is None:
                self._note(1, "file is empty; allowed: the keys that `oms-fix schema` shows")
            return root
        return None

    def _note_syntax(self, error: yaml.MarkedYAMLError) -> None:
        mark = error.problem_mark or error.context_mark
        what = " ".join(part for part in (error.context, error.problem) if part)
        begun = error.context_mark
        if begun is not None and mark is not None and begun.line != mark.line:
            what = f"{error.context} from line {begun.line + 1}: {error.problem}"
        hint = f"allowed: indentation by spaces, {_QUOTES}"
        self._note(mark.line + 1 if mark else 1, f"no valid YAML, {what}; {hint}")

    def _note(self, line: int, text: str) -> _Bad:
        self._problems.append(Problem(self._path, line, text))
        return _BAD

    def read(self, node: yaml.Node, type_: inspect.Type, name: str) -> tuple[Any, Mark]:
        """Return the value of a node as ``type_`` and its mark; ``_BAD`` if nothing is good."""
        plain, _ = unwrap(type_)
        mark = Mark(node.start_mark.line + 1)
        if not node.tag.startswith(_STANDARD_TAGS):
            text = f"{name} has the tag {node.tag!r}; allowed: values without tags ({_QUOTES})"
            return self._note(mark.line, text), mark
        if isinstance(plain, inspect.UnionType):
            return self._read_union(node, plain, name)
        if isinstance(plain, inspect.StructType):
            return self._read_struct(node, plain, name)
        if isinstance(plain, inspect.VarTupleType | inspect.ListType):
            return self._read_list(node, plain, name)
        if isinstance(plain, inspect.DictType):
            return self._read_dict(node, plain, name)
        if isinstance(node, yaml.ScalarNode):
            return self._read_scalar(node, type_, name), mark
        what = f"{name} is {_kind(node)}; allowed: a single value"
        return self._note(mark.line, what), mark

    def _read_scalar(self, node: yaml.ScalarNode, type_: inspect.Type, name: str) -> Any:
        line = node.start_mark.line + 1
        if node.tag == _STANDARD_TAGS + "null":
            return self._note(line, f"{name} has no value; allowed: a value, or no such key")
        try:
            return read_scalar(node.value, type_)
        except ScalarError as error:
            return self._note(line, f"{name} {error}")

    def _read_union(self, node: yaml.Node, union: inspect.UnionType, name: str) -> tuple[Any, Mark]:
        structs = [type_ for type_ in union.types if isinstance(type_, inspect.StructType)]
        if len(structs) > 1:
            return self._read_tagged(node, structs, name)
        others = [t for t in union.types if not isinstance(t, inspect.NoneType)]
        lists = [t for t in others if isinstance(t, inspect.ListType | inspect.VarTupleType)]
        if lists and isinstance(node, yaml.SequenceNode):
            return self.read(node, lists[0], name)
        return self.read(node, next(t for t in others if t not in lists), name)

    def _read_tagged(
        self, node: yaml.Node, structs: list[inspect.StructType], name: str
    ) -> tuple[Any, Mark]:
        """Read the Struct of a union that the tag key names."""
        by_tag = {str(struct.tag): struct for struct in structs}
        key = str(structs[0].tag_field)
        line = node.start_mark.line + 1
        if not isinstance(node, yaml.MappingNode):
            text = f"{name} is {_kind(node)}; allowed: keys with values, among them {key}"
            return self._note(line, text), Mark(line)
        value = next((v for k, v in node.value if k.value == key), None)
        if value is None:
            text = f"{name} has no {key}; allowed: {key} with one of {', '.join(by_tag)}"
            return self._note(line, text), Mark(line)
        tag = value.value if isinstance(value, yaml.ScalarNode) else _kind(value)
        struct = by_tag.get(tag)
        if struct is None:
            text = f"unknown {key} {tag!r}; {allowed(tag, by_tag)}"
            return self._note(value.start_mark.line + 1, text), Mark(line)
        return self._read_struct(node, struct, name)

    def _read_struct(
        self, node: yaml.Node, struct: inspect.StructType, name: str
    ) -> tuple[Any, Mark]:
        before = len(self._problems)
        fields, mark = self.struct_fields(node, struct, name)
        return (struct.cls(**fields) if len(self._problems) == before else _BAD), mark

    def struct_fields(
        self,
        node: yaml.Node,
        struct: inspect.StructType,
        name: str,
        moved: Mapping[str, str] = {},
    ) -> tuple[dict[str, Any], Mark]:
        """Return those fields of a Struct that are written and good, and the Struct's mark."""
        mark = Mark(node.start_mark.line + 1)
        fields: dict[str, Any] = {}
        if not isinstance(node, yaml.MappingNode):
            self._note(mark.line, f"{name} is {_kind(node)}; allowed: keys with values")
            return fields, mark
        by_name = {field.encode_name: field for field in struct.fields}
        tag_field = struct.tag_field
        known = [*([tag_field] if tag_field else []), *by_name]
        label = self._label(node, name)
        for key, value, line in self._entries(node, label):
            field = by_name.get(key)
            if field is None:
                if key != tag_field:
                    instead = moved.get(key) or allowed(key, known, show=known)
                    self._note(line, f"unknown key {key!r} in {label}; {instead}")
                continue
            found, mark.keys[key] = self.read(value, field.type, f"{key} of {label}")
            mark.keys[key].line = line
            if found is not _BAD:
                fields[field.name] = found
        written = {key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)}
        for field in struct.fields:
            if field.required and field.encode_name not in written:
                text = f"{label} has no {field.encode_name}; allowed: all of {_required(struct)}"
                self._note(mark.line, text)
        return fields, mark

    def _label(self, node: yaml.MappingNode, name: str) -> str:
        """Return how problems call a mapping: by its id, where it has one."""
        for key, value in node.value:
            if key.value == "id" and isinstance(value, yaml.ScalarNode) and value.value:
                self.ids.add(value.value)
                return str(value.value)
        return name

    def _entries(self, node: yaml.MappingNode, label: str) -> Iterator[tuple[str, yaml.Node, int]]:
        """Yield key, value and line of each entry; a key that is there already is a problem."""
        first: dict[str, int] = {}
        for key_node, value in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._note(line, f"a key of {label} is {_kind(key_node)}; allowed: text")
            elif key_node.value in first:
                where = f"it is on line {first[key_node.value]} already"
                text = f"duplicate key {key_node.value!r} in {label}, {where}"
                self._note(line, f"{text}; allowed: each key once")
            else:
                first[key_node.value] = line
                yield key_node.value, value, line

    def _read_list(
        self, node: yaml.Node, type_: inspect.ListType | inspect.VarTupleType, name: str
    ) -> tuple[Any, Mark]:
        mark = Mark(node.start_mark.line + 1)
        if not isinstance(node, yaml.SequenceNode):
            return self._note(mark.line, f"{name} is {_kind(node)}; allowed: a list"), mark
        if len(node.value) < (type_.min_length or 0):
            text = f"{name} is a list of {len(node.value)}; allowed: at least {type_.min_length}"
            return self._note(mark.line, text), mark
        items = []
        for position, child in enumerate(node.value, 1):
            value, child_mark = self.read(child, type_.item_type, f"entry {position} of {name}")
            if value is not _BAD:
                items.append(value)
                mark.items.append(child_mark)
        return (tuple(items) if isinstance(type_, inspect.VarTupleType) else items), mark

    def _read_dict(self, node: yaml.Node, type_: inspect.DictType, name: str) -> tuple[Any, Mark]:
        mark = Mark(node.start_mark.line + 1)
        if not isinstance(node, yaml.MappingNode):
            text = f"{name} is {_kind(node)}; allowed: keys with values"
            return self._note(mark.line, text), mark
        values = {}
        for key, child, line in self._entries(node, name):
            value, mark.keys[key] = self.read(child, type_.value_type, f"{key} of {name}")
            mark.keys[key].line = line
            if value is not _BAD:
                values[key] = value
        return values, mark


def _required(struct: inspect.StructType) -> str:
    names: Iterable[str] = (field.encode_name for field in struct.fields if field.required)
    return ", ".join([str(struct.tag_field), *names] if struct.tag_field else names)


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    return f"{node.value!r}" if node.value else "empty"
