"""The router killed in the middle of the demo, and started again, finishes it as if nothing was.

Twenty kills at twenty points, ten in each of two runs. A point is a progress made since the router
was last started, not a time: so many commits, orders answered, fills, replaces asked for, logons.
"""

import re
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from oms_fix.daemon.recovery import recover
from oms_fix.journal.sqlite import SqliteJournal
from oms_fix.model.enums import OrdStatus
from oms_fix.simulator.ledger import LedgerReader, read_ledger
from oms_fix.simulator.rebalance import RebalanceRun

SAMPLE = Path(__file__).parents[2] / "config" / "samples" / "rebalance"

WHILE_ORDERS_COME_IN = (
    ("client sent", 5),
    ("client answered", 30),
    ("store commits", 1),  # in the start-up after a kill
    ("client sent", 120),
    ("venue logged_on", 2),  # some venues are there again, some are not
    ("client answered", 60),
    ("client logged_on", 1),  # while what was missed is resent
    ("store commits", 25),
    ("venue fill", 40),
    ("client fill", 20),
)
WHILE_ORDERS_ARE_CHANGED = (
    ("client status_asked", 5),
    ("client replace_asked", 1),
    ("client replace_asked", 8),
    ("store ChildReplaceRequested", 3),
    ("venue logged_on", 6),
    ("client logged_on", 2),
    ("store ChildReported", 40),
    ("venue fill", 50),
    ("client final", 30),
    ("client replace_asked", 3),
)

_PATIENCE_S = 40.0
_POLL_S = 0.005
_WORDS = {
    OrdStatus.FILLED: "filled",
    OrdStatus.CANCELED: "canceled",
    OrdStatus.REJECTED: "rejected",
}


class Watch:
    """Counts what the ledgers and the store show, in all and from ``restart`` on."""

    def __init__(self, run):
        self.store = run.store
        self.readers = {
            "client": [LedgerReader(path) for path in run.client_ledgers.values()],
            "venue": [LedgerReader(path) for path in run.venue_ledgers.values()],
        }
        self.seen = Counter()
        self.before = Counter()

    def restart(self, subjects):
        """Count these from here on, where those who were logged on know that the router is gone."""
        wait_until(self._all_logged_out, "the end of all sessions")
        self.before = Counter({subject: self.count(subject) for subject in subjects})

    def since_restart(self, subject):
        """Return how much has happened since."""
        return self.count(subject) - self.before[subject]

    def _all_logged_out(self):
        return all(
            self.count(f"{place} logged_on") == self.count(f"{place} logged_out")
            for place in self.readers
        )

    def count(self, subject):
        """Return how often it happened in the whole run."""
        place, kind = subject.split()
        if place == "store":
            return self._stored(kind)
        for reader in self.readers[place]:
            self.seen.update(f"{place} {entry.kind}" for entry in reader.new())
        return self.seen[subject]

    def _stored(self, kind):
        if not self.store.exists():
            return 0
        query = "select count(*) from batches"
        if kind != "commits":
            query = f"select count(*) from events where kind = '{kind}'"
        with reading(self.store) as database:
            return database.execute(query).fetchone()[0]


@pytest.fixture
def run(tmp_path):
    """The demo, prepared; whatever of it runs at the end is stopped."""
    rebalance = RebalanceRun(SAMPLE, tmp_path / "run")
    rebalance.prepare()
    yield rebalance
    rebalance.stop()


def reading(store):
    """Open the store for reading only."""
    return closing(sqlite3.connect(f"{store.as_uri()}?mode=ro", uri=True))


def kill_at(run, points):
    """Go through the demo with a kill at each point; return how far the clients came."""
    watch = Watch(run)
    run.start_venues()
    run.start_daemon()
    run.wait_for_venues()
    run.start_clients()
    for starts, (subject, amount) in enumerate(points, 1):
        await_start(run, starts)
        reach(run, watch, subject, amount)
        run.kill_daemon()
        watch.restart({each for each, _ in points})
        run.start_daemon()
    return run.wait()


def await_start(run, starts):
    """Wait until the router has begun so often."""
    wait_until(lambda: starts_in_log(run) == starts, "the router")


def reach(run, watch, subject, amount):
    """Wait until so much has happened since the restart."""
    what = f"{subject} {amount}"

    def is_reached():
        clients = {f"client-{name}" for name in run.client_names}
        assert clients & run.process_ids().keys(), f"the demo was over before {what}"
        return watch.since_restart(subject) >= amount

    wait_until(is_reached, what)


def wait_until(is_so, what):
    """Wait until something is so."""
    end = time.monotonic() + _PATIENCE_S
    while not is_so():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(_POLL_S)


# Ten restarts and the demo itself take some 20 seconds, and several times that where other work
# takes the processors.
@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    "points", [WHILE_ORDERS_COME_IN, WHILE_ORDERS_ARE_CHANGED], ids=["orders", "changes"]
)
def test_demo_with_ten_kills_ends_with_equal_ledgers(run, points):
    """Every order is answered and final; venues, store and clients agree on each.

    No MsgSeqNum(34) is left out or used twice, no ExecID(17) is used twice, and the state that is
    folded from the store is what the clients believe.
    """
    progress = kill_at(run, points)
    assert progress.sent == progress.answered == progress.final == progress.total
    ledgers = run.ledgers()
    assert ledgers.faults == ()
    assert ledgers.differences == ()
    assert ledgers.orders > 800
    run.stop()
    assert errors_in_log(run) == []
    assert starts_in_log(run) == 1 + len(points)
    assert wrongly_numbered(run.store) == []
    assert repeated_exec_ids(run.store) == []
    assert differing_beliefs(run) == []


def errors_in_log(run):
    """Return what the router's log has about errors, over all its lives."""
    lines = (run.work / "log" / "router.log").read_text().splitlines()
    bad = re.compile("Traceback|Fatal error|stopped_by_error|too low|garbled|resend_failed")
    return [line for line in lines if bad.search(line)]


def starts_in_log(run):
    """Return how often the router began, even if it was killed before it listened."""
    text = (run.work / "log" / "router.log").read_text()
    return text.count('"event": "recovered"')


def wrongly_numbered(store):
    """Return sessions that left a MsgSeqNum(34) out, used or took one twice, or began anew."""
    with reading(store) as database:
        sent = database.execute(
            "select name, s.epoch, next_out, count(*), count(distinct msg_seq_num),"
            " min(msg_seq_num), max(msg_seq_num)"
            " from sessions s join messages m on m.session = name and m.epoch = s.epoch"
            " where direction = 'out' group by name, s.epoch"
        ).fetchall()
        taken_twice = database.execute(
            "select session, epoch, msg_seq_num from messages where direction = 'in'"
            " group by session, epoch, msg_seq_num having count(*) > 1"
        ).fetchall()
        resets = database.execute("select session from messages where epoch > 0").fetchall()
    wrong = [row for row in sent if not row[2] - 1 == row[3] == row[4] == row[6] or row[5] != 1]
    return wrong + taken_twice + resets


def repeated_exec_ids(store):
    """Return the ExecID(17) that more than one report to clients has; "0" is none."""
    with reading(store) as database:
        raws = database.execute(
            "select raw from messages where direction = 'out' and msg_type = '8'"
        ).fetchall()
    exec_ids = Counter(re.search(rb"\x0117=([^\x01]*)", raw)[1] for (raw,) in raws)
    return [exec_id for exec_id, count in exec_ids.items() if count > 1 and exec_id != b"0"]


def differing_beliefs(run):
    """Return the orders whose end the client knows otherwise than the state out of the store."""
    journal = SqliteJournal(run.store)
    state = recover(journal)
    journal.close()
    differing = []
    for name, path in run.client_ledgers.items():
        for entry in read_ledger(path):
            # The refusal of a ClOrdID that came twice is not about the order that has it.
            if entry.kind == "final" and "DUPLICATE_CL_ORD_ID" not in entry.text:
                differing += belief(state, name, entry)
    return differing


def belief(state, client, entry):
    """Return the two beliefs about one order if they differ."""
    order = state.orders_by_cl_ord_id[client, entry.order]
    here = (_WORDS.get(order.status), order.cum_qty, order.request, order.open_children)
    there = (entry.text.split(":")[0], entry.qty, None, [])
    return [] if here == there else [(order.order_id, here, there)]
