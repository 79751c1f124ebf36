from pathlib import Path

from oms_fix.settings.problems import Problem, in_order, read_text, shown


def test_a_problem_reads_as_editors_expect():
    """file:line: text can be clicked in terminals and editors."""
    problem = Problem("config/oms.yaml", 3, "is wrong; allowed: right")
    assert str(problem) == "config/oms.yaml:3: is wrong; allowed: right"


def test_problems_are_ordered_by_file_and_line_and_told_once():
    """Line 10 comes after line 9, and nothing is said twice."""
    first, second, third = Problem("a", 9, "x"), Problem("a", 10, "x"), Problem("b", 1, "x")
    assert in_order([third, second, first, second]) == [first, second, third]


def test_paths_are_shown_without_detours():
    """What oms.yaml calls ../sessions/venues.cfg is sessions/venues.cfg for the reader."""
    assert shown(Path("config/../sessions/venues.cfg")) == "sessions/venues.cfg"


def test_a_file_without_permission_is_a_problem(tmp_path, monkeypatch):
    """What the operating system says is passed on."""

    def refuse(_path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    problems = []
    assert read_text(tmp_path / "oms.yaml", problems) is None
    text = "permission denied; allowed: a file that can be read"
    assert problems == [Problem(str(tmp_path / "oms.yaml"), 1, text)]


def test_the_line_of_a_byte_that_is_no_utf8_is_told(tmp_path):
    """A file in Latin-1 is reported at its first letter beyond ASCII."""
    path = tmp_path / "accounts.yaml"
    path.write_bytes(b"one\ntwo\nGr\xf6wth\n")
    problems = []
    assert read_text(path, problems) is None
    assert problems == [Problem(str(path), 3, "byte 0xf6 is no UTF-8; allowed: text in UTF-8")]
