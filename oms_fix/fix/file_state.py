"""Whether a file is still the one that was read."""

from pathlib import Path


def state_of(path: Path) -> tuple[int, int, int] | None:
    """Return what is another for a file that has changed since; None if it cannot be looked at."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
