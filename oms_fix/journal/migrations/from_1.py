"""From version 1 to 2, beyond SQL: every batch gets its seal."""

import sqlite3

from oms_fix.journal.chain import seal, sealed_batches


def seal_all(store: sqlite3.Connection) -> None:
    """Seal all batches of a store, from the first one on."""
    checksum = ""
    seals = store.execute  # a cursor of its own for each batch, beside those that are read
    for batch in sealed_batches(store):
        row_checks, checksum = seal(checksum, batch.rows)
        seals(
            "update batches set row_checks = ?, checksum = ? where id = ?",
            (row_checks, checksum, batch.rows.header[0]),
        )
