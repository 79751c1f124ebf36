"""What becomes of orders while their client is gone."""

import pytest
from desk import CLIENT, NOW, Desk, DirectDesk, kinds, terms, told

from oms_fix.core.engine import handle
from oms_fix.model import commands as cmd
from oms_fix.model.enums import ExecType, OrdStatus
from oms_fix.model.events import OrderReported, OrderWithdrawn
from oms_fix.model.routes import Direct
from oms_fix.model.rules import Acknowledge, CancelOnDisconnect, ClientAgreement, Rules

GRACE_S = 5
IN_TIME = NOW + GRACE_S * 1_000_000_000 - 1
TOO_LATE = IN_TIME + 1


def agree(desk, agreed, acknowledge=Acknowledge.ON_ACCEPT):
    """Put an agreement about disconnects in force."""
    agreement = ClientAgreement(
        session=CLIENT,
        acknowledge=acknowledge,
        cancel_on_disconnect=agreed,
        disconnect_grace_seconds=GRACE_S,
    )
    route = Direct(id="to-a", venue="A")
    desk.do(cmd.LoadRules(Rules("rules-2", (), (route,), (agreement,)), "tester"))


def desk_with(agreed):
    """Return a desk with order X at venue A, whose client is logged on."""
    desk = Desk()
    agree(desk, agreed)
    desk.do(cmd.SessionLoggedOn(CLIENT))
    desk.new()
    desk.ack()
    return desk


def lose(desk):
    return desk.do(cmd.SessionLoggedOut(CLIENT, "connection lost"))


def log_out(desk):
    return desk.do(cmd.SessionLoggedOut(CLIENT, "Logout received", by_logout=True))


def overdue(desk, now=TOO_LATE):
    return handle(desk.state, cmd.ClientOverdue(CLIENT), now)


def reasons(events):
    """Return ExecRestatementReason(378) and Text(58) of what the client is told."""
    reports = [event.report for event in events if isinstance(event, OrderReported)]
    return [(each.exec_restatement_reason, each.text) for each in reports]


def test_without_an_agreement_orders_stay_live():
    """Logging out changes no order (FIX 4.4 Volume 2), nor does the loss of the connection."""
    desk = desk_with(CancelOnDisconnect.NEVER)
    assert kinds(lose(desk)) == ["SessionChanged"]
    assert overdue(desk) == []


def test_a_client_that_stays_away_loses_its_orders():
    """Unsolicited Canceled, 378=12, under the ClOrdID(11) of the order, when the venue has."""
    desk = desk_with(CancelOnDisconnect.CONNECTION_LOSS)
    assert kinds(lose(desk)) == ["SessionChanged", "ClientAwaited"]
    assert kinds(overdue(desk)) == ["ClientGivenUp", "OrderWithdrawn", "ChildCancelRequested"]
    canceled = desk.venue(ExecType.CANCELED)
    assert told(canceled) == ["CANCELED CANCELED X 0/0"]
    assert reasons(canceled) == [(12, "canceled on connection loss")]


def test_a_client_that_is_back_in_time_keeps_its_orders():
    """Nothing has happened, whatever timer still runs."""
    desk = desk_with(CancelOnDisconnect.CONNECTION_LOSS)
    lose(desk)
    assert overdue(desk, IN_TIME) == []
    desk.do(cmd.SessionLoggedOn(CLIENT))
    assert overdue(desk) == []
    assert desk.state.clients_awaited == {}


def test_the_time_begins_anew_with_a_restart():
    """While the router was not there nobody could come back; what ended the connection stays."""
    desk = desk_with(CancelOnDisconnect.LOGOUT)
    log_out(desk)
    handle(desk.state, cmd.SessionLoggedOut(CLIENT, "restart"), IN_TIME)
    assert overdue(desk) == []
    again = overdue(desk, IN_TIME + GRACE_S * 1_000_000_000)
    assert kinds(again)[0] == "ClientGivenUp"
    assert reasons(desk.venue(ExecType.CANCELED)) == [(13, "canceled on logout")]


@pytest.mark.parametrize("agreed", [CancelOnDisconnect.NEVER, CancelOnDisconnect.CONNECTION_LOSS])
def test_a_logout_is_no_loss_of_the_connection(agreed):
    """Orders outlive a Logout(5) unless that is agreed otherwise."""
    desk = desk_with(agreed)
    assert kinds(log_out(desk)) == ["SessionChanged"]


def test_an_order_can_ask_for_it():
    """ExecInst(18) o: this one is canceled on connection loss, the others and a Logout are not."""
    desk = desk_with(CancelOnDisconnect.NEVER)
    desk.new("O", terms(50, exec_inst="G o"))
    assert kinds(log_out(desk)) == ["SessionChanged"]
    desk.do(cmd.SessionLoggedOn(CLIENT))
    lose(desk)
    events = overdue(desk)
    assert kinds(events) == ["ClientGivenUp", "OrderWithdrawn", "ChildCancelRequested"]
    assert events[1].order_id == desk.order("O").order_id


def test_a_replace_can_ask_for_it():
    """What a replace asks for counts like what the order did, and is forgotten by no restart."""
    desk = desk_with(CancelOnDisconnect.NEVER)
    desk.replace(terms(100, exec_inst="o"))
    desk.venue(ExecType.REPLACED)
    assert kinds(lose(desk)) == ["SessionChanged", "ClientAwaited"]


def test_a_pending_cancel_is_left_to_its_answer():
    """What the client has asked to cancel itself is answered as that."""
    desk = desk_with(CancelOnDisconnect.CONNECTION_LOSS)
    desk.cancel()
    assert kinds(lose(desk)) == ["SessionChanged"]
    assert reasons(desk.venue(ExecType.CANCELED)) == [(None, None)]


def test_a_pending_replace_is_answered_first():
    """The cancel follows the venue's answer; nothing of the order is routed anew."""
    desk = desk_with(CancelOnDisconnect.CONNECTION_LOSS)
    desk.replace(terms(80))
    lose(desk)
    assert kinds(overdue(desk)) == ["ClientGivenUp", "OrderWithdrawn"]
    answered = desk.venue(ExecType.REPLACED)
    assert kinds(answered)[-1] == "ChildCancelRequested"
    assert told(desk.venue(ExecType.CANCELED, cl_ord_id="Y")) == ["CANCELED CANCELED Y 0/0"]


def test_a_direct_order_is_canceled_at_its_venue():
    """Direct access is no protection; the reason is ours, the Canceled is the venue's."""
    desk = DirectDesk()
    agree(desk, CancelOnDisconnect.CONNECTION_LOSS, Acknowledge.ON_VENUE)
    desk.do(cmd.SessionLoggedOn(CLIENT))
    desk.new()
    desk.say(ExecType.NEW, OrdStatus.NEW)
    lose(desk)
    request = overdue(desk)[-1]
    canceled = desk.do(
        cmd.VenueExecutionReport(
            session="A",
            exec_id="C1",
            exec_type=ExecType.CANCELED,
            ord_status=OrdStatus.CANCELED,
            cl_ord_id=request.cl_ord_id,
            orig_cl_ord_id=request.orig_cl_ord_id,
        )
    )
    assert told(canceled) == ["CANCELED CANCELED X 0/0"]
    assert reasons(canceled) == [(12, "canceled on connection loss")]


def test_an_order_that_an_operator_entered_outlives_the_absence():
    """It was given by phone: it hangs on no connection, less so on one that is lost."""
    desk = desk_with(CancelOnDisconnect.LOGOUT)
    lose(desk)
    desk.do(cmd.EnterOrder(CLIENT, "P", terms(), "bob", "the line is down"))
    taken_back = [event for event in overdue(desk) if isinstance(event, OrderWithdrawn)]
    assert [event.order_id for event in taken_back] == [desk.order("X").order_id]
    assert desk.order("P").withdrawn is None


def test_a_direct_order_whose_venue_has_a_cancel_is_not_canceled_again():
    """What the client has asked to cancel before it was gone, its venue is to answer."""
    desk = DirectDesk()
    agree(desk, CancelOnDisconnect.LOGOUT, Acknowledge.ON_VENUE)
    desk.new()
    desk.say(ExecType.NEW, OrdStatus.NEW)
    desk.cancel()
    assert kinds(lose(desk)) == ["SessionChanged"]
