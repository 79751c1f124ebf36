"""When the time of a client that is gone is over, and when it begins anew."""

import pytest
from desk import CLIENT, NOW, Desk

from oms_fix.daemon.absences import Absences
from oms_fix.model import commands as cmd
from oms_fix.model.routes import Direct
from oms_fix.model.rules import CancelOnDisconnect, ClientAgreement, Rules

SECOND = 1_000_000_000


class House:
    """A desk whose client has gone, with 10 s to come back, and who watches that."""

    def __init__(self):
        self.desk = Desk()
        agreed = CancelOnDisconnect.LOGOUT
        agreement = ClientAgreement(session=CLIENT, cancel_on_disconnect=agreed)
        route = Direct(id="to-a", venue="A")
        self.desk.do(cmd.LoadRules(Rules("rules-2", (), (route,), (agreement,)), "tester"))
        self.desk.new()
        self.cut_off = False
        self.absences = Absences(
            self.desk.state,
            lambda: self.desk.now,
            lambda: self.cut_off,
            lambda session: self.desk.do(cmd.ClientOverdue(session)),
            lambda session: self.desk.do(cmd.SessionLoggedOut(session, "anew")),
        )
        self.desk.do(cmd.SessionLoggedOut(CLIENT, "connection lost"))

    def after(self, seconds):
        """Look at a time after the client was gone; return whether it has been given up."""
        self.desk.now = NOW + seconds * SECOND
        self.absences.look()
        return CLIENT not in self.desk.state.clients_awaited


@pytest.fixture
def house():
    return House()


def test_a_client_is_given_up_when_its_time_is_over(house):
    """Not before, and its orders are taken back then."""
    assert [house.after(9), house.after(10)] == [False, True]
    assert house.desk.order().withdrawn is not None


@pytest.mark.parametrize("ends_after", [5, 60])
def test_the_time_begins_anew_when_we_can_hear_it_again(house, ends_after):
    """While nothing can be stored nobody can come back, be that short or long."""
    house.cut_off = True
    assert not any(house.after(seconds) for seconds in range(1, ends_after))
    house.cut_off = False
    assert [house.after(ends_after + more) for more in (0, 9, 10)] == [False, False, True]


def test_a_client_that_came_back_meanwhile_is_not_awaited_again(house):
    """Its Logon was taken in before anybody looked."""
    house.cut_off = True
    house.after(1)
    house.cut_off = False
    house.desk.do(cmd.SessionLoggedOn(CLIENT))
    assert house.after(2)
    assert CLIENT in house.desk.state.sessions_logged_on
