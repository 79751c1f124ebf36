"""The shape of a ``.cfg`` file: sections, ``Key=Value`` lines, comments, each with its line."""

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

_SECTIONS = ("[DEFAULT]", "[SESSION]")


class Entry(Struct, frozen=True):
    """The value of one key and where it stands."""

    line: int
    value: str


class Section(Struct, frozen=True):
    """One ``[DEFAULT]`` or ``[SESSION]`` with its entries by key."""

    line: int
    is_default: bool
    entries: dict[str, Entry]


def read_sections(path: Path, problem: Callable[[int, str], None]) -> list[Section]:
    """Read a file into sections; ``problem(line, text)`` hears of everything that is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        problem(0, f"cannot be read: {reason}")
        return []
    sections: list[Section] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            sections.append(_section(number, line, problem))
        else:
            _entry(number, line, sections, problem)
    return sections


def _section(number: int, line: str, problem: Callable[[int, str], None]) -> Section:
    if line not in _SECTIONS:
        problem(number, f"unknown section {line}; {' or '.join(_SECTIONS)}")
    return Section(number, line != "[SESSION]", {})


def _entry(
    number: int, line: str, sections: list[Section], problem: Callable[[int, str], None]
) -> None:
    name, equals, value = (part.strip() for part in line.partition("="))
    if not equals or not name:
        problem(number, f"neither a section nor Key=Value: {line}")
    elif not sections:
        problem(number, f"{name} stands before the first section; {' or '.join(_SECTIONS)}")
    elif name in sections[-1].entries:
        first = sections[-1].entries[name].line
        problem(number, f"{name} is given twice in this section, first in line {first}")
    else:
        sections[-1].entries[name] = Entry(number, value)


def whole(least: int, most: int) -> Callable[[str], int]:
    """Return a reader of whole numbers in a range; it raises ValueError for anything else."""

    def read(value: str) -> int:
        # isdecimal takes digits of every script; int() alone takes "+1" and "1_0".
        if not (value.isascii() and value.isdecimal() and least <= int(value[:9]) <= most):
            raise ValueError(value)
        return int(value)

    return read
