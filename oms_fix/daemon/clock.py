"""The one place where the daemon looks at the time."""

from time import time_ns


def now() -> int:
    """Return nanoseconds since 1970-01-01 UTC."""
    return time_ns()
