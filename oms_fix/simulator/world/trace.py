"""What happened in a world, as it is told afterwards."""

from hashlib import sha256

from msgspec import Struct


class Line(Struct, frozen=True):
    """Something that happened: when (seconds), where, and what; ``parts`` fill the text."""

    at: float
    where: str
    text: str
    parts: tuple[object, ...]

    @property
    def words(self) -> str:
        """The text, filled in."""
        return self.text.format(*self.parts)

    def __str__(self) -> str:
        return f"{self.at:10.4f} s  {self.where:8} {self.words}"


class Trace:
    """Takes lines down; they are put into words only if somebody wants to read them.

    Attributes:
        lines: what happened so far.
        violations: what must not have happened.
    """

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.violations: list[str] = []

    def tell(self, at: float, where: str, text: str, *parts: object) -> None:
        """Take a line down; ``text`` has a ``{}`` for each of ``parts``."""
        self.lines.append(Line(at, where, text, parts))

    def violate(self, at: float, where: str, text: str, *parts: object) -> None:
        """Take down what must never happen."""
        self.tell(at, where, "VIOLATION: " + text, *parts)
        self.violations.append(f"{where}: {text.format(*parts)}")

    @property
    def fingerprint(self) -> str:
        """A hash of all lines: the same for the same run."""
        digest = sha256()
        for line in self.lines:
            digest.update(str(line).encode())
        return digest.hexdigest()[:16]
