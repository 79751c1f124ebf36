"""Stores of earlier versions, brought up to the schema of now when they are opened for writing.

One step a version, all steps in one transaction: a store is of the old version or of the new one,
never between. What the steps make of a store is what ``schema.sql`` makes of a new one.
"""

import sqlite3
from collections.abc import Callable
from importlib.resources import files

import structlog

from oms_fix.journal import schema
from oms_fix.journal.migrations.from_1 import seal_all

_STEPS: dict[str, tuple[str, Callable[[sqlite3.Connection], None]]] = {"1": ("2", seal_all)}
"""For each earlier version: the next one, and what is to be done after ``from_VERSION.sql``."""

log = structlog.get_logger("oms_fix.journal")


def migrate(store: sqlite3.Connection) -> None:
    """Bring a store up to the schema of now, if there is a way from the one it has.

    Args:
        store: open for writing.
    """
    found = schema.version(store)
    if found not in _STEPS:
        return
    log.info("migrating", version=found, to=schema.SCHEMA_VERSION)
    store.execute("begin immediate")
    try:
        _run_steps(store, found)
        store.execute("commit")
    except BaseException:
        if store.in_transaction:  # a full disk, for one, has ended it already
            store.execute("rollback")
        raise
    log.info("migrated", version=schema.SCHEMA_VERSION)


def _run_steps(store: sqlite3.Connection, found: str) -> None:
    while found in _STEPS:
        next_version, finish = _STEPS[found]
        script = files(__name__).joinpath(f"from_{found}.sql").read_text()
        for statement in script.split(";\n"):
            store.execute(statement)  # executescript would commit first
        finish(store)
        store.execute("update meta set value = ? where key = 'schema_version'", (next_version,))
        found = next_version
