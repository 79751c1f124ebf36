from decimal import Decimal

import pytest
from desk import CLIENT, Desk, terms, told

from oms_fix.core.image import difference, image_of, state_of
from oms_fix.model import commands as cmd
from oms_fix.model.enums import ExecType


@pytest.fixture
def desk():
    """A desk with an order that is open, X, and one that was filled, FILLED."""
    busy = Desk()
    busy.new("X")
    busy.ack()
    busy.new("FILLED")
    busy.fill(100, cl_ord_id="FILLED", exec_id="LAST")
    return busy


def end_day(desk, day="2026-11-23"):
    return desk.do(cmd.EndTradingDay(day))


def bust(desk):
    """Have the venue take back the fill of FILLED."""
    return desk.do(
        cmd.VenueExecutionReport(
            session="A",
            exec_id="BUST",
            exec_type=ExecType.TRADE_CANCEL,
            ord_status=None,
            cl_ord_id=f"{desk.state.id_prefix}-2.1",
            exec_ref_id="LAST",
        )
    )


def test_an_open_order_lives_through_the_end_of_days(desk):
    """However many days end, it is there with all its identifiers."""
    for day in range(3):
        end_day(desk, f"2026-11-2{day}")
    assert told(desk.cancel()) == ["PENDING_CANCEL PENDING_CANCEL Y 0/100"]
    assert told(desk.venue(ExecType.CANCELED, cl_ord_id="Y")) == ["CANCELED CANCELED Y 0/0"]


def test_an_order_is_kept_for_the_day_after_its_end(desk):
    """A bust on the next day finds it; its ClOrdID(11) is still taken."""
    end_day(desk)
    assert told(desk.new("FILLED")) == ["REJECTED FILLED FILLED 100/0"]
    assert "TRADE_CANCEL NEW FILLED 0/100" in told(bust(desk))


def test_after_that_day_it_is_forgotten(desk):
    """Its ClOrdID(11) is free again, and a report on it is of no order of ours."""
    end_day(desk)
    end_day(desk, "2026-11-24")
    assert set(desk.state.orders_by_cl_ord_id) == {(CLIENT, "X")}
    assert set(desk.state.first_users_of_cl_ord_id) == {"X"}
    assert len(desk.state.orders) == len(desk.state.children) == 1
    assert told(bust(desk)) == []
    assert told(desk.new("FILLED", terms(50))) == ["NEW NEW FILLED 0/50"]
    assert desk.order("FILLED").order_id == f"{desk.state.id_prefix}-3"


def test_what_is_heard_of_on_the_next_day_is_kept_for_another(desk):
    """An order that was busted and filled again has ended on that day."""
    end_day(desk)
    bust(desk)
    desk.fill(100, cl_ord_id="FILLED")
    end_day(desk, "2026-11-24")
    assert desk.order("FILLED").cum_qty == Decimal(100)
    end_day(desk, "2026-11-25")
    assert (CLIENT, "FILLED") not in desk.state.orders_by_cl_ord_id


def test_positions_and_counters_go_on(desk):
    """Identifiers stay unique over all days, and a position is no matter of a day."""
    end_day(desk)
    end_day(desk, "2026-11-24")
    assert desk.state.positions["FUND", "ACME"].quantity == Decimal(100)
    assert desk.state.next_order_id().endswith("-3")


def test_the_state_carried_over_comes_back(desk):
    """What the end of a day leaves is in the image of the state."""
    end_day(desk)
    again = state_of(image_of(desk.state), list(desk.state.orders.values()))
    assert difference(desk.state, again) is None
