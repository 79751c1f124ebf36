"""Orders are held for review by the running router, and decided on by command."""

import getpass
import json
import signal
import subprocess

import pytest
from live_router import Client, Router, Venue

CHECKS = """\
checks:
  - {id: known, check: instrument_known}
  - {id: large, check: order_notional, notional_max: 10_000, action: hold}
reviews: {four_eyes_notional: 50_000}
"""
CODE = "ORDER_NOTIONAL_LIMIT: order value is above the limit notional=25000.00 notional_max=10000"
REASON = ("--reason", "client confirmed the size")


def run(router, *words):
    """Run ``oms-fix review ...``; return (exit status, output)."""
    command = router.command("review", *words)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def read(router, *words):
    """Run ``oms-fix review ... --json``; return what it says."""
    return json.loads(run(router, *words, "--json")[1])


def started(router):
    """Start a router that holds large orders; return it with its client and venue, logged on."""
    (router.folder / "checks.yaml").write_text(CHECKS)
    router.start()
    client, venue = Client(router), Venue(router)
    venue.log_on()
    client.log_on()
    return router, client, venue


def ended(router, client, venue):
    client.drop()
    venue.close()
    router.stop()


@pytest.fixture
def parties(tmp_path):
    found = started(Router(tmp_path))
    yield found
    ended(*found)


def test_a_held_order_is_listed_shown_and_approved(parties):
    """The client hears Pending New with the codes, then New; the venue gets it once."""
    router, client, venue = parties
    client.order("X1")
    client.expect("8", t150="A", t39="A", t11="X1", t151="100", t58=CODE)
    venue.expect_nothing_more()
    (row,) = read(router, "list")
    assert (row["cl_ord_id"], row["notional"], row["approvals"]) == ("X1", "25000", 0)
    assert row["opened_at"].endswith("Z")
    listed = run(router, "list")[1]
    assert all(text in listed for text in ("X1", "ORDER_NOTIONAL_LIMIT", "0/1", "1 review."))
    shown = read(router, "show", "X1")
    assert [each["result"]["outcome"] for each in shown["checks"]] == ["pass", "hold"]
    assert any("held for review" in each["what"] for each in shown["history"])
    assert "HISTORY" in run(router, "show", "X1")[1].upper()
    status, text = run(router, "approve", "X1", *REASON)
    assert (status, f"operator {getpass.getuser()}: approve review X1" in text) == (0, True)
    client.expect("8", t150="0", t39="0", t11="X1")
    venue.expect("D", t38="100")
    venue.expect_nothing_more()
    assert run(router, "approve", "X1", *REASON)[0] == 1
    story = subprocess.run(
        router.command("order", "show", "X1"), capture_output=True, text=True, check=True
    ).stdout
    assert "order X1 held for review" in story
    assert "because: client confirmed the size (1 of 1 approvals)" in story


def test_a_rejected_order_is_told_why(parties):
    """The venue hears nothing of it, and a cancel is too late."""
    router, client, venue = parties
    client.order("X1")
    client.expect("8", t150="A")
    assert run(router, "reject", "X1", "--reason", "too large")[0] == 0
    text = "REVIEW_REJECTED: rejected in review reason='too large'"
    client.expect("8", t150="8", t39="8", t58=text)
    assert run(router, "list")[1] == "Nothing is held for review.\n"
    venue.expect_nothing_more()


def test_who_entered_an_order_cannot_approve_it(parties):
    """Above the limit for that, which the operating system's user makes sure of."""
    router, client, venue = parties
    given = ("--client", "CLIENT", "--side", "buy", "--symbol", "IBM", "--quantity", "300")
    command = router.command("order", "enter", *given, "--cl-ord-id", "P1", *REASON, "--json")
    entered = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert any("held for review" in line for line in entered["lines"])
    client.expect("8", t150="A", t11="P1")
    answer = read(router, "approve", "P1", *REASON)
    assert (answer["done"], answer["code"]) == (False, "OWN_ORDER")
    venue.expect_nothing_more()
    assert run(router, "reject", "P1", *REASON)[0] == 0
    client.expect("8", t150="8", t11="P1")


def test_a_held_order_outlives_a_kill(tmp_path):
    """After the restart it is held still; approved, the venue gets it once; the day is verified."""
    router, client, venue = started(Router(tmp_path))
    client.order("X1")
    client.expect("8", t150="A", t11="X1")
    router.end(signal.SIGKILL)
    router.start()
    venue.log_on()
    client.log_on()
    client.expect_nothing_more()
    venue.expect_nothing_more()
    assert [row["cl_ord_id"] for row in read(router, "list")] == ["X1"]
    assert run(router, "approve", "X1", *REASON)[0] == 0
    router.end(signal.SIGKILL)
    router.start()
    venue.log_on()
    client.log_on()
    client.expect("8", t150="0", t11="X1")
    venue.expect("D", t38="100")
    assert venue.tell("0", 0)
    venue.expect_nothing_more()
    client.drop()
    venue.drop()
    assert router.end(signal.SIGTERM) == 0
    verified = subprocess.run(router.command("verify"), capture_output=True, text=True, check=False)
    assert verified.returncode == 0, verified.stdout
    ended(router, client, venue)
