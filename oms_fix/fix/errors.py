"""What can go wrong in the engine, and whose fault it is.

``RemoteError`` is the counterparty's fault: it is answered or logged, and the session goes on.
``LocalError`` is ours, or our operator's: a wrong setting, or a message that we built wrongly.
"""

from collections.abc import Sequence

from msgspec import Struct


class FixError(Exception):
    """Root of everything that the engine raises on purpose."""


class RemoteError(FixError):
    """The counterparty did wrong."""


class ParseError(RemoteError):
    """A framed message cannot be read as fields: it counts as garbled and is ignored."""


class LocalError(FixError):
    """This side did wrong."""


class EncodeError(LocalError):
    """A message cannot be written, since the counterparty would read other fields than meant."""


class SettingsProblem(Struct, frozen=True):
    """One thing wrong in a file of settings or in a dictionary.

    Attributes:
        path: the file, as it was named.
        line: line in the file, from 1; 0 where the file as a whole is meant.
        text: what is wrong; what is allowed.
    """

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.text}"


class ConfigError(LocalError):
    """Settings or dictionaries are wrong; all problems found, in order of the file.

    Attributes:
        problems: at least one.
    """

    def __init__(self, problems: Sequence[SettingsProblem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = list(problems)
