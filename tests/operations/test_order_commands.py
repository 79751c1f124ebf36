"""Operators intervene in orders of a running daemon by command, and all parties hear of it."""

import getpass
import json
import signal
import subprocess

import pytest
from live_router import Client, Router, Venue

ENTERED = ("--client", "CLIENT", "--side", "buy", "--symbol", "IBM", "--quantity", "100")
REASON = ("--reason", "phoned")
TEXT = "OPERATOR: by an operator of the router reason='phoned'"


@pytest.fixture
def parties(tmp_path):
    """A running router, its client and its venue, logged on, with an order X1 of 100."""
    router = Router(tmp_path)
    venue, client = Venue(router), Client(router)
    router.start()
    venue.log_on()
    client.log_on()
    client.order("X1")
    client.expect("8", t150="0")
    venue.at_venue = venue.expect("D").text(11)
    venue.report(venue.at_venue, "0", "0")
    yield router, client, venue
    client.drop()
    venue.close()
    router.stop()


def run(router, *words):
    """Run ``oms-fix ...`` for the router; return (exit status, output)."""
    done = subprocess.run(router.command(*words), capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def intervene(router, *words):
    """Run ``oms-fix order ... --json``; return (exit status, answer)."""
    status, text = run(router, "order", *words, *REASON, "--json")
    return status, json.loads(text)


def test_an_order_is_canceled_by_an_operator(parties):
    """The venue is asked; its answer is told as unsolicited, with code and reason."""
    router, client, venue = parties
    status, answer = intervene(router, "cancel", "X1")
    assert (status, answer["done"]) == (0, True)
    assert f"operator {getpass.getuser()}: cancel, because: phoned" in answer["lines"][0]
    asked = venue.expect("F", t41=venue.at_venue)
    status, answer = intervene(router, "cancel", "X1")
    assert (status, answer["code"]) == (1, "ALREADY_PENDING")
    venue.report(asked.text(11), "4", "4", orig_cl_ord_id=venue.at_venue)
    client.expect("8", t150="4", t39="4", t11="X1", t41=None, t378="4", t58=TEXT)
    client.expect_nothing_more()


def test_an_order_at_a_venue_that_is_gone_is_forced_done(parties):
    """The client hears at once; the venue, once it is back, is told to cancel until it has."""
    router, client, venue = parties
    venue.drop()
    assert intervene(router, "force-done", "X1")[0] == 0
    client.expect("8", t150="3", t39="3", t151="0", t58=TEXT)
    router.await_status(lambda text: "closed by an operator" in text, "forced child")
    venue.log_on()
    venue.expect("F", t41=venue.at_venue)
    assert venue.tell("1", 40) == venue.at_venue
    client.expect("8", t150="F", t39="3", t32="40", t151="0")
    again = venue.expect("F", t41=venue.at_venue).text(11)
    venue.report(again, "4", "4", cum_qty=40)
    router.await_status(lambda text: "closed by an operator" not in text, "word of the venue")


def test_an_execution_is_corrected_and_busted_by_phone(parties):
    """As if the venue had; the client's reports chain from execution to execution."""
    router, client, venue = parties
    venue.report(venue.at_venue, "F", "1", cum_qty=40)
    filled = client.expect("8", t150="F").text(17)
    assert intervene(router, "correct", "X1", filled, "--price", "249.5")[0] == 0
    corrected = client.expect("8", t150="G", t19=filled, t32="40", t31="249.5", t58=TEXT).text(17)
    assert intervene(router, "bust", "X1", filled)[1]["code"] == "UNKNOWN_EXECUTION"
    assert intervene(router, "bust", "X1", corrected)[0] == 0
    client.expect("8", t150="H", t19=corrected, t39="0", t14="0", t151="100", t6="0")


def test_a_phoned_order_is_entered(parties):
    """It is worked like any other; the blotter says who entered it, and why."""
    router, client, venue = parties
    status, answer = intervene(router, "enter", *ENTERED, "--price", "250")
    cl_ord_id = answer["rows"][0]["cl_ord_id"]
    assert (status, answer["rows"][0]["ord_status"]) == (0, "NEW")
    client.expect("8", t150="0", t11=cl_ord_id, t58=TEXT)
    venue.expect("D", t38="100", t44="250")
    orders = {row["cl_ord_id"]: row for row in json.loads(run(router, "orders", "--json")[1])}
    assert orders[cl_ord_id]["operator"] == getpass.getuser()
    story = run(router, "order", "show", cl_ord_id)[1]
    assert f"operator {getpass.getuser()}: enter, because: phoned" in story


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["cancel", "X9"], "UNKNOWN_ORDER"),
        (["bust", "X1", "E9"], "UNKNOWN_EXECUTION"),
        (["correct", "X1", "E9", "--quantity", "many"], "INVALID_VALUE"),
        (["correct", "X1", "E9", "--quantity", "NaN"], "INVALID_VALUE"),
        (["correct", "X1", "E9", "--price", "1e9"], "INVALID_VALUE"),
        (["cancel", "X1\x0158=x"], "INVALID_VALUE"),
        (["enter", "--expire-date", "2026-12-31", *ENTERED], "INVALID_VALUE"),
        (["enter", "--account", "", *ENTERED], "INVALID_VALUE"),
        (["enter", "--time-in-force", "good-till-date", *ENTERED], "MISSING_FIELD"),
        (["enter", *ENTERED, "--client", "VENUE"], "UNKNOWN_CLIENT"),
        (["enter", *ENTERED, "--symbol", "XYZ"], "UNKNOWN_SYMBOL"),
    ],
)
def test_a_mistake_is_answered_with_a_code_to_the_operator_alone(parties, words, code):
    """Exit status 1, the code first in the text; neither client nor venue hears of it."""
    router, client, venue = parties
    status, answer = intervene(router, *words)
    assert (status, answer["done"], answer["code"]) == (1, False, code)
    assert answer["lines"][0].startswith(f"{code}: ")
    client.expect_nothing_more()
    venue.expect_nothing_more()


def test_a_reason_is_required(parties):
    """Without it nothing is done."""
    router, _, venue = parties
    status, text = run(router, "order", "cancel", "X1", "--reason", "")
    assert (status, text.partition(":")[0]) == (1, "NO_REASON")
    venue.expect_nothing_more()


def test_a_day_with_interventions_is_verified(parties):
    """Running the commands again leads to the same events."""
    router, client, venue = parties
    venue.report(venue.at_venue, "F", "1", cum_qty=40)
    filled = client.expect("8", t150="F").text(17)
    for each in (
        ["enter", *ENTERED],
        ["bust", "X1", filled],
        ["cancel", "X1"],
        ["force-done", "X1"],
    ):
        assert intervene(router, *each)[0] == 0
    assert router.end(signal.SIGTERM) == 0
    status, text = run(router, "verify")
    assert (status, "As it was written" in text) == (0, True), text
