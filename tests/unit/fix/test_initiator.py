"""An initiator tries again, whatever went wrong before."""

import asyncio
import logging

from engines import PATIENCE_SECONDS, Ear, running, settings
from msgspec import structs

from oms_fix.fix import Engine, MemoryStore, SecuritySettings


class Attempts(logging.Handler):
    """Hears of attempts to connect that failed."""

    def __init__(self):
        super().__init__()
        self.found = []
        self.twice = asyncio.Event()

    def emit(self, record):
        """Take a line of the log."""
        if record.msg == "cannot connect":
            self.found.append(record)
            if len(self.found) == 2:
                self.twice.set()


def attempts(**changes):
    """Return the first two attempts of an initiator with these settings, as the log tells them."""

    async def attempt():
        heard = Attempts()
        log = logging.getLogger("oms_fix.fix")
        level = log.level
        log.addHandler(heard)
        log.setLevel(logging.INFO)
        try:
            mine = structs.replace(settings("initiator", "A", "VENUE", 1), **changes)
            async with running(Engine([mine], Ear(), MemoryStore())):
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await heard.twice.wait()
        finally:
            log.removeHandler(heard)
            log.setLevel(level)
        return heard.found

    return asyncio.run(attempt())


def test_host_that_no_name_can_be():
    """The resolver raises what is no OSError; the next attempt comes all the same."""
    found = attempts(socket_connect_host="x" * 64 + ".example.com")
    assert all(issubclass(each.exc_info[0], UnicodeError) for each in found)


def test_nobody_there():
    """A refused connection is nothing to be loud about."""
    assert [each.levelname for each in attempts()] == ["INFO", "INFO"]


def test_certificates_that_have_gone(tmp_path):
    """Files are read with each attempt, so that one that comes back is found."""
    security = SecuritySettings(
        socket_use_ssl=True, certification_authorities_file=tmp_path / "gone.pem"
    )
    found = attempts(security=security)
    assert [each.reason for each in found] == ["cannot be read: No such file or directory"] * 2
