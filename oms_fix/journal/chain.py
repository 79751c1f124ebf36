"""The checksum chain: each batch is sealed together with the seal of the batch before.

``batches.checksum`` is SHA-256, in hex, over the previous batch's checksum (in ASCII) and the batch
as MessagePack: first [id, version, sessions, number of messages, of commands, of events], then
every row as the list of its columns, table by table in this order, by id. So no row of any batch
can be changed, added or taken away unnoticed without computing all later checksums anew.

The first batch of a file goes on from nothing, or in the file of a later trading day from SHA-256
over ``previous_checksum`` of ``meta``, which is that of the last batch of the file before, and each
row of ``carried`` as MessagePack.

``batches.row_checks`` has the CRC-32 of each of these rows, four bytes each, so that a row that was
changed can be named.
"""

import sqlite3
import struct
from collections.abc import Iterator
from hashlib import sha256
from itertools import chain
from typing import NamedTuple
from zlib import crc32

import msgspec
from msgspec import Struct

from oms_fix.journal.rows import TABLES, Row, Rows

_encode = msgspec.msgpack.Encoder().encode
_CRC_BYTES = 4


class Seal(NamedTuple):
    """What a batch's rows, and all before them, come to."""

    row_checks: bytes
    checksum: str


class SealedBatch(Struct, frozen=True):
    """A batch as the store has it; ``previous`` is the checksum of the one before."""

    rows: Rows
    seal: Seal
    previous: str


class BrokenChainError(Exception):
    """The store is not as it was written; the text names the first batch and row that are wrong."""


def seal(previous: str, rows: Rows) -> Seal:
    """Return the seal of a batch that follows one with the checksum ``previous``."""
    counts = len(rows.messages), len(rows.commands), len(rows.events)
    encoded = list(map(_encode, rows.all))
    header = _encode((*rows.header, *counts))
    checksum = sha256(b"".join((previous.encode(), header, *encoded))).hexdigest()
    return Seal(struct.pack(f">{len(encoded)}I", *map(crc32, encoded)), checksum)


def last_checksum(store: sqlite3.Connection) -> str:
    """Return the checksum that the next batch goes on from."""
    row = store.execute("select checksum from batches order by id desc limit 1").fetchone()
    return str(row[0]) if row else first_checksum(store)


def first_checksum(store: sqlite3.Connection) -> str:
    """Return the checksum that the first batch of a file goes on from."""
    row = store.execute("select value from meta where key = 'previous_checksum'").fetchone()
    if row is None:
        return ""
    digest = sha256(row[0].encode())
    for carried in store.execute("select * from carried order by id"):
        digest.update(_encode(carried))
    return digest.hexdigest()


def sealed_batches(store: sqlite3.Connection) -> Iterator[SealedBatch]:
    """Yield every batch with its rows, from the first one on; the chain is not checked.

    Raises:
        BrokenChainError: after the last batch, if there are rows of none.
    """
    previous = first_checksum(store)
    tables = [_Cursor(store, table) for table in TABLES]
    batches = store.execute(
        "select id, version, sessions, row_checks, checksum from batches order by id"
    )
    for batch_id, version, sessions, row_checks, checksum in batches:
        header = batch_id, version, sessions
        rows = Rows(header, *(table.up_to(batch_id) for table in tables))
        yield SealedBatch(rows, Seal(row_checks, checksum), previous)
        previous = checksum
    for table in tables:
        if table.row is not None:
            raise BrokenChainError(f"{table.name} {table.row[0]} is of no batch")


class _Cursor:
    """Rows of one table in the order of ids, taken batch by batch; ``row`` is the next one."""

    def __init__(self, store: sqlite3.Connection, name: str) -> None:
        self.name = name
        self._rows = iter(store.execute(f"select * from {name} order by id"))  # noqa: S608  # our names
        self.row: Row | None = next(self._rows, None)

    def up_to(self, batch_id: int) -> list[Row]:
        """Return the rows that are said to be of this batch, or of one before."""
        found: list[Row] = []
        while self.row is not None and self.row[1] <= batch_id:  # type: ignore[operator]  # batch_id
            found.append(self.row)
            self.row = next(self._rows, None)
        return found


def check(batch: SealedBatch) -> None:
    """Compare a batch with its seal.

    Raises:
        BrokenChainError: it is not what was sealed.
    """
    computed = seal(batch.previous, batch.rows)
    if computed == batch.seal:
        return
    batch_id = batch.rows.header[0]
    stored = [batch.seal.row_checks[at : at + _CRC_BYTES] for at in _starts(batch.seal)]
    found = [computed.row_checks[at : at + _CRC_BYTES] for at in _starts(computed)]
    changed = (place for place, crc in enumerate(found) if stored[place : place + 1] != [crc])
    place = next(changed, None)
    where = "the batch itself or the one before it" if place is None else _name(batch.rows, place)
    if len(stored) == len(found):
        raise BrokenChainError(f"batch {batch_id}: {where} is not as it was stored")
    where = "its end" if place is None else where
    raise BrokenChainError(
        f"batch {batch_id}: {len(stored)} rows were stored, {len(found)} are there;"
        f" the first difference is at {where}"
    )


def _starts(of: Seal) -> range:
    return range(0, len(of.row_checks), _CRC_BYTES)


def _name(rows: Rows, place: int) -> str:
    """Return table and id of a batch's row."""
    tables = zip(TABLES, (rows.messages, rows.commands, rows.events), strict=True)
    named = chain.from_iterable(((table, row) for row in each) for table, each in tables)
    table, row = list(named)[place]
    return f"row {row[0]} of {table}"
