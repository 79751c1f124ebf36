import stat

import pytest
from click.testing import CliRunner

from oms_fix.cli.main import main
from oms_fix.fix import credentials
from oms_fix.fix.credentials import check_credentials


@pytest.fixture
def passwd(tmp_path, monkeypatch):
    """Run ``oms-fix passwd`` on a file, at next to no cost."""
    monkeypatch.setattr(credentials, "_N", 4)
    file = tmp_path / "credentials"

    def passwd(*arguments, typed):
        return CliRunner().invoke(
            main, ["passwd", *arguments[:-1], str(file), arguments[-1]], typed
        )

    passwd.file = file
    return passwd


def test_password_from_standard_input(passwd):
    """For scripts: one line, and nothing of it on the screen."""
    result = passwd("--stdin", "A", typed="secret\nmore\n")
    assert (result.exit_code, result.output) == (0, f"{passwd.file}: password of new user A set\n")
    assert check_credentials(passwd.file, "A", b"secret") is None
    assert stat.S_IMODE(passwd.file.stat().st_mode) == 0o600


def test_password_is_asked_for_twice(passwd, monkeypatch):
    """Without echo; two that differ are asked for again."""
    monkeypatch.setattr("oms_fix.cli.passwd.is_on_terminal", lambda: True)
    result = passwd("A", typed="secret\nsecrte\nsecret\nsecret\n")
    assert result.exit_code == 0
    assert "secret" not in result.output
    assert result.output.count("Again") == 2
    assert check_credentials(passwd.file, "A", b"secret") is None


def test_without_a_terminal_nothing_is_asked(passwd):
    """A script that forgot --stdin hears so."""
    result = passwd("A", typed="secret\n")
    assert (result.exit_code, passwd.file.exists()) == (1, False)
    assert "--stdin" in result.output


@pytest.mark.parametrize(
    ("user", "typed", "said"),
    [("a:b", "x\n", "no user can be called 'a:b'"), ("A", "\n", "at least one character")],
)
def test_what_cannot_be_is_refused(passwd, user, typed, said):
    """Names that the file cannot hold, and the empty password."""
    result = passwd("--stdin", user, typed=typed)
    assert (result.exit_code, passwd.file.exists()) == (1, False)
    assert said in result.output


def test_another_kind_of_file_is_left_alone(passwd):
    """A mistaken name must not destroy a file."""
    passwd.file.write_text("price list\n")
    result = passwd("--stdin", "A", typed="x\n")
    assert result.exit_code == 1
    assert "no line as oms-fix passwd writes it" in result.output
    assert passwd.file.read_text() == "price list\n"


def test_folder_that_is_not_there(tmp_path):
    """The error of the file system, in words."""
    missing = tmp_path / "none" / "credentials"
    result = CliRunner().invoke(main, ["passwd", "--stdin", str(missing), "A"], "x\n")
    assert (result.exit_code, result.output) == (
        1,
        f"Error: {missing}: cannot be written: No such file or directory\n",
    )
