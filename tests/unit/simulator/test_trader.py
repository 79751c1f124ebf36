from decimal import Decimal
from random import Random

import pytest

from oms_fix.fix.message import Message
from oms_fix.model.enums import AssetClass
from oms_fix.model.instruments import Instrument
from oms_fix.simulator.client_messages import Ticket
from oms_fix.simulator.configuration import ClientConfig
from oms_fix.simulator.trader import Trader, marketable

SHARE = Instrument("ABC", AssetClass.EQUITY, "USD", Decimal(100), tick_size=Decimal("0.05"))
MS = 1_000_000
PATIENCE = ClientConfig(work_after_ms=1000, give_up_after_ms=2000, cancel_percent=Decimal(0))


def ticket(cl_ord_id="1"):
    return Ticket(
        client="C", cl_ord_id=cl_ord_id, account="A", symbol="ABC", side="1",
        order_qty=Decimal(100), ord_type="2", price=Decimal(99),
    )  # fmt: skip


class Desk:
    """A trader of FIX 4.4, what it sent and what it wrote down."""

    def __init__(self, *tickets, config=PATIENCE):
        self.entries = []
        self.trader = Trader(
            enumerate(tickets, 1), {"ABC": SHARE}, "FIX.4.4", config, Random(1), self.entries.append
        )

    def sends(self, at_ms):
        """MsgType, ClOrdID, OrigClOrdID and Price of what it sends at a time."""
        messages = self.trader.tick(at_ms * MS)
        return [(m.msg_type, m.text(11), m.text(41), m.text(44)) for m in messages]

    def hears(self, exec_type, ord_status, cl_ord_id="1", **values):
        fields = {37: "9", 17: "E", 150: exec_type, 39: ord_status, 11: cl_ord_id, 14: 0, 151: 0}
        fields |= {int(tag[1:]): value for tag, value in values.items()}
        message = Message("8", [(tag, str(value).encode()) for tag, value in fields.items()])
        self.trader.received(message, 0)

    def is_refused(self, cl_ord_id, ord_status):
        fields = [(11, cl_ord_id.encode()), (39, ord_status.encode()), (58, b"too late")]
        self.trader.received(Message("9", fields), 0)

    def kinds(self):
        return [entry.kind for entry in self.entries]


def test_resting_order_is_asked_about_repriced_and_given_up():
    """An unfilled limit order is asked about, then made marketable, then canceled."""
    desk = Desk(ticket())

    assert desk.sends(0) == [("D", "1", None, "99")]
    desk.hears("0", "0")
    assert desk.sends(749) == []
    assert desk.sends(750) == [("H", "1", None, None)]
    assert desk.sends(1000) == [("G", "1-1", "1", "100.60")]
    assert desk.sends(2999) == []
    desk.hears("5", "0", "1-1", t41="1")
    assert desk.sends(3000) == [("F", "1-2", "1-1", None)]
    desk.hears("4", "4", "1-2", t41="1-1")
    assert desk.trader.finished


def test_order_without_an_answer_is_asked_about():
    """Silence is answered by a status request, again and again, and by nothing else."""
    desk = Desk(ticket())
    desk.sends(0)

    assert desk.sends(1999) == []
    assert desk.sends(2000) == [("H", "1", None, None)]
    assert desk.sends(3999) == []
    assert desk.sends(4000) == [("H", "1", None, None)]


def test_some_orders_are_canceled_instead():
    """A trader told to cancel all that rests does."""
    config = ClientConfig(work_after_ms=1000, cancel_percent=Decimal(100))
    desk = Desk(ticket(), config=config)
    desk.sends(0)
    desk.hears("0", "0")

    assert desk.sends(1000) == [("F", "1-1", "1", None)]


def test_last_fill_during_a_pending_cancel_ends_with_the_refusal():
    """Filled while the cancel was pending: the order is final with message 9, as Filled (B.1.c)."""
    desk = Desk(ticket(), config=ClientConfig(work_after_ms=1000, cancel_percent=Decimal(100)))
    desk.sends(0)
    desk.hears("0", "0")
    desk.sends(1000)

    desk.hears("F", "6", t32=100, t31="99", t14=100)
    assert not desk.trader.finished
    desk.is_refused("1-1", "2")

    assert desk.trader.finished
    assert desk.kinds()[-3:] == ["fill", "request_refused", "final"]


def test_fill_heard_twice_is_noted_and_not_booked():
    """The same ExecID again is a fault, not a fill."""
    desk = Desk(ticket())
    desk.sends(0)
    desk.hears("F", "1", t32=40, t31="99", t14=40)
    desk.hears("F", "1", t32=40, t31="99", t14=40)

    assert desk.kinds() == ["sent", "answered", "fill", "duplicate_fill"]


@pytest.mark.parametrize(("last_qty", "cum_qty"), [(40, 50), (140, 140)])
def test_quantities_that_do_not_add_up_are_noted(last_qty, cum_qty):
    """CumQty must be the sum of the fills, and no more than was ordered."""
    desk = Desk(ticket())
    desk.sends(0)
    desk.hears("F", "1", t32=last_qty, t31="99", t14=cum_qty)

    assert desk.kinds()[-1] == "wrong_quantity"


def test_report_on_an_unknown_order_is_noted():
    """A report that is about none of its orders is a fault."""
    desk = Desk(ticket())
    desk.hears("0", "0", "77")

    assert desk.kinds() == ["unknown_order"]


def test_order_sent_twice_is_answered_for_each():
    """The refusal of a repeated ClOrdID ends the repeated order and not the first."""
    desk = Desk(ticket(), ticket(), config=ClientConfig(orders_per_second=1000))
    desk.sends(0)
    desk.sends(10)
    desk.hears("0", "0")
    desk.hears("8", "0", t103=6, t58="twice")

    finals = [(entry.row, entry.text) for entry in desk.entries if entry.kind == "final"]
    assert finals == [(2, "rejected: twice")]
    assert not desk.trader.finished


def test_rejected_message_is_noted():
    """Reject(3) and BusinessMessageReject(j) are faults: a client writes valid messages."""
    desk = Desk(ticket())
    desk.trader.received(Message("j", [(58, b"why")]), 0)

    assert desk.kinds() == ["message_rejected"]


def test_orders_are_sent_at_the_configured_pace():
    """So many a second, without a burst after a pause."""
    tickets = [ticket(str(number)) for number in range(1, 101)]
    desk = Desk(*tickets, config=ClientConfig(orders_per_second=20))

    assert [len(desk.sends(at)) for at in (0, 40, 50, 100, 5000)] == [1, 0, 1, 1, 2]


@pytest.mark.parametrize(("side", "price"), [("1", "100.10"), ("2", "99.90")])
def test_marketable_price_is_rounded_outwards(side, price):
    """A buyer's price is rounded up to the tick, a seller's down."""
    assert marketable(SHARE, side, Decimal(6)) == Decimal(price)
