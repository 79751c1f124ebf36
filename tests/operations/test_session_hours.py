"""The router keeps to the hours of its sessions, over restarts too."""

import signal
import time
from datetime import UTC, datetime, timedelta

import pytest
from live_router import Client, Router, Venue

HOURS = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def router(tmp_path):
    router = Router(tmp_path)
    venue = Venue(router)
    yield router
    router.stop()
    venue.close()


@pytest.fixture
def client(router):
    client = Client(router)
    yield client
    client.drop()


@pytest.fixture
def hours(router):
    """Give the client's session hours, in UTC."""
    path = router.folder / "clients.cfg"
    before = path.read_text()

    def hours(start, end):
        path.write_text(f"{before}StartTime={start:%H:%M:%S}\nEndTime={end:%H:%M:%S}\n")

    return hours


def test_numbers_go_on_after_a_restart_in_the_same_trading_session(router, client, hours):
    """The store's last message is of this trading session, so its numbers are."""
    now = datetime.now(UTC)
    hours(now - 6 * HOURS, now + 6 * HOURS)
    for expected in (1, 3):
        router.start()
        client.log_on()
        assert b"\x0135=A\x01" in client.read[expected]
        router.end(signal.SIGTERM)
        client.read_to_end()


def test_numbers_are_new_after_a_restart_in_another_trading_session(router, client, hours):
    """The store's last message is of the trading session before: both sides begin at 1."""
    now = datetime.now(UTC)
    hours(now - 6 * HOURS, now + 6 * HOURS)
    router.start()
    client.log_on()
    router.end(signal.SIGTERM)
    opening = datetime.now(UTC) + 2 * SECOND
    hours(opening, opening + 6 * HOURS)
    time.sleep(2)  # the wall clock is the router's only one
    router.start()
    begun_anew = Client(router)
    begun_anew.log_on()
    assert b"\x0135=A\x01" in begun_anew.read[1]
    begun_anew.drop()


def test_a_client_cannot_log_on_outside_the_hours(router, client, hours):
    """Its connection is closed without an answer."""
    now = datetime.now(UTC)
    hours(now + 6 * HOURS, now + 12 * HOURS)
    router.start()
    with pytest.raises(AssertionError, match="closed before logon"):
        client.log_on()
    assert client.read == {}
    assert "session CLIENT is closed" in router.log.read_text()
