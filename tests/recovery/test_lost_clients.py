"""Cancel on disconnect through the running router: clients that come back, late or in time."""

import signal

import pytest
from live_router import Client, Router, Venue

GRACE_S = 2
AGREEMENT = (
    "clients: [{{session: CLIENT, cancel_on_disconnect: {}, disconnect_grace_seconds: {}}}]\n"
)


def agree(router, grace_s, agreed="connection_loss"):
    """Write the agreement into routing.yaml."""
    routing = router.folder / "routing.yaml"
    routing.write_text(AGREEMENT.format(agreed, grace_s) + routing.read_text())


@pytest.fixture(params=["native", "quickfix"])
def router(tmp_path, request):
    """A router, configured but not started, with its sessions on either engine."""
    process = Router(tmp_path, request.param)
    yield process
    process.stop()


@pytest.fixture
def peers(router):
    """Its client and its venue, not connected yet."""
    client, venue = Client(router), Venue(router)
    yield client, venue
    client.drop()
    venue.close()


def start(router, client, venue):
    """Start the router; return the ClOrdID(11) at the venue of the client's order X."""
    router.start()
    venue.log_on()
    client.log_on()
    client.order("X")
    client.expect("8", t11="X", t150="0")
    child = venue.expect("D").text(11)
    venue.report(child, "0", "0")
    return child


def cancel(venue, child):
    """Have the venue cancel as it is asked to."""
    asked = venue.expect("F", t41=child).text(11)
    venue.report(asked, "4", "4", orig_cl_ord_id=child)


def test_a_client_hears_at_its_next_logon_that_its_orders_were_canceled(router, peers):
    """The venue is asked to cancel once the time is over; the report waits for the client."""
    agree(router, 0)
    client, venue = peers
    child = start(router, client, venue)
    client.drop()
    cancel(venue, child)
    client.log_on()
    report = client.expect("8", t11="X", t41=None, t150="4", t39="4", t378="99", t151="0")
    assert report.text(58) == "canceled on connection loss"
    client.expect_nothing_more()


def test_a_client_that_is_back_in_time_finds_its_orders(router, peers):
    """The venue hears nothing of it."""
    agree(router, 60)
    client, venue = peers
    start(router, client, venue)
    client.drop()
    client.log_on()
    client.expect_nothing_more()
    venue.expect_nothing_more()


def test_a_logout_is_no_loss(router, peers):
    """By the client, or by the router as it is stopped: what is agreed is the loss only."""
    agree(router, 0)
    client, venue = peers
    start(router, client, venue)
    client.log_out()
    venue.expect_silence()
    client.log_on()
    assert router.process.poll() is None
    router.process.send_signal(signal.SIGTERM)
    client.read_to_end()
    venue.read_to_end()
    assert router.process.wait(20) == 0
    router.start()
    venue.log_on()
    venue.tell()
    client.log_on()
    venue.expect_nothing_more()
    client.expect_nothing_more()


def test_a_logout_can_be_agreed_to_cancel_too(router, peers):
    """The client is told so, in the words for it."""
    agree(router, 0, "logout")
    client, venue = peers
    child = start(router, client, venue)
    client.log_out()
    cancel(venue, child)
    client.log_on()
    report = client.expect("8", t11="X", t150="4", t39="4", t378="99")
    assert report.text(58) == "canceled on logout"


def test_a_restart_does_not_forget_a_client_that_is_gone(router, peers):
    """Killed while the time runs, the router lets it begin anew and then cancels."""
    agree(router, GRACE_S)
    client, venue = peers
    child = start(router, client, venue)
    client.drop()
    venue.expect_nothing_more()
    router.end(signal.SIGKILL)
    router.start()
    venue.log_on()
    venue.tell()
    cancel(venue, child)
    client.log_on()
    client.expect("8", t11="X", t150="4", t39="4")
