"""Trading sessions: a session is logged on within its hours, and counts anew from each opening."""

import asyncio
from datetime import time

import pytest

from oms_fix.fix import ConnectionType, Message, SequenceNumbers, Session, SessionSettings
from oms_fix.fix.codec import Framer, encode, parse
from oms_fix.fix.link import Link
from oms_fix.fix.outputs import Disconnect, Persist, Reset, Write
from oms_fix.fix.schedule import Schedule
from oms_fix.fix.session_messages import sending_time
from oms_fix.fix.timestamps import format_timestamp, parse_timestamp

SECOND = 1_000_000_000
OFFICE = Schedule.daily(time(8), time(17))
WHOLE_DAY = Schedule.daily(time(17), time(17), time_zone="America/New_York")


def moment(text):
    return parse_timestamp(f"{text}.000".encode())


class Wire(asyncio.Transport):
    """What was written to it."""

    def __init__(self, heard):
        super().__init__()
        self._heard = heard

    def write(self, data):
        self._heard(data)

    def is_closing(self):
        return False

    def get_write_buffer_size(self):
        return 0


class Office:
    """A session with hours on its link, and PEER, its counterparty, on a virtual clock.

    ``said`` is what the session did: each written message as ``A 1`` or ``5 2 text``, ``reset``
    and ``disconnect``.
    """

    def __init__(self, schedule, now, role="acceptor", numbers=(1, 1), used_at=None):
        self.now = moment(now)
        settings = SessionSettings(
            name="PEER",
            connection_type=ConnectionType(role),
            begin_string="FIX.4.4",
            sender_comp_id="OMSFIX",
            target_comp_id="PEER",
            schedule=schedule,
        )
        session = Session(settings, settings.load_dictionary(), SequenceNumbers(*numbers))
        used_at = None if used_at is None else moment(used_at)
        self.link = Link(session, self, used_at)
        self._said = []

    def clock(self):
        return self.now

    def perform(self, link, outputs):
        for output in outputs:
            match output:
                case Write(data):
                    link.write(data)
                case Reset():
                    self._said.append("reset")
                case Disconnect():
                    self._said.append("disconnect")
                    link.detach()

    @property
    def said(self):
        said, self._said = self._said, []
        return said

    @property
    def numbers(self):
        return self.link.session.next_in, self.link.session.next_out

    def connect(self):
        self.link.attach(Wire(self._heard))
        return self.said

    def _heard(self, data):
        for raw in Framer().feed(data):
            message = parse(raw, {})
            self._said.append(
                f"{message.msg_type} {message.text(34)} {message.text(58) or ''}".strip()
            )

    def hear(self, msg_type, number, *fields):
        header = [
            (49, b"PEER"),
            (56, b"OMSFIX"),
            (34, b"%d" % number),
            (52, format_timestamp(self.now)),
        ]
        self.link.received(encode("FIX.4.4", msg_type, header, fields))
        return self.said

    def log_on(self, number=1):
        said = self.connect()
        return said + self.hear("A", number, (98, b"0"), (108, b"0"))

    def tick_at(self, now):
        self.now = moment(now)
        self.link.tick()
        return self.said


def test_nothing_happens_within_the_hours():
    """A session stays logged on from the opening to the closing."""
    office = Office(OFFICE, "20260309-08:00:00")
    assert office.log_on() == ["A 1"]
    assert office.tick_at("20260309-16:59:59") == []


def test_at_the_closing_the_session_is_logged_out():
    """A Logout(5) that says why; the counterparty's answer ends the connection."""
    office = Office(OFFICE, "20260309-16:59:00")
    office.log_on()
    assert office.tick_at("20260309-17:00:00") == ["5 2 session is closed"]
    assert office.tick_at("20260309-17:00:01") == []
    assert office.hear("5", 2) == ["disconnect"]


def test_a_counterparty_that_does_not_answer_is_disconnected():
    """LogoutTimeout holds at the closing too."""
    office = Office(OFFICE, "20260309-16:59:00")
    office.log_on()
    office.tick_at("20260309-17:00:00")
    assert office.tick_at("20260309-17:00:02") == ["disconnect"]


def test_a_connection_without_logon_is_cut_at_the_closing():
    """Who has connected and not logged on by the closing is disconnected without a word."""
    office = Office(OFFICE, "20260309-16:59:59")
    office.connect()
    assert office.tick_at("20260309-17:00:00") == ["disconnect"]


@pytest.mark.parametrize(
    ("now", "is_open"), [("20260309-07:59:59", False), ("20260309-08:00:00", True)]
)
def test_the_link_is_open_within_the_hours(now, is_open):
    """Acceptor and initiator ask the link before they connect it."""
    assert Office(OFFICE, now).link.is_open is is_open


def test_at_the_opening_both_numbers_go_back_to_1():
    """The first moment of the next trading session resets, connected or not, and once."""
    office = Office(OFFICE, "20260309-16:59:00")
    office.log_on()
    office.tick_at("20260309-17:00:00")
    office.hear("5", 2)
    assert office.numbers == (3, 3)
    assert office.tick_at("20260310-07:59:59") == []
    assert office.numbers == (3, 3)
    assert office.tick_at("20260310-08:00:00") == ["reset"]
    assert office.numbers == (1, 1)
    assert office.tick_at("20260310-08:00:01") == []


def test_a_logon_right_at_the_opening_finds_the_numbers_at_1():
    """The reset comes before the Logon(A), even if nothing was ticked since the closing."""
    office = Office(OFFICE, "20260309-16:59:00")
    office.log_on()
    office.tick_at("20260309-17:00:00")
    office.hear("5", 2)
    office.now = moment("20260310-08:00:00")
    assert office.log_on() == ["reset", "A 1"]


def test_an_initiator_does_not_ask_for_the_reset():
    """Both sides reset by the clock: the Logon(A) has MsgSeqNum(34) 1 and no 141."""
    sent = []
    office = Office(OFFICE, "20260309-08:00:00", "initiator", (9, 9), "20260306-16:00:00")
    office.perform = lambda _link, outputs: sent.extend(
        output.data for output in outputs if isinstance(output, Persist)
    )
    office.connect()
    (logon,) = sent
    assert parse(logon, {}).text(34) == "1"
    assert 141 not in parse(logon, {})


def test_a_session_of_a_whole_day_is_logged_out_at_its_turn():
    """Old and new trading session meet at 17:00: logout, and numbers from 1 at the next logon."""
    office = Office(WHOLE_DAY, "20260309-20:59:00")
    office.log_on()
    assert office.tick_at("20260309-21:00:00") == ["5 2 session is closed"]
    assert office.hear("5", 2) == ["disconnect"]
    assert office.log_on() == ["reset", "A 1"]
    assert office.tick_at("20260309-21:00:10") == []


def test_after_a_restart_in_the_same_trading_session_numbers_go_on():
    """What was stored today is of today."""
    office = Office(OFFICE, "20260309-12:00:00", numbers=(5, 7), used_at="20260309-08:30:00")
    assert office.tick_at("20260309-12:00:01") == []
    assert office.numbers == (5, 7)


def test_after_a_restart_in_another_trading_session_numbers_go_back():
    """What was stored on Friday, the Logout after the closing included, is not of Monday."""
    office = Office(OFFICE, "20260309-12:00:00", numbers=(5, 7), used_at="20260306-17:00:01")
    assert office.tick_at("20260309-12:00:01") == ["reset"]
    assert office.numbers == (1, 1)


def test_a_clock_set_back_over_the_opening_resets_nothing():
    """The session is closed again until the opening, which is still the same."""
    office = Office(OFFICE, "20260309-16:00:00", numbers=(5, 7), used_at="20260306-12:00:00")
    assert office.tick_at("20260309-16:00:01") == ["reset"]
    office.log_on()
    assert office.tick_at("20260309-07:59:59") == ["5 2 session is closed"]
    office.hear("5", 2)
    assert office.tick_at("20260309-08:00:00") == []
    assert office.numbers == (3, 3)


def test_what_waits_for_the_counterparty_survives_the_opening():
    """The reset tells which messages were numbered and never written, for them to be sent anew."""
    office = Office(OFFICE, "20260309-18:00:00")
    resets = []
    office.perform = lambda _link, outputs: resets.extend(
        output for output in outputs if isinstance(output, Reset)
    )
    office.link.tick()
    office.link.send(Message("8", [(58, b"after hours")]))
    office.tick_at("20260310-08:00:00")
    (reset,) = resets
    assert reset.unsent == (1, 1)


def test_the_time_of_last_use_is_the_sending_time_of_our_last_message():
    """SendingTime(52) of the stored message; without a message there is none."""
    raw = encode("FIX.4.4", "0", [(52, b"20260309-08:30:00.250")], [])
    assert sending_time(raw) == moment("20260309-08:30:00") + SECOND // 4
    assert sending_time(None) is None
