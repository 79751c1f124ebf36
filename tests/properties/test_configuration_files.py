from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oms_fix.daemon.configuration import DaemonConfiguration, load
from oms_fix.settings.problems import Problem

ROOT = Path(__file__).parents[2]
FILES = [
    path.relative_to(ROOT)
    for folder, pattern in (("config", "*.*"), ("sessions", "*.cfg"))
    for path in sorted((ROOT / folder).glob(pattern))
]
GOOD = {file: (ROOT / file).read_bytes() for file in FILES}
SNIPPETS = [b"", b"\n", b"'", b'"', b"[", b"{", b": ", b"- ", b"*a ", b"&a ", b"!x ", b"\t",
            b"\x00", b"\xff", b"<<: ", b"~", b"#", b"=",
            b",", b"|", b"> ", b"null", b"9" * 30]  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    """A folder for the configuration."""
    (tmp_path / "config").mkdir()
    (tmp_path / "sessions").mkdir()
    return tmp_path


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    file=st.sampled_from(FILES),
    place=st.floats(0, 1),
    cut=st.integers(0, 12),
    snippet=st.sampled_from(SNIPPETS),
)
def test_no_damage_to_a_file_escapes_the_report(folder, file, place, cut, snippet):
    """Whatever is cut out of or put into a file: it is good, or there are problems in its lines."""
    content = GOOD[file]
    start = int(place * len(content))
    damaged = {**GOOD, file: content[:start] + snippet + content[start + cut :]}
    for name, text in damaged.items():
        (folder / name).write_bytes(text)
    result = load(folder / "config" / "oms.yaml")
    if isinstance(result, DaemonConfiguration):
        return
    assert result
    for problem in result:
        assert isinstance(problem, Problem)
        lines = Path(problem.path).read_bytes().count(b"\n") + 1
        assert 1 <= problem.line <= lines
        assert problem.text
