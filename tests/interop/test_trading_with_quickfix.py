"""QuickFIX, which knows nothing of us, trades through the real daemon, client and venue alike.

Every test runs with each pair of FIX versions. QuickFIX validates all that it is sent by its own
dictionaries; a Reject(3) or BusinessMessageReject(j), in whichever direction, fails the test.
"""

import pytest

# The versions have been crossed by the other tests: one venue is enough where peers restart.
one_venue = pytest.mark.parametrize("venue", ["FIX.4.4"], indirect=True)
one_client = pytest.mark.parametrize("client", ["FIX.4.4"], indirect=True)


def resend_requests(peer):
    return [message for message in peer.admin_sent if message[35] == "2"]


def test_fills_reach_the_client_with_running_totals(desk, fill_type):
    """Each fill is reported once, with CumQty, LeavesQty and AvgPx over all fills of the order."""
    order, child = desk.working_order()
    desk.fill(child, "40", "10.25", cum_qty="40", leaves_qty="60")
    assert desk.told() == (
        f"8 11={order} 150={fill_type['partial']} 39=1 38=100 44=10.5"
        " 32=40 31=10.25 151=60 14=40 6=10.25"
    )
    desk.fill(child, "60", "10.5", cum_qty="100", leaves_qty="0")
    assert desk.told() == (
        f"8 11={order} 150={fill_type['last']} 39=2 38=100 44=10.5"
        " 32=60 31=10.5 151=0 14=100 6=10.4"
    )


def test_order_filled_at_once(desk, fill_type):
    """One fill of the whole quantity makes the order Filled, even if it is the first report."""
    order = desk.order()
    assert desk.told() == f"8 11={order} 150=0 39=0 38=100 44=10.5 151=100 14=0 6=0"
    child = desk.asked("D 11=ID.1 1=FUND1 55=AAPL 54=1 38=100 40=2 44=10.5 59=0")
    desk.fill(child, "100", "10.5", cum_qty="100", leaves_qty="0")
    assert desk.told() == (
        f"8 11={order} 150={fill_type['last']} 39=2 38=100 44=10.5"
        " 32=100 31=10.5 151=0 14=100 6=10.5"
    )


def test_replace_accepted(desk):
    """A replace goes to the venue under our ids; when it accepts, the new terms hold."""
    order, _child = desk.working_order()
    replace = desk.replace(order, quantity="150", price="10.75")
    assert desk.told() == (f"8 11={replace} 41={order} 150=E 39=E 38=100 44=10.5 151=100 14=0 6=0")
    request = desk.asked("G 11=ID.2 41=ID.1 37=V-1 1=FUND1 55=AAPL 54=1 38=150 40=2 44=10.75 59=0")
    desk.report(request, "5", desk.replaced(desk.venue), "0", "150", OrigClOrdID=request[41])
    assert desk.told() == (
        f"8 11={replace} 41={order} 150=5 39={desk.replaced(desk.client)} 38=150 44=10.75"
        " 151=150 14=0 6=0"
    )


def test_fill_after_a_replace_counts_what_was_filled_before_it(desk, fill_type):
    """CumQty and AvgPx run over the whole chain of replaces, and LeavesQty by the new quantity."""
    order, child = desk.working_order()
    desk.fill(child, "40", "10.25", cum_qty="40", leaves_qty="60")
    desk.told()
    replace = desk.replace(order, quantity="80")
    desk.told()
    request = desk.asked("G 11=ID.2 41=ID.1 37=V-1 1=FUND1 55=AAPL 54=1 38=80 40=2 44=10.5 59=0")
    desk.report(request, "5", "1", "40", "40", OrigClOrdID=request[41])
    assert desk.told() == (
        f"8 11={replace} 41={order} 150=5 39=1 38=80 44=10.5 151=40 14=40 6=10.25"
    )
    desk.fill(request, "40", "10.5", cum_qty="80", leaves_qty="0")
    assert desk.told() == (
        f"8 11={replace} 150={fill_type['last']} 39=2 38=80 44=10.5"
        " 32=40 31=10.5 151=0 14=80 6=10.375"
    )


def test_replace_refused(desk):
    """When the venue refuses a replace, the client gets an OrderCancelReject(9) with its text."""
    order, _child = desk.working_order()
    replace = desk.replace(order, quantity="150")
    desk.told()
    request = desk.asked("G 11=ID.2 41=ID.1 37=V-1 1=FUND1 55=AAPL 54=1 38=150 40=2 44=10.5 59=0")
    desk.refuse_request(request, "0", "2", "no increase")
    assert desk.told() == (
        f"9 11={replace} 41={order} 39=0 434=2 102=2"
        " 58=VENUE_REJECTED: rejected by the venue text='no increase'"
    )


def test_cancel_accepted(desk):
    """A cancel goes to the venue under our ids; when it accepts, what was filled stays filled."""
    order, child = desk.working_order()
    desk.fill(child, "40", "10.25", cum_qty="40", leaves_qty="60")
    desk.told()
    cancel = desk.cancel(order)
    assert desk.told() == (
        f"8 11={cancel} 41={order} 150=6 39=6 38=100 44=10.5 151=60 14=40 6=10.25"
    )
    request = desk.asked("F 11=ID.2 41=ID.1 37=V-1 1=FUND1 55=AAPL 54=1 38=100")
    desk.report(request, "4", "4", "40", "0", OrigClOrdID=request[41])
    assert desk.told() == (
        f"8 11={cancel} 41={order} 150=4 39=4 38=100 44=10.5 151=0 14=40 6=10.25"
    )


def test_cancel_too_late(desk, fill_type):
    """When the venue filled first, the fill comes through and the cancel is refused as too late."""
    order, child = desk.working_order()
    cancel = desk.cancel(order)
    desk.told()
    request = desk.asked("F 11=ID.2 41=ID.1 37=V-1 1=FUND1 55=AAPL 54=1 38=100")
    desk.fill(child, "100", "10.5", cum_qty="100", leaves_qty="0")
    assert desk.told() == (
        f"8 11={order} 150={fill_type['last']} 39=6 38=100 44=10.5"
        " 32=100 31=10.5 151=0 14=100 6=10.5"
    )
    desk.refuse_request(request, "2", "0", "filled")
    assert desk.told() == (
        f"9 11={cancel} 41={order} 39=2 434=1 102=0 58=TOO_LATE: the order is not open any more"
    )


def test_order_rejected_by_the_venue(desk):
    """An order that its venue rejects is Rejected towards the client, with the venue's text."""
    order = desk.order()
    desk.told()
    child = desk.asked("D 11=ID.1 1=FUND1 55=AAPL 54=1 38=100 40=2 44=10.5 59=0")
    desk.report(child, "8", "8", "0", "0", OrdRejReason="2", Text="closed")
    assert desk.told() == (
        f"8 11={order} 150=8 39=8 38=100 44=10.5 151=0 14=0 6=0 103=0"
        f" 58=VENUE_REJECTED: rejected by the venue venue={desk.venue.name} text='closed'"
    )


def test_limit_order_without_price(desk):
    """An order that lacks a field its type needs is Rejected, and the venue never hears of it."""
    order = desk.order(price=None)
    reason = "0" if desk.client.begin_string == "FIX.4.2" else "99"
    assert desk.told() == (
        f"8 11={order} 150=8 39=8 38=100 151=0 14=0 6=0 103={reason}"
        " 58=MISSING_FIELD: a field that this order needs is missing field=Price(44)"
    )


@one_venue
def test_client_gets_what_it_missed(desk, fill_type):
    """Fills while a client is away come at its next logon by resend, PossDupFlag=Y, each once."""
    order, child = desk.working_order()
    desk.client.ask_to_stop()
    desk.client.wait_stopped()
    desk.fill(child, "40", "10.25", cum_qty="40", leaves_qty="60")
    desk.fill(child, "60", "10.5", cum_qty="100", leaves_qty="0")
    desk.venue.check_quiet()  # both are with the daemon
    desk.client.start()
    desk.client.wait_logged_on()
    assert desk.told(poss_dup=True) == (
        f"8 11={order} 150={fill_type['partial']} 39=1 38=100 44=10.5"
        " 32=40 31=10.25 151=60 14=40 6=10.25"
    )
    assert desk.told(poss_dup=True) == (
        f"8 11={order} 150={fill_type['last']} 39=2 38=100 44=10.5"
        " 32=60 31=10.5 151=0 14=100 6=10.4"
    )
    assert len(resend_requests(desk.client)) == 1


@one_client
def test_venue_gets_what_it_missed(desk):
    """A cancel while the venue is away reaches it at its next logon by resend, once.

    The question where the order stands comes after it.
    """
    order, _child = desk.working_order()
    desk.venue.ask_to_stop()
    desk.venue.wait_stopped()
    cancel = desk.cancel(order)
    assert desk.told() == f"8 11={cancel} 41={order} 150=6 39=6 38=100 44=10.5 151=100 14=0 6=0"
    desk.venue.start()
    desk.venue.wait_logged_on()
    request = desk.asked("F 11=ID.2 41=ID.1 37=V-1 1=FUND1 55=AAPL 54=1 38=100")
    assert request[43] == "Y"
    question = desk.asked_for_status()
    assert (question[11], question[37]) == (request[41], "V-1")
    assert len(resend_requests(desk.venue)) == 1
    desk.report(request, "4", "4", "0", "0", OrigClOrdID=request[41])
    desk.tell_status(question, "4", "0")
    assert desk.told() == f"8 11={cancel} 41={order} 150=4 39=4 38=100 44=10.5 151=0 14=0 6=0"
