"""Trading halts through the running router, by the commands of operators."""

import getpass
import signal
import sqlite3
import subprocess

import pytest
from live_router import Client, Router, Venue


@pytest.fixture
def router(tmp_path):
    """A router, started."""
    process = Router(tmp_path)
    process.start()
    yield process
    process.stop()


@pytest.fixture
def peers(router):
    """Its client and its venue, logged on; order J is to be suspended, order K canceled."""
    client, venue = Client(router), Venue(router)
    venue.log_on()
    client.log_on()
    for exec_inst in "JK":
        fields = [(55, "IBM"), (54, 1), (38, 100), (40, 2), (44, 250), (60, "20231114-22:13:20")]
        client.send("D", (11, exec_inst), (18, exec_inst), *fields)
        client.expect("8", t11=exec_inst, t150="0")
        child = venue.expect("D", t18=exec_inst).text(11)
        venue.report(child, "0", "0")
    yield client, venue
    client.drop()
    venue.close()


def operate(router, *words):
    """Run a subcommand; return its exit status and what it says."""
    done = subprocess.run(router.command(*words), capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.strip()


def stored(router):
    """Return (kind, operator) of the commands about instruments in the journal."""
    with sqlite3.connect(router.store) as store:
        rows = store.execute(
            "select kind, body ->> 'operator' from commands"
            " where kind like '%Instrument' order by id"
        ).fetchall()
    store.close()
    return rows


def test_orders_are_treated_as_their_instructions_say(router, peers):
    """Suspended and restated, canceled, refused; a halt outlives a kill, who did it is stored."""
    client, venue = peers
    assert operate(router, "instrument", "halt", "IBM", "--reason", "news") == (
        0,
        "IBM: halted, news",
    )
    client.expect("8", t11="J", t150="9", t39="9", t151="100")
    asked = venue.expect("F")
    venue.report(asked.text(11), "4", "4", orig_cl_ord_id=asked.text(41))
    client.expect("8", t11="K", t41=None, t150="4", t39="4", t378="6")
    router.end(signal.SIGKILL)
    router.start()
    venue.log_on()
    venue.tell()
    client.log_on()
    client.order("N")
    refused = client.expect("8", t11="N", t150="8", t103="2")
    assert refused.text(58).startswith("HALTED")
    assert operate(router, "instrument", "resume", "IBM") == (0, "IBM: trading goes on")
    client.expect("8", t11="J", t150="D", t39="0", t378="4")
    who = getpass.getuser()
    assert stored(router) == [("HaltInstrument", who), ("ResumeInstrument", who)]


def test_what_cannot_be_halted_is_refused(router, peers):
    """What is not known, or halted already, or for a reason that no Text(58) can hold."""
    assert all(peer.session.logged_on for peer in peers)
    answer = operate(router, "instrument", "halt", "IBN", "--reason", "news")
    assert answer == (1, "no instrument IBN; did you mean IBM? allowed: IBM")
    assert operate(router, "instrument", "resume", "IBM")[0] == 1
    answer = operate(router, "instrument", "halt", "IBM", "--reason", "ne\x01ws")
    assert (answer[0], answer[1].partition(":")[0]) == (1, "NO_REASON")
    assert operate(router, "instrument", "halt", "IBM", "--reason", "news")[0] == 0
    answer = operate(router, "instrument", "halt", "IBM", "--reason", "again")
    assert answer == (1, "IBM is halted already: news")
    halted = f"instrument IBM: halted by {getpass.getuser()}, news"
    assert halted in operate(router, "status")[1].splitlines()
