"""User names and salted password hashes in a file, and the check of a logon against them.

One user a line, ``name:scrypt:n:r:p:salt:hash``, the last two in hex; lines that begin with ``#``
are comments. The cost stands in each line, so that it can be raised for new passwords.
"""

import hashlib
import hmac
import os
import secrets
import tempfile
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from oms_fix.fix.errors import ConfigError, SettingsProblem

_N, _R, _P = 16_384, 8, 5
"""Cost of a new hash: about 0.2 s and 16 MiB."""
_MEMORY_MAX_BYTES = 256 * 1024 * 1024
_SALT_BYTES = 16
_HASH_BYTES = 32
_SCHEME = "scrypt"


class PasswordHash(Struct, frozen=True):
    """A salted scrypt hash and what it cost."""

    n: int
    r: int
    p: int
    salt: bytes
    digest: bytes

    def matches(self, password: bytes) -> bool:
        """Whether this is the password; takes its time, and the same for all passwords."""
        made = _scrypt(password, self.salt, self.n, self.r, self.p)
        return hmac.compare_digest(made, self.digest)


def hash_password(password: bytes) -> PasswordHash:
    """Return a new hash with a salt of its own."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return PasswordHash(_N, _R, _P, salt, _scrypt(password, salt, _N, _R, _P))


def read_credentials(path: Path) -> dict[str, PasswordHash]:
    """Return the users of a file.

    Raises:
        ConfigError: with everything that is wrong in it, by line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise ConfigError([_problem(path, 0, f"cannot be read: {reason}")]) from error
    users: dict[str, PasswordHash] = {}
    problems = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, rest = line.partition(":")
        try:
            found = _parse(rest)
        except ValueError:
            problems.append(_problem(path, number, "no line as oms-fix passwd writes it"))
            continue
        if users.setdefault(name, found) is not found:
            problems.append(_problem(path, number, f"user {name} is there twice"))
    if problems:
        raise ConfigError(problems)
    return users


def is_user_name(name: str) -> bool:
    """Whether a user can be called so: printable ASCII, not empty, without ``:``, ``#`` in front.

    Spaces at either end would be lost in settings.
    """
    plain = name.isascii() and name.isprintable() and name == name.strip()
    return bool(name) and plain and ":" not in name and not name.startswith("#")


def set_password(path: Path, name: str, password: bytes) -> bool:
    """Give a user a password; the file is made if absent, and replaced as a whole, mode 0600.

    Returns:
        Whether the user is new.

    Raises:
        ConfigError: the file is there and cannot be read as one of credentials.
        OSError: it cannot be written.
    """
    assert is_user_name(name), name
    known = name in read_credentials(path) if path.exists() else False
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    made = hash_password(password)
    digits = f"{made.n}:{made.r}:{made.p}:{made.salt.hex()}:{made.digest.hex()}"
    entry = f"{name}:{_SCHEME}:{digits}"
    kept = [entry if line.partition(":")[0] == name else line for line in lines]
    _replace(path, kept if known else [*kept, entry])
    return not known


def check_credentials(path: Path | None, name: str, password: bytes | None) -> str | None:
    """Return None if a user of the file has this password, else the reason, for our log only.

    It takes its time, the same whether there is such a user or not.

    Args:
        path: the file, read anew each time; None for a check that fails and costs as much as any.
        name: Username(553).
        password: Password(554), or None.
    """
    problem = None
    users: dict[str, PasswordHash] = {}
    try:
        users = read_credentials(path) if path is not None else users
    except ConfigError as error:
        problem = f"no usable credentials: {error.problems[0]}"
    found = users.get(name)
    right = (found or _stranger(users.values())).matches(password or b"")
    if problem is None and not password:
        problem = "no password"
    if problem is None and found is None:
        problem = f"unknown user {name}"
    if problem is None and not right:
        problem = f"wrong password of user {name}"
    return problem


def _stranger(users: Iterable[PasswordHash]) -> PasswordHash:
    """Return a hash that costs what a user's costs, and that no password is known for."""
    like = next(iter(users), None)
    n, r, p = (like.n, like.r, like.p) if like is not None else (_N, _R, _P)
    return PasswordHash(n, r, p, bytes(_SALT_BYTES), secrets.token_bytes(_HASH_BYTES))


def _scrypt(password: bytes, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(
        password, salt=salt, n=n, r=r, p=p, maxmem=_MEMORY_MAX_BYTES, dklen=_HASH_BYTES
    )


def _parse(text: str) -> PasswordHash:
    """Read what follows the name; ValueError if it is no hash, or one that costs too much."""
    scheme, *numbers, salt, digest = text.split(":")
    n, r, p = (int(number) for number in numbers)
    found = PasswordHash(n, r, p, bytes.fromhex(salt), bytes.fromhex(digest))
    is_power = n > 1 and n & (n - 1) == 0
    is_affordable = r > 0 and 0 < p <= 64 and 128 * r * (n + p + 2) <= _MEMORY_MAX_BYTES
    if scheme != _SCHEME or not is_power or not is_affordable or len(found.digest) != _HASH_BYTES:
        raise ValueError(text)
    return found


def _problem(path: Path, line: int, text: str) -> SettingsProblem:
    return SettingsProblem(str(path), line, text)


def _replace(path: Path, lines: list[str]) -> None:
    """Write a file so that, whatever happens, either the old one or the new one is there."""
    target = path.resolve()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:  # mkstemp gives it mode 0600
            file.writelines(f"{line}\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
