"""Passwords in a file: salted, slow on purpose, and as slow for those who are not in it."""

import stat

import pytest

from oms_fix.fix import ConfigError, credentials
from oms_fix.fix.credentials import (
    PasswordHash,
    check_credentials,
    hash_password,
    is_user_name,
    read_credentials,
    set_password,
)


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A file with user A, password secret, at next to no cost."""
    monkeypatch.setattr(credentials, "_N", 4)
    path = tmp_path / "credentials"
    set_password(path, "A", b"secret")
    return path


def test_a_hash_costs_time_and_memory():
    """N=2^14, r=8, p=5 is one of the settings that OWASP recommends for scrypt."""
    made = hash_password(b"secret")
    assert (made.n, made.r, made.p, len(made.salt)) == (16_384, 8, 5, 16)
    assert made.matches(b"secret")
    assert not made.matches(b"Secret")


@pytest.mark.parametrize(
    ("name", "password", "problem"),
    [
        ("A", b"secret", None),
        ("A", b"guess", "wrong password of user A"),
        ("B", b"secret", "unknown user B"),
        ("", b"secret", "unknown user "),
        ("A", None, "no password"),
        ("A", b"", "no password"),
    ],
)
def test_right_wrong_unknown_and_absent(file, name, password, problem):
    """Only the right password of a known user will do; the log hears why not."""
    assert check_credentials(file, name, password) == problem


@pytest.mark.parametrize(
    ("name", "password"), [("A", b"secret"), ("A", b"x"), ("B", b"x"), ("A", None)]
)
def test_every_check_costs_the_same(file, monkeypatch, name, password):
    """One hash of the file's cost, whoever asks, so that time does not tell who exists."""
    costs = []
    matches = PasswordHash.matches

    def counted(self, given):
        costs.append((self.n, self.r, self.p))
        return matches(self, given)

    monkeypatch.setattr(PasswordHash, "matches", counted)
    check_credentials(file, name, password)
    assert costs == [(4, 8, 5)]


def test_no_file_lets_nobody_in(tmp_path):
    """A file that has gone since the start refuses everyone."""
    assert "cannot be read" in check_credentials(tmp_path / "gone", "A", b"secret")
    assert check_credentials(None, "A", b"secret") == "unknown user A"


def test_equal_passwords_have_different_hashes(file):
    """Each has a salt of its own."""
    set_password(file, "B", b"secret")
    users = read_credentials(file)
    assert users["A"].salt != users["B"].salt
    assert users["A"].digest != users["B"].digest


def test_new_password_replaces_the_old_one_and_nothing_else(file):
    """Comments and other users stay as they are, and so does the order."""
    file.write_text("# of clients\n" + file.read_text())
    assert set_password(file, "B", b"b")
    assert not set_password(file, "A", b"new")
    lines = file.read_text().splitlines()
    assert [line.partition(":")[0] for line in lines] == ["# of clients", "A", "B"]
    assert check_credentials(file, "A", b"new") is None
    assert check_credentials(file, "A", b"secret") == "wrong password of user A"
    assert check_credentials(file, "B", b"b") is None


def test_file_is_its_owners_alone(file):
    """Mode 0600, also where it was open to others before; no password is in it."""
    file.chmod(0o644)
    set_password(file, "A", b"new")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert b"new" not in file.read_bytes()
    assert [each.name for each in file.parent.iterdir()] == ["credentials"]


def test_a_failed_write_leaves_the_old_file(file, monkeypatch):
    """Nobody is locked out by a full disk."""
    before = file.read_bytes()

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        set_password(file, "A", b"new")
    assert file.read_bytes() == before
    assert [each.name for each in file.parent.iterdir()] == ["credentials"]


@pytest.mark.parametrize(
    "line",
    [
        "B",
        "B:secret",
        "B:scrypt:5:8:5:00:00",
        "B:bcrypt:4:8:5:00:" + "00" * 32,
        "B:scrypt:4:8:5:zz:" + "00" * 32,
        "B:scrypt:4:0:5:00:" + "00" * 32,
        "B:scrypt:1073741824:8:5:00:" + "00" * 32,
    ],
)
def test_broken_lines_are_named(file, line):
    """Each with its number; a hash that would cost all memory is one of them."""
    file.write_text(file.read_text() + line + "\n")
    with pytest.raises(ConfigError) as caught:
        read_credentials(file)
    assert [str(each) for each in caught.value.problems] == [
        f"{file}:2: no line as oms-fix passwd writes it"
    ]


def test_user_is_there_once(file):
    """Otherwise an old password might go on working."""
    file.write_text(file.read_text() * 2)
    with pytest.raises(ConfigError) as caught:
        read_credentials(file)
    assert [each.text for each in caught.value.problems] == ["user A is there twice"]


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("BUYSIDE44", True),
        ("a b", True),
        ("", False),
        ("a:b", False),
        ("#a", False),
        (" a", False),
        ("a\n", False),
        ("\xe4", False),
    ],
)
def test_names_of_users(name, good):
    """What a line of the file and a value of settings can hold."""
    assert is_user_name(name) is good
