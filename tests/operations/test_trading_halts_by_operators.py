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
    """Return (state, operator) of the trading states that the journal has."""
    with sqlite3.connect(router.store) as store:
        rows = store.execute(
            "select body ->> 'state', body ->> 'operator' from commands"
            " where kind = 'SetTradingState' order by id"
        ).fetchall()
    store.close()
    return rows


def test_orders_are_treated_as_their_instructions_say(router, peers):
    """Suspended and restated, canceled, refused; a halt outlives a kill, who did it is stored."""
    client, venue = peers
    assert operate(router, "halt", "--instrument", "IBM", "--reason", "news") == (
        0,
        "instrument IBM: halted, news",
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
    assert operate(router, "resume", "--instrument", "IBM") == (0, "instrument IBM: active")
    client.expect("8", t11="J", t150="D", t39="0", t378="4")
    who = getpass.getuser()
    assert stored(router) == [("halted", who), ("active", who)]


def test_what_cannot_be_halted_is_refused(router, peers):
    """What is not known, or halted already, or for a reason that no Text(58) can hold."""
    assert all(peer.session.logged_on for peer in peers)
    answer = operate(router, "halt", "--instrument", "IBN", "--reason", "news")
    assert answer == (1, "no instrument IBN; did you mean IBM? allowed: IBM")
    assert operate(router, "resume", "--instrument", "IBM")[0] == 1
    answer = operate(router, "halt", "--instrument", "IBM", "--reason", "ne\x01ws")
    assert (answer[0], answer[1].partition(":")[0]) == (1, "NO_REASON")
    assert operate(router, "halt", "--instrument", "IBM", "--reason", "news")[0] == 0
    answer = operate(router, "halt", "--instrument", "IBM", "--reason", "again")
    who = getpass.getuser()
    assert answer == (1, f"instrument IBM is halted already, by {who}: news")
    halted = f"instrument IBM: halted by {who}, news"
    assert halted in operate(router, "status")[1].splitlines()


def test_the_firm_is_halted_and_stays_so(router, peers):
    """The kill switch: all is canceled, the next order refused, a kill and a restart included."""
    client, venue = peers
    done = operate(router, "halt", "--firm", "--cancel-open", "--reason", "prices are wrong")
    lines = ["firm: halted, prices are wrong", "orders taken back: 2, cancels sent to venues: 2"]
    assert done == (0, "\n".join(lines))
    assert "trading_state_changed" in router.log.read_text()
    for _ in peers:
        asked = venue.expect("F")
        venue.report(asked.text(11), "4", "4", orig_cl_ord_id=asked.text(41))
    for cl_ord_id in "JK":
        canceled = client.expect("8", t11=cl_ord_id, t150="4", t39="4", t378="4")
        assert canceled.text(58).startswith("TRADING_HALTED")
    client.order("N1")
    client.expect("8", t11="N1", t150="8")
    router.end(signal.SIGKILL)
    router.start()
    venue.log_on()
    client.log_on()
    client.order("N2")
    refused = client.expect("8", t11="N2", t150="8")
    text = "TRADING_HALTED: trading is halted scope=firm because=prices are wrong"
    assert refused.text(58) == text
    halted = f"firm: halted by {getpass.getuser()}, prices are wrong"
    assert halted in operate(router, "status")[1].splitlines()
    assert operate(router, "resume", "--firm") == (0, "firm: active")
    client.order("N3")
    client.expect("8", t11="N3", t150="0")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--account", "FUMD"], "no account FUMD; did you mean FUND? allowed: FUND"),
        (["--client", "VENUE"], "no client VENUE; allowed: CLIENT"),
        (["--venue", "VENU"], "no venue VENU; did you mean VENUE? allowed: VENUE"),
    ],
)
def test_what_is_not_known_has_no_state(router, peers, words, said):
    """A name that is none is a mistake, not a state that nobody notices."""
    assert all(peer.session.logged_on for peer in peers)
    assert operate(router, "reduce", *words, "--reason", "limit") == (1, said)


@pytest.mark.parametrize(
    ("scope", "title"),
    [
        (["--firm"], "firm"),
        (["--client", "CLIENT"], "client CLIENT"),
        (["--account", "FUND"], "account FUND"),
        (["--venue", "VENUE"], "venue VENUE"),
    ],
)
def test_a_state_is_set_once_and_left_once(router, peers, scope, title):
    """What would change nothing is refused, and not journaled."""
    assert all(peer.session.logged_on for peer in peers)
    assert operate(router, "resume", *scope)[1].startswith(f"{title} is active already")
    assert operate(router, "reduce", *scope, "--reason", "why") == (0, f"{title}: reducing, why")
    who = getpass.getuser()
    again = operate(router, "reduce", *scope, "--reason", "another")
    assert again == (1, f"{title} is reducing already, by {who}: why")
    assert operate(router, "halt", *scope, "--reason", "worse") == (0, f"{title}: halted, worse")
    assert operate(router, "resume", *scope) == (0, f"{title}: active")
    assert [state for state, _ in stored(router)] == ["reducing", "halted", "active"]


@pytest.mark.parametrize("scope", [[], ["--firm", "--account", "FUND"]])
def test_a_command_has_one_scope(router, scope):
    """None or two is a mistake; nothing is asked of the daemon."""
    status, _ = operate(router, "resume", *scope)
    assert status == 2
