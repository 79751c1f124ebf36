"""The ledgers: what each venue and each client has seen, line by line, independent of the store.

A ledger is a file of JSON lines that is only ever appended to and flushed after every line, so that
it is right whatever happens to the process that writes it.
"""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
from msgspec import Struct


class Entry(Struct, frozen=True, omit_defaults=True):
    """One line.

    ``kind`` is ``fill``, ``answered`` ... (each writer says which it uses); ``order`` the first
    ClOrdID(11) of the order's chain, ``cl_ord_id`` the one that the report carried; ``qty`` and
    ``px`` are LastQty(32) and LastPx(31). ``at`` is in nanoseconds since 1970 UTC.
    """

    at: int
    kind: str
    order: str = ""
    cl_ord_id: str = ""
    exec_id: str = ""
    symbol: str = ""
    qty: Decimal | None = None
    px: Decimal | None = None
    text: str = ""
    row: int | None = None


class Ledger:
    """Appends entries to a file; a context manager."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._file = path.open("ab", buffering=0)
        self._encoder = msgspec.json.Encoder()

    def write(self, entry: Entry) -> None:
        """Append one line; it is with the operating system when this returns."""
        self._file.write(self._encoder.encode(entry) + b"\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class LedgerReader:
    """Reads a ledger while it grows: each call of ``new`` gives the whole lines added since."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset = 0
        self._decoder = msgspec.json.Decoder(Entry)

    def new(self) -> Iterator[Entry]:
        """Yield the entries that came since the last call; none where there is no file yet."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            file.seek(self._offset)
            data = file.read()
        end = data.rfind(b"\n") + 1
        self._offset += end
        for line in data[:end].splitlines():
            yield self._decoder.decode(line)


def read_ledger(path: Path) -> list[Entry]:
    """Return all entries of a ledger."""
    return list(LedgerReader(path).new())
