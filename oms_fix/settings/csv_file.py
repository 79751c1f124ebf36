"""CSV into msgspec Structs: one row a Struct, one column a field, every problem with its line."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Generic, TypeVar

from msgspec import Struct, inspect

from oms_fix.core.wording import allowed
from oms_fix.settings.problems import Problem, read_text, shown
from oms_fix.settings.scalars import ScalarError, read_scalar

T = TypeVar("T")


class Row(Struct, Generic[T]):
    """A good row and the line it begins on."""

    line: int
    value: T


class Table(Struct, Generic[T]):
    """The good rows of a file; ``columns`` has the text of all cells, of faulty rows too."""

    path: str
    text: str
    rows: list[Row[T]]
    columns: dict[str, set[str]]


def read_csv(path: Path, type_: type[T], problems: list[Problem]) -> Table[T] | None:
    """Read a CSV file whose header has field names of the Struct ``type_``; None without a header.

    An empty cell stands for the field's default.

    Args:
        path: the file.
        type_: a Struct of scalars.
        problems: is added to, one for each thing that is wrong.
    """
    text = read_text(path, problems)
    if text is None:
        return None
    info = inspect.type_info(type_)
    if not isinstance(info, inspect.StructType):
        raise TypeError(f"{type_} is no Struct")
    return _Reader(shown(path), info, problems).read(text)


class _Reader:
    """Reads one file; problems go to the list it was given."""

    def __init__(self, path: str, struct: inspect.StructType, problems: list[Problem]) -> None:
        self._path = path
        self._struct = struct
        self._fields = {field.encode_name: field for field in struct.fields}
        self._problems = problems

    def _note(self, line: int, text: str) -> None:
        self._problems.append(Problem(self._path, line, text))

    def read(self, text: str) -> Table[Any] | None:
        """Return the table; None if the header is not good enough to read rows by it."""
        lines = self._lines(text)
        header = next(lines, None)
        if header is None:
            required = ", ".join(name for name, field in self._fields.items() if field.required)
            self._note(1, f"file is empty; allowed: a header with at least {required}")
            return None
        if not self._header_is_good(*header):
            return None
        rows = []
        columns: dict[str, set[str]] = {name: set() for name in header[1]}
        for line, cells in lines:
            for name, cell in zip(header[1], cells, strict=False):
                columns[name].add(cell)
            value = self._row(line, header[1], cells)
            if value is not None:
                rows.append(Row(line, value))
        return Table(self._path, text, rows, columns)

    def _lines(self, text: str) -> Iterator[tuple[int, list[str]]]:
        """Yield the cells of each row that is not blank, with the line it begins on."""
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        begins = 1
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield begins, [cell.strip() for cell in cells]
                begins = reader.line_num + 1
        except csv.Error as error:
            self._note(begins, f"no valid CSV: {error}; allowed: cells with balanced quotes")

    def _header_is_good(self, line: int, names: list[str]) -> bool:
        before = len(self._problems)
        for name in dict.fromkeys(names):
            if name not in self._fields:
                choices = allowed(name, self._fields, show=list(self._fields))
                self._note(line, f"unknown column {name!r}; {choices}")
            if names.count(name) > 1:
                self._note(line, f"duplicate column {name!r}; allowed: each column once")
        required = [name for name, field in self._fields.items() if field.required]
        for name in required:
            if name not in names:
                text = f"missing column {name!r}; allowed: all of {', '.join(required)}"
                self._note(line, text)
        return len(self._problems) == before

    def _row(self, line: int, header: list[str], cells: list[str]) -> Any:
        if len(cells) != len(header):
            text = f"row has {len(cells)} cells; allowed: {len(header)} as in the header"
            self._note(line, text)
            return None
        before = len(self._problems)
        values = {}
        for name, cell in zip(header, cells, strict=True):
            field = self._fields[name]
            if not cell and not field.required:
                continue
            if not cell:
                self._note(line, f"{name} is empty; allowed: a value in each row")
                continue
            try:
                values[field.name] = read_scalar(cell, field.type)
            except ScalarError as error:
                self._note(line, f"{name} {error}")
        return self._struct.cls(**values) if len(self._problems) == before else None
