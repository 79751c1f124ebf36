"""The documents are short, their links lead somewhere, their tables are fresh; code stays small."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from oms_fix.cli.main import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "spec").rglob("*.md"))]
SOURCES = sorted((ROOT / "oms_fix").rglob("*.py"))

FUNCTION_LINES_MAX = 60
FILE_LINES_MAX = 500


def test_readme_is_short():
    """A newcomer reads it in one go: under 120 lines."""
    assert len(README.splitlines()) < 120


def test_generated_tables_are_fresh():
    """spec/reasons.md, spec/order_states.md and spec/checks.md say what the code says."""
    script = [sys.executable, str(ROOT / "scripts" / "make-tables"), "--check"]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_files_named_in_documents_exist(document):
    """A path in backquotes that begins with a folder of the project is there."""
    folders = "oms_fix|config|sessions|spec|tests|scripts"
    named = re.findall(rf"`((?:{folders})/[\w./-]*)`", document.read_text())
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_commands_in_readme_exist():
    """Each ``oms-fix`` line of the README names a subcommand that is there."""
    named = set(re.findall(r"oms-fix ([a-z]+)", README))
    assert named - set(COMMANDS) == set()
    assert {"check", "run", "reload", "orders", "order", "decode"} <= named


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_are_small(source):
    """A function fits a screen, a file can be read at a sitting."""
    text = source.read_text()
    assert len(text.splitlines()) <= FILE_LINES_MAX
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    long = [
        node.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, functions) and node.end_lineno - node.lineno >= FUNCTION_LINES_MAX
    ]
    assert long == []
