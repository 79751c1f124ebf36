import json
import re
import time
from decimal import Decimal

import pytest
from click.testing import CliRunner
from desk import NOW
from live_router import Router
from recorded_desk import RecordedDesk

from oms_fix.cli.main import main
from oms_fix.model.commands import LoadRules, SessionLoggedOut
from oms_fix.model.market_data import Level, SeeMarket, VenueBook
from oms_fix.model.order_checks import OrderQuantity
from oms_fix.model.routes import Split, SplitLeg
from oms_fix.model.rules import Rules

S = 1_000_000_000
ORDER = (
    "8=FIX.4.4|35=D|49=CLIENT|56=OMSFIX|34=7|52=20251229-09:20:00|11={cl_ord_id}|1=FUND|55=ACME|"
    "54=1|38={quantity}|40=2|44=10.01|60=20251229-09:20:00|10=000|\n"
)
SIZE = OrderQuantity(id="size", quantity_max=Decimal(500))
HALVES = Split(
    id="halves",
    legs=(SplitLeg("A", Decimal(60)), SplitLeg("B", Decimal(40))),
)


def level(price, size):
    return Level(Decimal(price), Decimal(size))


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """Record a desk with one check, a split and a book; times are those of New York."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    made = RecordedDesk(tmp_path / "oms.db")
    made.path = tmp_path / "oms.db"
    made.do(LoadRules(Rules("rules-2", (SIZE,), (HALVES,)), "tester"))
    books = (
        VenueBook("B", at=NOW - 7 * S, out="stale: 7 s old"),
        VenueBook("A", (level("9.99", 300),), (level("10.01", 200),), at=NOW),
    )
    made.do(SeeMarket("ACME", books))
    yield made
    made.close()
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def explain(desk, tmp_path):
    """Explain an order by the store of the desk."""

    def call(*args, message=None, quantity=100, cl_ord_id="NEW", exit_code=0):
        order = tmp_path / "order.fix"
        order.write_text(message or ORDER.format(quantity=quantity, cl_ord_id=cl_ord_id))
        command = ["route", "explain", str(order), "--store", str(desk.path), *args]
        result = CliRunner().invoke(main, command)
        assert result.exit_code == exit_code, result.output
        return result.output

    return call


def test_what_would_be_done(explain):
    """Checks, books, routing, children and what the client is told: all as of the store's end."""
    head, as_of, *sections = explain().splitlines()
    assert head == "BUY 100 ACME LIMIT 10.01 DAY account FUND, from CLIENT"
    assert as_of.startswith(
        "As of 2025-12-29 04:20:00.007000 by rules rules-2, reference data reference-1. Times in E"
    )
    assert sections == [
        "",
        "Checks",
        "======",
        "CHECK    OUTCOME      USED    AFTER    LIMIT  CODE    DETAIL",
        "-------  ---------  ------  -------  -------  ------  --------",
        "size     pass            0      100      500",
        "",
        "Books",
        "=====",
        "VENUE      BID    BID QTY    OFFER    OFFER QTY  AGE       LEFT OUT",
        "-------  -----  ---------  -------  -----------  --------  --------------",
        "A         9.99        300    10.01          200  7.000 ms",
        "B                                                7.007 s   stale: 7 s old",
        "",
        "Routing",
        "=======",
        "rule halves: for all; strategy split; version rules-2 of the rules",
        "",
        "VENUE      QTY    BEST    DISPLAYED    EXPECTED PX    FEES    COST BP  WHY",
        "-------  -----  ------  -----------  -------------  ------  ---------  ----------",
        "A           60   10.01          200          10.01       0         10  60 percent",
        "B           40                                                         40 percent",
        "",
        "Expected: cost not known, mid 10.",
        "",
        "Children",
        "========",
        "VENUE      QTY  TYPE      PRICE  TIF",
        "-------  -----  ------  -------  -----",
        "A           60  LIMIT     10.01  DAY",
        "B           40  LIMIT     10.01  DAY",
        "",
        "Outcome",
        "=======",
        "client told: NEW, now NEW, 0 done, 100 left",
    ]


def test_as_of_a_moment(desk, explain):
    """The state of then decides: a venue that is gone since is still there."""
    desk.do(SessionLoggedOut("B"))
    assert re.search(r"^B +0 +not connected$", explain(), re.MULTILINE)
    told = json.loads(explain("--json", "--at", "2025-12-29T04:20:00.007-05:00"))
    assert told["at"] == "2025-12-29T09:20:00.007000000Z"
    assert [child["venue"] for child in told["children"]] == ["A", "B"]


def test_a_check_that_rejects(explain):
    """Such an order is not routed; the client is told why."""
    told = json.loads(explain("--json", quantity=501))
    text = "ORDER_QTY_LIMIT: order quantity is above the limit OrderQty=501 quantity_max=500"
    (check,) = told["checks"]
    assert (check["check_id"], check["outcome"], check["detail"]) == ("size", "reject", text)
    assert (told["routing"], told["children"]) == ([], [])
    assert told["outcome"] == [f"client told: REJECTED, now REJECTED, 0 done, 0 left: {text}"]
    assert explain(quantity=501).count("Not routed.") == 1


def test_json(explain):
    """All of it for programs: the order, the versions, the books, each decision, each child."""
    told = json.loads(explain("--json"))
    versions = {"rules": "rules-2", "reference_data": "reference-1", "cl_ord_id_known": False}
    assert versions.items() <= told.items()
    assert (told["client"], told["cl_ord_id"], told["terms"]["price"]) == ("CLIENT", "NEW", "10.01")
    assert told["books"][0]["offers"] == [{"price": "10.01", "size": "200"}]
    assert told["books"][1]["out"] == "stale: 7 s old"
    (routing,) = told["routing"]
    assert (routing["route_id"], len(routing["legs"])) == ("halves", 2)
    assert [each["terms"]["order_qty"] for each in told["children"]] == ["60", "40"]


def test_an_order_that_was_sent(desk, explain):
    """Its ClOrdID is known by then: it is looked at as if it were another, and that is said."""
    desk.new("SENT")
    output = explain(cl_ord_id="SENT")
    assert "ClOrdID SENT was used by then; looked at as if it were another.\n" in output
    assert output.endswith("client told: NEW, now NEW, 0 done, 100 left\n")
    assert json.loads(explain("--json", cl_ord_id="SENT"))["cl_ord_id"] == "SENT"


@pytest.fixture
def other(tmp_path):
    """Make a configuration with a client CLIENT, whose session is named so, and a venue VENUE."""
    folder = tmp_path / "other"
    folder.mkdir()
    Router(folder)  # its files, no more
    (folder / "instruments.csv").write_text(
        "symbol,asset_class,currency,price\nACME,equity,USD,9\n"
    )
    return folder


def test_under_other_rules(explain, other):
    """With --config the rules of that configuration decide on the state of the store."""
    told = json.loads(explain("--json", "--config", str(other / "oms.yaml")))
    (routing,) = told["routing"]
    leg = routing["legs"][0]
    assert (routing["route_id"], routing["strategy"]) == ("all", "direct")
    assert (leg["venue"], leg["reason"]) == ("VENUE", "not connected")
    assert [each["check_id"] for each in told["checks"]] == ["known"]
    (outcome,) = told["outcome"]
    assert outcome.startswith("client told: REJECTED, now REJECTED, 0 done, 0 left: VENUES_DOWN: ")


def test_problems_of_other_rules_are_told_as_by_check(explain, other):
    """With file and line, and exit status 1."""
    (other / "routing.yaml").write_text("routes: [{id: all, strategy: directly, venue: VENUE}]\n")
    output = explain("--config", str(other / "oms.yaml"), exit_code=1)
    assert "routing.yaml:1: unknown strategy 'directly'" in output


def test_the_session_is_that_of_the_sender(explain, other, monkeypatch):
    """By SenderCompID(49) as the configuration has it, by its own name, or as --client says."""
    cfg = (other / "clients.cfg").read_text().replace("[SESSION]", "[SESSION]\nSessionName=DESK")
    (other / "clients.cfg").write_text(cfg)
    assert json.loads(explain("--json"))["client"] == "CLIENT"
    monkeypatch.setenv("OMS_FIX_CONFIG", str(other / "oms.yaml"))
    told = json.loads(explain("--json"))
    assert (told["client"], told["rules"]) == ("DESK", "rules-2")
    assert json.loads(explain("--json", "--client", "OTHER"))["client"] == "OTHER"


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ("hello\n", "no NewOrderSingle(D); allowed: one message, from 8=FIX on"),
        (ORDER.replace("35=D", "35=F"), "no NewOrderSingle(D)"),
        (ORDER + ORDER, "2 times NewOrderSingle(D)"),
        (ORDER.replace("49=CLIENT|", ""), "name the client's session: --client NAME"),
        (ORDER.replace("54=1|", ""), "the order would be refused: MISSING_FIELD"),
        (ORDER.replace("|54=1", "|fast|54=1"), "'fast' is no field; allowed: tag=value"),
        (ORDER.replace("FIX.4.4", "FIX.4.0"), "FIX.4.0 has no orders here; allowed: FIX.4.2"),
    ],
)
def test_what_cannot_be_read(explain, message, error):
    """The error says what is wrong and what is allowed; exit status 1."""
    message = message.format(quantity=100, cl_ord_id="NEW")
    assert error in explain(message=message, exit_code=1)


def test_before_the_store_began(explain):
    """There is no state of then."""
    output = explain("--at", "2025-12-01", exit_code=1)
    assert output.endswith("oms.db: nothing was stored by then\n")
