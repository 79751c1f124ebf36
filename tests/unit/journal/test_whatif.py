import gzip
import sqlite3
from contextlib import closing
from decimal import Decimal

import pytest
from desk import CLIENT, REFERENCE, terms
from msgspec import structs
from recorded_desk import RecordedDesk, a_day

from oms_fix.journal.records import StoreError
from oms_fix.journal.whatif import WhatIf, what_if
from oms_fix.model.check_base import Action
from oms_fix.model.commands import LoadReferenceData, LoadRules
from oms_fix.model.enums import ExecType
from oms_fix.model.exposure_checks import DailyTurnover, OpenOrderCount, PositionLimit
from oms_fix.model.instruments import Account
from oms_fix.model.order_checks import AccountKnown, OrderQuantity
from oms_fix.model.routes import Direct
from oms_fix.model.rules import Rules

FUND = Account("FUND", clients=(CLIENT,))
MINE = structs.replace(REFERENCE, version="reference-2", accounts=(FUND,))
DAY = "2026-11-23"


def rules(*checks, version="rules-2"):
    return Rules(version, checks, (Direct(id="to-a", venue="A"),))


def quantity(most, action=Action.REJECT, **more):
    return OrderQuantity(id="size", quantity_max=Decimal(most), action=action, **more)


def position(most):
    return PositionLimit(id="position", quantity_max=Decimal(most))


class RuledDesk(RecordedDesk):
    """A recorded desk under some checks, whose day can be looked at under others."""

    def __init__(self, path, *checks):
        super().__init__(path)
        self.path = path
        self.do(LoadReferenceData(MINE, "tester"))
        self.do(LoadRules(rules(*checks), "tester"))

    def under(self, *checks, reference=MINE, path=None):
        """Return what the day would have been."""
        return what_if(path or self.path, rules(*checks, version="new"), reference, _silent)

    def filled(self, cl_ord_id, order_qty):
        """Have an order come in and be filled, if the checks of the day let it."""
        self.new(cl_ord_id, terms(order_qty))
        if self.order(cl_ord_id).is_open:
            self.ack(cl_ord_id=cl_ord_id)
            self.fill(order_qty, cl_ord_id=cl_ord_id)

    def replaced(self, cl_ord_id, orig, order_qty):
        """Have the venue make a replace that the checks let pass."""
        self.replace(terms(order_qty), cl_ord_id, orig)
        if self.order(orig).request is not None:
            self.venue(ExecType.REPLACED, cl_ord_id=orig)


def _silent(_done, _total):
    """Nobody looks."""


def found(result):
    """Return (ClOrdID, outcome then, outcome now) of each difference."""
    return [(each.cl_ord_id, each.then, each.now) for each in result.differences]


@pytest.fixture
def desk(tmp_path):
    """Make a desk under some checks."""
    made = []

    def make(*checks):
        made.append(RuledDesk(tmp_path / "oms.db", *checks))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_the_same_rules_differ_in_nothing(desk):
    """All was judged as it was then."""
    day = desk(quantity(100), position(240))
    a_day(day)
    day.filled("LARGE", 101)
    day.filled("MUCH", 100)
    day.replaced("REPLACED", "OPEN", 90)
    assert [day.order(name).is_open for name in ("LARGE", "MUCH")] == [False, False]
    assert day.under(quantity(100), position(240)) == WhatIf(5, 1, 0, ())


def test_a_tighter_limit_rejects(desk):
    """What is above the new limit is told, with the reason, when and what it is worth."""
    day = desk(quantity(100))
    day.filled("SMALL", 50)
    day.filled("LARGE", 100)
    (each,) = day.under(quantity(99)).differences
    order = day.order("LARGE")
    assert (each.order_id, each.client, each.cl_ord_id) == (order.order_id, CLIENT, "LARGE")
    assert (each.then, each.now, each.notional) == ("passed", "rejected", 1000)
    assert each.terms == order.terms
    assert each.why_then == ()
    assert each.why_now == (
        "size: ORDER_QTY_LIMIT: order quantity is above the limit OrderQty=100 quantity_max=99",
    )
    (at,) = {at for at, _ in commands(day, "LARGE")}
    assert each.at == at


def commands(day, cl_ord_id):
    """Return when an order came in, as the store has it."""
    with closing(sqlite3.connect(day.path)) as store:
        return store.execute(
            "select at, id from commands where json_extract(body, '$.cl_ord_id') = ?"
            " and kind = 'NewOrderSingle'",
            (cl_ord_id,),
        ).fetchall()


@pytest.mark.parametrize(("action", "expected"), [(Action.HOLD, "held"), (Action.WARN, "warned")])
def test_the_gravest_action_is_the_outcome(desk, action, expected):
    """A check that holds or warns makes another outcome too."""
    day = desk()
    day.filled("X", 100)
    assert found(day.under(quantity(99, action))) == [("X", "passed", expected)]


def test_a_looser_limit_passes(desk):
    """What was rejected and would pass is told with the reason of then, and is never filled."""
    day = desk(quantity(99), position(1000))
    day.filled("LARGE", 100)
    day.filled("NEXT", 60)
    assert found(day.under(quantity(100), position(60))) == []
    result = day.under(quantity(100), position(100))
    assert found(result) == [("LARGE", "rejected", "passed")]
    assert result.differences[0].why_then[0].startswith("size: ORDER_QTY_LIMIT")
    assert result.differences[0].why_now == ()


def test_what_is_stopped_uses_no_limit(desk):
    """The order after it passes, because the totals are without it."""
    day = desk(position(120))
    day.filled("FIRST", 100)
    day.filled("SECOND", 50)
    assert day.order("SECOND").cum_qty == 0
    result = day.under(quantity(99), position(120))
    assert found(result) == [("FIRST", "passed", "rejected"), ("SECOND", "rejected", "passed")]


def test_totals_go_by_the_day_as_it_would_have_been(desk):
    """A limit on turnover stops the order that goes beyond it, and smaller ones still pass."""
    day = desk()
    for name, order_qty in (("A", 60), ("B", 60), ("C", 30)):
        day.filled(name, order_qty)
    limit = DailyTurnover(id="turnover", notional_max=Decimal(1000))
    assert found(day.under(limit)) == [("B", "passed", "rejected")]


def test_a_replace_is_judged(desk):
    """A stopped replace is told as one; its order stays as it stood."""
    day = desk()
    day.new("X", terms(50))
    day.ack()
    day.replaced("Y", "X", 100)
    day.fill(100, cl_ord_id="Y")
    day.new("Z", terms(60))
    (each,) = day.under(quantity(99)).differences
    assert (each.cl_ord_id, each.is_replace, each.now) == ("Y", True, "rejected")
    assert (each.terms.order_qty, each.notional) == (100, 1000)
    stays_open = day.under(quantity(99), position(110))
    assert found(stays_open) == [("Y", "passed", "rejected")]
    assert found(day.under(quantity(99), position(109))) == [
        ("Y", "passed", "rejected"),
        ("Z", "passed", "rejected"),
    ]


def test_a_replace_that_would_pass_leaves_the_order_as_it_was(desk):
    """What the venue had of it then goes on."""
    day = desk(quantity(60))
    day.new("X", terms(50))
    day.ack()
    day.replaced("Y", "X", 100)
    day.fill(50)
    result = day.under(quantity(100), OpenOrderCount(id="open", orders_max=1))
    assert found(result) == [("Y", "rejected", "passed")]
    assert result.differences[0].terms.order_qty == 100


def test_a_replace_that_waited_is_judged_when_its_turn_came(desk):
    """What it asked for is found where it waited."""
    day = desk()
    day.new("X", terms(50))
    day.ack()
    day.replace(terms(60), "Y", "X")
    day.replace(terms(70), "Z", "Y")
    day.venue(ExecType.REPLACED)
    (each,) = day.under(quantity(60)).differences
    assert (each.cl_ord_id, each.terms.order_qty, each.is_replace) == ("Z", 70, True)


def test_replaces_of_stopped_orders_are_counted(desk):
    """They are of orders that would not have been there."""
    day = desk()
    day.new("X", terms(100))
    day.ack()
    day.replaced("Y", "X", 50)
    assert day.under(quantity(99)).not_judged == 1
    assert day.under(quantity(99)).replaces == 0


def test_other_reference_data_count_too(desk):
    """Accounts and instruments are those of the new configuration."""
    day = desk(AccountKnown(id="known"))
    day.filled("X", 100)
    closed = structs.replace(MINE, accounts=())
    assert found(day.under(AccountKnown(id="known"), reference=closed)) == [
        ("X", "passed", "rejected")
    ]
    nowhere = structs.replace(MINE, instruments=())
    (each,) = day.under(quantity(1), reference=nowhere).differences
    assert each.notional is None


def test_rules_that_were_loaded_that_day_do_not_count(desk):
    """The new ones hold all day; the times at which they do are those of the records."""
    day = desk(quantity(99))
    day.filled("X", 100)
    day.do(LoadRules(rules(quantity(1000), version="rules-3"), "tester"))
    day.filled("Y", 100)
    assert found(day.under(quantity(99))) == [("Y", "passed", "rejected")]
    later = quantity(99, effective_from="2199-01-01T00:00:00Z")
    assert found(day.under(later)) == [("X", "rejected", "passed")]


def test_a_day_begins_with_what_the_one_before_left(desk):
    """Positions of yesterday count; so do those days whose files are compressed."""
    day = desk(position(150))
    day.filled("X", 100)
    day.end_day("2026-11-20")
    day.filled("Y", 50)
    day.end_day(DAY)
    file = day.path.with_name(f"oms-{DAY}.db")
    assert found(day.under(position(150), path=file)) == []
    expected = [("Y", "passed", "rejected")]
    assert found(day.under(position(149), path=file)) == expected
    packed = file.with_name(f"{file.name}.gz")
    with closing(sqlite3.connect(file)) as store:
        store.execute("pragma wal_checkpoint(truncate)")
    packed.write_bytes(gzip.compress(file.read_bytes()))
    file.unlink()
    assert found(day.under(position(149), path=packed)) == expected
    assert found(day.under(position(149), path=file)) == expected


def test_a_day_of_an_earlier_version_can_be_looked_at(desk):
    """Its records have no time of the check: that of the command is it."""
    day = desk(quantity(100))
    day.filled("X", 100)
    with closing(sqlite3.connect(day.path)) as store:
        store.execute("update batches set version = 1")
        store.execute(
            "update events set body = json_remove(body, '$.at') where kind = 'ChecksEvaluated'"
        )
        store.commit()
    assert found(day.under(quantity(100))) == []
    assert found(day.under(quantity(99))) == [("X", "passed", "rejected")]


def test_what_is_looked_at_again_is_not_judged_again(desk):
    """An evaluation without a time is a second look at an order that was held."""
    day = desk(quantity(100))
    day.filled("X", 100)
    with closing(sqlite3.connect(day.path)) as store:
        store.execute(
            "update events set body = json_remove(body, '$.at') where kind = 'ChecksEvaluated'"
        )
        store.commit()
    assert day.under(quantity(99)) == WhatIf(0, 0, 0, ())


@pytest.mark.parametrize("name", ["none.db", "none.db.gz", "text.db", "text.db.gz"])
def test_what_is_no_store_is_refused(tmp_path, name):
    """With the file that is meant."""
    file = tmp_path / name
    if name.startswith("text"):
        file.write_text("no store")
    with pytest.raises(StoreError, match=name.removesuffix(".gz")):
        what_if(file, rules(), MINE, _silent)
