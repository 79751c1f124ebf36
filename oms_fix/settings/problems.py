"""What is wrong in a configuration, and where."""

import os
from pathlib import Path
from typing import NamedTuple


class Problem(NamedTuple):
    """One thing that is wrong: ``file:line: what is wrong; what is allowed``.

    ``path`` is the file as it was named on the way to it, ``line`` counts from 1. Problems sort by
    file, then by line.
    """

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


def in_order(problems: list[Problem]) -> list[Problem]:
    """Return the problems by file and line, each once."""
    return sorted(set(problems))


def shown(path: Path) -> str:
    """Return a path as problems name it: without detours such as ``config/../sessions``."""
    return os.path.normpath(path)


def read_text(path: Path, problems: list[Problem]) -> str | None:
    """Return the text of a file; None, and a problem more, if it cannot be read as UTF-8."""
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        problems.append(Problem(shown(path), 1, f"{reason}; allowed: a file that can be read"))
        return None
    try:
        # Spreadsheets put a byte order mark first.
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = content[error.start]
        text = f"byte 0x{byte:02x} is no UTF-8; allowed: text in UTF-8"
        problems.append(Problem(shown(path), line, text))
        return None
