"""Where a benchmark ran: without it a figure means nothing."""

import os
import platform
import sqlite3
from importlib.metadata import version
from pathlib import Path


def description() -> dict[str, str]:
    """Return what machine, Python and libraries these are."""
    return {
        "machine": f"{_processor()}, {os.cpu_count()} cores, {_memory()}",
        "system": platform.platform(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "oms-fix": version("oms-fix"),
        "uvloop": version("uvloop"),
        "msgspec": version("msgspec"),
        "SQLite": sqlite3.sqlite_version,
        "quickfix": version("quickfix"),
        "load average before": " ".join(f"{load:.2f}" for load in os.getloadavg()),
    }


def disk() -> Path:
    """Return a folder on the disk of the project; the system's temporary files may be in memory."""
    folder = Path("var")
    folder.mkdir(exist_ok=True)
    return folder


def _processor() -> str:
    for line in _lines("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory() -> str:
    gibibytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{gibibytes:.0f} GiB"


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
