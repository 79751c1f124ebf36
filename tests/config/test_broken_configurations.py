import shutil
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from oms_fix.cli.check import check

ROOT = Path(__file__).parents[2]
CASES = [
    case
    for name in ("broken_configurations.yaml", "broken_routes.yaml", "broken_venues.yaml")
    for case in yaml.safe_load(Path(__file__).with_name(name).read_text("utf-8"))
]


@pytest.fixture
def default_configuration(tmp_path, monkeypatch):
    """A copy of the default configuration, in the working directory."""
    (tmp_path / "config").mkdir()
    for file in (ROOT / "config").glob("*.*"):
        shutil.copy(file, tmp_path / "config")
    shutil.copytree(ROOT / "sessions", tmp_path / "sessions")
    monkeypatch.chdir(tmp_path)


def edit(file, replace=None, by=None):
    path = Path(file)
    if by is None:
        path.unlink()
        return
    text = by
    if replace is not None:
        text = path.read_text("utf-8")
        assert replace in text, f"{file} has changed: adapt the edit"
        text = text.replace(replace, by, 1)
    path.write_text(text, "latin-1")


@pytest.mark.usefixtures("default_configuration")
@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_every_problem_is_reported_with_file_and_line(case):
    """A broken configuration gives exactly its problems, one a line, and exit status 1."""
    for change in case["edits"]:
        edit(**change)
    result = CliRunner().invoke(check, ["config/oms.yaml"])
    assert result.stdout.splitlines() == case["problems"]
    assert result.exit_code == 1


def test_names_of_broken_configurations_differ():
    """Each broken configuration is told apart by its name."""
    assert len({case["name"] for case in CASES}) == len(CASES)
