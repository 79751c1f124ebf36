"""The schema of the store and its version."""

import sqlite3
from importlib.resources import files

from oms_fix.journal.records import StoreError

SCHEMA_VERSION = "2"


def create(store: sqlite3.Connection) -> None:
    """Make the tables of a new store."""
    schema = files("oms_fix.journal").joinpath("schema.sql").read_text()
    store.executescript(f"begin;\n{schema}")
    store.execute("insert into meta values ('schema_version', ?)", (SCHEMA_VERSION,))
    store.execute("commit")


def version(store: sqlite3.Connection) -> str | None:
    """Return the version of a store's schema; None if it does not say."""
    row = store.execute("select value from meta where key = 'schema_version'").fetchone()
    return None if row is None else str(row[0])


def check_version(store: sqlite3.Connection) -> None:
    """Raise StoreError unless the store has the schema of now."""
    found = version(store)
    if found != SCHEMA_VERSION:
        text = f"the store's schema version is {found or 'none'}; allowed: {SCHEMA_VERSION}"
        raise StoreError(text)
