"""A desk whose every turn is stored as the daemon stores it: a real store, decided by the core."""

import os

from desk import CLIENT, NOW, Desk

from oms_fix.core.engine import handle
from oms_fix.fix.codec import encode
from oms_fix.journal.carry import carried_of
from oms_fix.journal.records import Batch, CommandRecord, EventRecord, MessageRecord, SessionNumbers
from oms_fix.journal.sqlite import SqliteJournal
from oms_fix.model import commands as cmd
from oms_fix.model.enums import ExecType

MS = 1_000_000
_MSG_TYPES = {
    cmd.NewOrderSingle: "D",
    cmd.OrderCancelRequest: "F",
    cmd.OrderCancelReplaceRequest: "G",
    cmd.VenueExecutionReport: "8",
    cmd.VenueOrderCancelReject: "9",
}


class RecordedDesk(Desk):
    """Commits one batch a command, a millisecond apart; every event is told in a message.

    Attributes:
        journal: the store, open for writing.
        batch: the last one, stored or not.
    """

    def __init__(self, path, routes=None):
        self.journal = SqliteJournal(path, "normal")
        self._is_open = True
        self.now = NOW
        self._ids = {"batch": 0, "message": 0, "command": 0, "event": 0}
        self._numbers = {}
        self._released = []
        super().__init__(routes)

    def close(self):
        """Let go of the store, if that was not done yet."""
        if self._is_open:
            self.journal.close()
            self._is_open = False

    def crash(self):
        """Let go of the store as a process that is killed does; what is open stays so."""
        os.close(self.journal._lock)
        self._is_open = False

    def end_day(self, day):
        """End a trading day; what is carried goes with the last batch."""
        self.do(cmd.EndTradingDay(day))

    def do(self, command):
        """Have the core handle a command; store all that comes of it."""
        self.now += MS
        batch = Batch(self._next("batch"), released=self._released)
        msg_type = _MSG_TYPES.get(type(command))
        message_id = msg_type and self._message(batch, command.session, "in", msg_type, None)
        batch.commands.append(CommandRecord(self._next("command"), self.now, message_id, command))
        events = handle(self.state, command, self.now)
        for event in events:
            batch.events.append(EventRecord(self._next("event"), self._ids["command"], event))
            self._message(batch, CLIENT, "out", "8", self._ids["event"])
        batch.sessions = {name: SessionNumbers(0, *pair) for name, pair in self._numbers.items()}
        if isinstance(command, cmd.EndTradingDay):
            batch.carried = carried_of(command.day, self.state)
        self.batch = batch
        self.journal.commit(batch)
        self._released = [(batch.id, self.now + 1)]
        return events

    def _next(self, kind):
        self._ids[kind] += 1
        return self._ids[kind]

    def _message(self, batch, session, direction, msg_type, event_id):
        pair = self._numbers.setdefault(session, [1, 1])
        way = 0 if direction == "in" else 1
        number, pair[way] = pair[way], pair[way] + 1
        raw = encode("FIX.4.4", msg_type, [(34, b"%d" % number)], [(58, session.encode())])
        record_id = self._next("message")
        batch.messages.append(
            MessageRecord(
                record_id, self.now, session, 0, direction, number, msg_type, event_id, raw
            )
        )
        return record_id


def a_day(desk):
    """Have a few orders filled, replaced, canceled, rejected and busted; one is left open."""
    desk.new("FILLED")
    desk.ack(cl_ord_id="FILLED")
    desk.fill(40, cl_ord_id="FILLED")
    desk.fill(60, cl_ord_id="FILLED", exec_id="LAST")
    desk.new("CANCELED")
    desk.ack(cl_ord_id="CANCELED")
    desk.cancel("CANCEL", "CANCELED")
    desk.do(cmd.SessionLoggedOut("B", "a break"))
    desk.do(cmd.SessionLoggedOn("B"))
    desk.venue(ExecType.CANCELED, cl_ord_id="CANCELED")
    desk.new("FILLED")
    desk.new("OPEN")
    desk.ack(cl_ord_id="OPEN")
    desk.fill(10, 11, cl_ord_id="OPEN", exec_id="FIRST")
    desk.ask_status("OPEN")
