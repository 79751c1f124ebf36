"""XML into nodes that know their line, so that what is wrong in a dictionary can be pointed at."""

from pathlib import Path
from xml.parsers import expat

from msgspec import Struct

from oms_fix.fix.errors import ConfigError, SettingsProblem


class Node(Struct, frozen=True):
    """One XML element; text is not kept, since dictionaries have none.

    Attributes:
        name: the element's name.
        attributes: its attributes.
        line: line of its start, from 1.
        children: the elements inside, in order.
    """

    name: str
    attributes: dict[str, str]
    line: int
    children: list["Node"]

    def get(self, attribute: str) -> str:
        """Return an attribute, or the empty string."""
        return self.attributes.get(attribute, "")


def read_xml(path: Path) -> Node:
    """Return the root element of a file.

    Raises:
        ConfigError: the file cannot be read, or is no well-formed XML.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        text = f"cannot be read: {error.strerror}"
        raise ConfigError([SettingsProblem(str(path), 0, text)]) from error
    top = Node("", {}, 0, [])
    stack = [top]
    parser = expat.ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        node = Node(name, attributes, parser.CurrentLineNumber, [])
        stack[-1].children.append(node)
        stack.append(node)

    def end(_name: str) -> None:
        stack.pop()

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        text = f"is no well-formed XML: {expat.ErrorString(error.code)}"
        raise ConfigError([SettingsProblem(str(path), error.lineno, text)]) from error
    return top.children[0]
