"""Our engine and QuickFIX in all versions, each as acceptor and as initiator.

All sessions live through the same history at the same time, so that waiting for reconnections costs
once: a logon, a gap on both sides, orders both ways over a connection that breaks again and again,
a logout. Sessions that reset their numbers have another history, beside it.
``scripts/soak quickfix`` sends twenty times as many orders.
"""

import asyncio
from itertools import dropwhile

import pytest
from quickfix_exchange import ROLES, VERSIONS, Exchange, trade

MESSAGES = 500
DISCONNECT_EVERY = 50
MISSED = 5
WITHOUT_RESET_FLAG = "FIX.4.0"


async def _live_through_all(party):
    await party.logged_on_again(1)
    party.send(MISSED)
    await party.settled()
    await party.miss(MISSED)
    await party.logged_on_again(2)
    await party.settled()
    party.asked_there = [m for m in party.said_there if m[35] == "2"]
    party.asked_here = [m for m in party.said_here if m[35] == "2"]
    await trade(party, MESSAGES, DISCONNECT_EVERY)
    party.said_here.clear()
    party.said_there.clear()
    logons = party.logons
    party.link.logout("end of day")
    await party.logged_on_again(logons + 1)
    party.send(1)
    await party.settled()


async def _reset_and_reset_again(party):
    for logons in (1, 2):
        await party.logged_on_again(logons)
        party.send(MISSED)
        await party.settled()
        if logons == 1:
            party.link.logout("start anew")


async def _histories(folder):
    exchange = Exchange(folder)
    await exchange.start()
    try:
        histories = [_live_through_all(party) for party in exchange.parties.values()]
        histories += [_reset_and_reset_again(party) for party in exchange.resetting.values()]
        failures = await asyncio.gather(*histories, return_exceptions=True)
    finally:
        await exchange.stop()
    assert exchange.failures == []
    assert [failure for failure in failures if failure is not None] == []
    return exchange


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    """All sessions, after all that has happened to them."""
    return asyncio.run(_histories(tmp_path_factory.mktemp("exchange") / "quickfix"))


@pytest.fixture(params=[(role, version) for role in ROLES for version in VERSIONS], ids="-".join)
def party(request, exchange):
    """A session of our engine in each role and version."""
    return exchange.parties[request.param]


@pytest.fixture(params=[(role, version) for role in ROLES for version in VERSIONS], ids="-".join)
def resetting_party(request, exchange):
    """A session whose initiator resets the numbers with each Logon(A)."""
    return exchange.resetting[request.param]


def test_both_sides_ask_for_what_they_have_missed(party):
    """Orders sent while there is no connection show as a gap, and one request brings them."""
    # The Logon(A) and the first orders have used up these numbers on both sides.
    first_missed = str(1 + MISSED + 1)
    assert [request[7] for request in party.asked_here] == [first_missed]
    assert [request[7] for request in party.asked_there] == [first_missed]


def test_nothing_is_lost_and_nothing_comes_twice(party):
    """Whatever is in flight when a connection breaks, each side hears each order once, in order."""
    everything = list(range(1, 2 * MISSED + MESSAGES + 2))
    assert party.heard_here == everything
    assert party.heard_there == everything
    assert party.faults == []


def test_a_logout_is_answered_and_numbers_go_on(party):
    """Both say Logout(5); the next Logons(A) have the numbers after it, and nobody asks."""
    for said in (party.said_here, party.said_there):
        # A last request of the connection before may come up late.
        told = dropwhile(lambda message: message[35] != "5", said)
        logout, logon = [message for message in told if message[35] in "5A2"][:2]
        assert (logout[35], logon[35]) == ("5", "A")
        assert int(logon[34]) == int(logout[34]) + 1
    assert next(message for message in party.said_here if message[35] == "5")[58] == "end of day"


def test_numbers_begin_anew_with_each_logon(resetting_party):
    """ResetSeqNumFlag(141)=Y: both Logons(A) are number 1, and no order is lost before or after."""
    flag = None if resetting_party.version == WITHOUT_RESET_FLAG else "Y"
    logons_there = [(m[34], m.get(141)) for m in resetting_party.said_there if m[35] == "A"]
    logons_here = [(m[34], m.get(141)) for m in resetting_party.said_here if m[35] == "A"]
    # QuickFIX tells of one more Logon(A) after each Logout(5), which it has nobody to send to.
    assert set(logons_there) == {("1", flag)}
    assert logons_here == [("1", flag)] * 2
    everything = list(range(1, 2 * MISSED + 1))
    assert resetting_party.heard_here == everything
    assert resetting_party.heard_there == everything
    assert resetting_party.faults == []
