import re
import sqlite3
from contextlib import closing
from importlib.resources import files
from pathlib import Path

import pytest

DOCUMENT = (Path(__file__).parents[3] / "spec" / "store.md").read_text()
SECTIONS = re.findall(r"^### (\w+)\n(.*?)(?=^##)", DOCUMENT, re.MULTILINE | re.DOTALL)
QUERIES = re.findall(r"^```sql\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)


def documented_columns(section):
    rows = re.findall(r"^\| (\w+) +\| (\w+) +\| (yes|no) +\| \S.* \|$", section, re.MULTILINE)
    return [row for row in rows if row[0] != "column"]


@pytest.fixture(scope="module")
def schema():
    """Each table of schema.sql with its columns: name, type, whether null is allowed."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(files("oms_fix.journal").joinpath("schema.sql").read_text())
        tables = connection.execute("select name from sqlite_master where type = 'table'")
        return {
            name: [
                (column, kind.lower(), "no" if not_null else "yes")
                for _, column, kind, not_null, _, _ in connection.execute(
                    f"pragma table_info({name})"
                )
            ]
            for (name,) in tables.fetchall()
        }


def test_every_table_is_documented(schema):
    """The page has one section a table, in the order of schema.sql."""
    assert [name for name, _ in SECTIONS] == list(schema)


@pytest.mark.parametrize(("name", "section"), SECTIONS, ids=[name for name, _ in SECTIONS])
def test_columns_are_documented(schema, name, section):
    """Columns, types and nulls on the page are those of schema.sql."""
    assert documented_columns(section) == schema[name]


@pytest.mark.parametrize("query", QUERIES)
def test_example_queries_run(store, query):
    """Each example query runs on a store and finds something."""
    with closing(sqlite3.connect(store)) as connection:
        assert connection.execute(query).fetchall()


def test_there_are_example_queries():
    """The page shows how to ask."""
    assert len(QUERIES) >= 5
