"""Stop orders through the running router where the venue takes none, in each version."""

import signal
import subprocess

import pytest
import yaml
from live_router import Client, Router, Venue
from passthrough import VERSIONS, PassThrough

LACKS = "venues: [{session: VENUE, lacks: [stop, stop_limit, pegged]}]\n"
ORDER = [(21, 1), (55, "IBM"), (54, 1), (38, 100), (60, "20231114-22:13:20")]
SENTENCE = "triggered by last price 251.5"


def lacking(router):
    """Say in a file of its own what the venue lacks."""
    (router.folder / "terms.yaml").write_text(LACKS)
    oms = yaml.safe_load(router.config.read_text()) | {"venue_terms": "terms.yaml"}
    router.config.write_text(yaml.safe_dump(oms))


@pytest.fixture(params=VERSIONS)
def parties(tmp_path, request):
    """A router whose client has direct access, its client and its venue, logged on."""
    version = VERSIONS[request.param]
    router = PassThrough(tmp_path, request.param, request.param)
    lacking(router)
    router.start()
    client, venue = Client(router, version=version), Venue(router, version)
    venue.log_on()
    client.log_on()
    yield request.param, router, client, venue
    client.drop()
    venue.close()
    router.stop()


def price(router, text):
    """Have an operator say the last price; return the exit status and what was said."""
    command = router.command("instrument", "price", "IBM", text)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.strip()


def test_a_stop_limit_order_waits_here_for_its_price(parties):
    """New at once, nothing at the venue; triggered, a limit order there. None can be pegged."""
    version, router, client, venue = parties
    client.send("D", (11, "S"), *ORDER, (40, 4), (44, 252), (99, "251.5"))
    client.expect("8", t11="S", t150="0", t39="0", t40="4")
    venue.expect_nothing_more()
    assert price(router, "251.4") == (0, "IBM: last price 251.4")
    client.expect_nothing_more()
    assert price(router, "251.5") == (0, "IBM: last price 251.5")
    triggered = client.expect("8", t11="S", t39="0", t40="4", t151="100")
    told = {"t150": triggered.text(150), "t378": triggered.text(378), "t58": triggered.text(58)}
    if version == "5.0SP2":
        assert told == {"t150": "L", "t378": None, "t58": SENTENCE}
    else:
        text = f"ExecType(150)=L TRIGGERED; {SENTENCE}"
        assert told == {"t150": "D", "t378": "4", "t58": text}
    child = venue.expect("D", t40="2", t44="252", t99=None).text(11)
    venue.report(child, "0", "0")
    venue.report(child, "F", "2", cum_qty=100)
    client.expect("8", t11="S", t39="2", t14="100")
    client.send("D", (11, "P"), *ORDER, (40, "P"), (18, "R"))
    rejected = client.expect("8", t11="P", t150="8", t103="0" if version == "4.2" else "11")
    assert "VENUE(lacks pegged)" in rejected.text(58)
    client.expect_nothing_more()


def test_a_held_stop_outlives_a_kill(tmp_path):
    """It is triggered after the restart, by a fill of another order in the instrument."""
    router = Router(tmp_path)
    lacking(router)
    router.start()
    client, venue = Client(router), Venue(router)
    venue.log_on()
    client.log_on()
    client.send("D", (11, "S"), *ORDER, (40, 3), (99, 250))
    client.expect("8", t11="S", t150="0")
    router.end(signal.SIGKILL)
    router.start()
    venue.log_on()
    client.log_on()
    client.order("X")
    client.expect("8", t11="X", t150="0")
    child = venue.expect("D", t40="2").text(11)
    venue.report(child, "F", "2", cum_qty=100)
    client.expect("8", t11="X", t150="F", t39="2")
    client.expect("8", t11="S", t150="D", t39="0")
    venue.expect("D", t40="1", t99=None)
    client.drop()
    venue.close()
    router.stop()


def test_a_price_that_is_none_is_refused(parties):
    """The operator is told what is allowed."""
    _, router, _, _ = parties
    allowed = "allowed: a number above 0, such as 190.25"
    assert price(router, "0") == (1, f"'0' is no price; {allowed}")
    assert price(router, "1e9") == (1, f"'1e9' is no price; {allowed}")
