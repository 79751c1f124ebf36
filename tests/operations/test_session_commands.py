"""Sessions of a running daemon are changed one by one; the others notice nothing."""

import getpass
import json
import signal
import socket
import sqlite3
import subprocess
import time

import pytest
from live_router import Client, Router, Venue

PATIENCE_S = 20.0
SECOND_CLIENT = "[SESSION]\nTargetCompID=SECOND\n"
TEMPLATE = "[SESSION]\nTargetCompID=*\nAcceptorTemplate=Y\nAllowedRemoteAddresses=127.0.0.1\n"


BOTH_ENGINES = pytest.mark.parametrize("parties", ["native", "quickfix"], indirect=True)


@pytest.fixture
def parties(tmp_path, request):
    """A running router, its client and its venue, logged on."""
    router = Router(tmp_path, getattr(request, "param", "native"))
    venue = Venue(router)
    client = Client(router)
    router.start()
    venue.log_on()
    client.log_on()
    yield router, client, venue
    client.drop()
    venue.close()
    router.stop()


def command(router, *words):
    """Run ``oms-fix session ...`` for the router; return (exit status, output)."""
    line = [*router.command("session")[:-2], *words, "--config", str(router.config)]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def row_of(router, name):
    status, text = command(router, "show", name, "--json")
    assert status == 0, text
    return json.loads(text)


def await_state(router, name, state):
    end = time.monotonic() + PATIENCE_S
    while row_of(router, name)["state"] != state:
        assert time.monotonic() < end, row_of(router, name)
        time.sleep(0.05)


def journaled(router):
    with sqlite3.connect(router.store) as store:
        rows = store.execute("select body from events where kind = 'SessionOperated' order by id")
        bodies = [json.loads(body) for (body,) in rows]
    store.close()
    return [(each["session"], each["operation"], each["operator"]) for each in bodies]


def test_list_shows_every_session(parties):
    """Role, version, state and both numbers, as they are now."""
    router, _, _ = parties
    status, text = command(router, "list", "--json")
    assert status == 0
    rows = {row["session"]: row for row in json.loads(text)}
    assert (rows["CLIENT"]["role"], rows["CLIENT"]["state"]) == ("client", "logged on")
    assert (rows["VENUE"]["role"], rows["VENUE"]["next_out"]) == ("venue", 2)


def test_a_disabled_session_is_logged_out_and_stays_so_over_a_restart(parties):
    """Nobody gets in until it is enabled; the other session trades on."""
    router, client, venue = parties
    assert command(router, "disable", "VENUE")[0] == 0
    venue.read_to_end()
    client.order("X1")
    assert client.expect("8", t150="8").text(58).startswith("VENUES_DOWN")
    router.end(signal.SIGTERM)
    router.start()
    client.log_on()
    await_state(router, "VENUE", "disabled, not logged on")
    assert command(router, "enable", "VENUE")[0] == 0
    venue.log_on()
    client.order("X2")
    client.expect("8", t150="0")
    assert journaled(router) == [
        ("VENUE", "disabled", getpass.getuser()),
        ("VENUE", "enabled", getpass.getuser()),
    ]


@BOTH_ENGINES
def test_numbers_are_set_by_hand_while_logged_out(parties):
    """A live session's numbers are not touched; a disconnected one's are, and journaled."""
    router, client, _ = parties
    status, text = command(router, "set-seq", "CLIENT", "--next-in", "50")
    assert (status, "log out first" in text) == (1, True)
    client.drop()
    await_state(router, "CLIENT", "not logged on")
    assert command(router, "set-seq", "CLIENT", "--next-in", "50")[0] == 0
    assert row_of(router, "CLIENT")["next_in"] == 50
    assert journaled(router) == [("CLIENT", "set", getpass.getuser())]


@BOTH_ENGINES
def test_a_reset_begins_both_numberings_anew(parties):
    """The session is logged out, and both numbers are 1."""
    router, client, _ = parties
    assert command(router, "reset", "CLIENT")[0] == 0
    client.read_to_end()
    await_state(router, "CLIENT", "not logged on")
    row = row_of(router, "CLIENT")
    assert (row["next_in"], row["next_out"], row["epoch"]) == (1, 1, 1)


def test_a_session_is_added_without_a_restart(parties):
    """A session written into the .cfg file comes up by command; the others stay connected."""
    router, client, _ = parties
    clients = router.folder / "clients.cfg"
    clients.write_text(clients.read_text() + SECOND_CLIENT)
    assert command(router, "add", "SECOND") == (0, "SECOND: added\n")
    second = Client(router, "SECOND")
    second.log_on()
    second.order("Y1")
    second.expect("8", t150="0")
    second.drop()
    client.order("X1")
    client.expect("8", t150="0")


def test_a_session_with_open_orders_is_not_removed(parties):
    """First its orders are done, then it may go; added again, its numbers go on."""
    router, client, venue = parties
    client.order("X1")
    client.expect("8", t150="0")
    status, text = command(router, "remove", "CLIENT")
    assert (status, "has open orders" in text) == (1, True)
    order = venue.expect("D")
    venue.report(order.text(11), "F", "2", cum_qty=100)
    client.expect("8", t150="F")
    numbers = (client.session.next_in, client.session.next_out)
    assert command(router, "remove", "CLIENT")[0] == 0
    client.read_to_end()
    assert command(router, "show", "CLIENT")[0] == 1
    assert command(router, "add", "CLIENT")[0] == 0
    row = row_of(router, "CLIENT")
    assert (row["next_out"], row["next_in"]) >= numbers
    client.log_on()
    client.order("X2")
    client.expect("8", t150="0")


def test_unknown_sessions_are_told_what_is_there(parties):
    """A misspelt name gets a suggestion."""
    router, _, _ = parties
    status, text = command(router, "disable", "VENEU")
    assert (status, text) == (1, "no session VENEU; did you mean VENUE? allowed: CLIENT, VENUE\n")


def test_a_change_that_cannot_be_made_leaves_the_session_as_it_was(parties):
    """With an address that is taken the change is refused, and the session goes on."""
    router, client, _ = parties
    clients = router.folder / "clients.cfg"
    good = clients.read_text()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        clients.write_text(good.replace(f"={router.client_port}", f"={port}"))
        status, text = command(router, "add", "CLIENT")
    assert (status, "in use" in text) == (1, True)
    client.read_to_end()
    client.log_on()
    client.order("X1")
    client.expect("8", t150="0")


@BOTH_ENGINES
def test_a_change_takes_effect_and_numbers_go_on(parties):
    """A session that is changed in the file is changed by command; its numbers are the same."""
    router, client, _ = parties
    clients = router.folder / "clients.cfg"
    clients.write_text(clients.read_text() + "LogoutTimeout=5\n")
    before = row_of(router, "CLIENT")
    assert command(router, "add", "CLIENT") == (0, "CLIENT: changed\n")
    client.read_to_end()
    after = row_of(router, "CLIENT")
    assert after["next_in"] >= before["next_in"]
    assert command(router, "add", "CLIENT") == (0, "CLIENT: unchanged\n")
    client.log_on()
    client.order("X1")
    client.expect("8", t150="0")


def test_the_session_of_a_template_lives_on(parties):
    """It comes with the first logon, trades, is listed, and is there with its numbers later on."""
    router, _, venue = parties
    clients = router.folder / "clients.cfg"
    clients.write_text(clients.read_text() + TEMPLATE)
    router.end(signal.SIGTERM)
    router.start()
    venue.log_on()
    guest = Client(router, "GUEST")
    guest.log_on()
    guest.order("G1")
    guest.expect("8", t150="0")
    guest.drop()
    await_state(router, "GUEST", "not logged on")
    before = row_of(router, "GUEST")
    router.end(signal.SIGTERM)
    router.start()
    venue.log_on()
    after = row_of(router, "GUEST")
    guest.log_on()
    guest.drop()
    assert (before["template"], before["next_in"], before["next_out"]) == ("*", 3, 3)
    assert after == before
    assert journaled(router) == [("GUEST", "added", "template")]


def test_the_session_of_a_template_can_be_removed(parties):
    """It stays gone over a restart; its counterparty comes back as before, with its numbers."""
    router, _, _ = parties
    clients = router.folder / "clients.cfg"
    clients.write_text(clients.read_text() + TEMPLATE)
    router.end(signal.SIGTERM)
    router.start()
    guest = Client(router, "GUEST")
    guest.log_on()
    assert command(router, "remove", "GUEST")[0] == 0
    guest.read_to_end()
    router.end(signal.SIGTERM)
    router.start()
    guest.log_on()
    assert row_of(router, "GUEST")["next_in"] == guest.session.next_out
    guest.drop()
    status, text = command(router, "add", "*")
    assert (status, text) == (1, "* is a template; templates are read at the start\n")
