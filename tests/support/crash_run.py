"""A router and its counterparties as processes, killed again and again; their ledgers at the end.

The router runs with faults from outside (``faults.py``): it is killed at any moment, or at a chosen
step between taking an order in and telling of it, and its disk refuses for a while. Venues and
clients are killed too; they have records of their own (``crash_peers.py``).
"""

import errno
import json
import re
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from random import Random

from crash_peers import CLIENTS, VENUES, make_tickets, read_book
from crash_record import told
from faults import Faults, Moment, Step

from oms_fix.daemon.recovery import recover
from oms_fix.fix.codec import parse
from oms_fix.journal.sqlite import SqliteJournal
from oms_fix.model.enums import OrdStatus
from oms_fix.simulator import client_messages, terms
from oms_fix.simulator.configuration import load_instruments, other_ends
from oms_fix.simulator.ledger import Entry, Ledger
from oms_fix.simulator.rebalance import free_ports
from oms_fix.simulator.reconciliation import reconcile

PATIENCE_S = 120.0
_SOME = 20  # orders that end between one deed and the next
_POLL_S = 0.005
_STEP_PATIENCE_S = 10.0
_PEERS = str(Path(__file__).with_name("crash_peers.py"))

# How often a step may occur before the one to die at: about as often as an order or two need it.
_OCCURRENCES = {Step.WRITE: 60, Step.SYNC: 6, Step.SEND: 12, Step.RECEIVE: 12}
_REFUSALS = ({"write": errno.EIO}, {"sync": errno.EIO}, {"write": errno.ENOSPC},
             {"sync": errno.EIO, "opening": errno.EROFS})  # fmt: skip
_WORDS = {
    OrdStatus.FILLED: terms.FILLED,
    OrdStatus.CANCELED: terms.CANCELED,
    OrdStatus.REJECTED: terms.REJECTED,
}

_CLIENTS_CFG = """\
[DEFAULT]
ConnectionType=acceptor
SenderCompID=OMSFIX
SocketAcceptHost=127.0.0.1
SocketAcceptPort={port}
[SESSION]
BeginString=FIX.4.2
TargetCompID=BUYSIDE42
[SESSION]
BeginString=FIX.4.4
TargetCompID=BUYSIDE44
"""
_VENUES_CFG = """\
[DEFAULT]
ConnectionType=initiator
SenderCompID=OMSFIX
SocketConnectHost=127.0.0.1
HeartBtInt=30
ReconnectInterval=1
[SESSION]
BeginString=FIX.4.4
TargetCompID=XNAS
SocketConnectPort={0}
[SESSION]
BeginString=FIXT.1.1
DefaultApplVerID=FIX.5.0SP2
TargetCompID=XLON
SocketConnectPort={1}
"""
_FILES = {
    "oms.yaml": """\
store: oms.db
control_socket: oms.sock
checks: checks.yaml
routing: routing.yaml
instruments: instruments.csv
accounts: accounts.yaml
clients: clients.cfg
venues: venues.cfg
base_currency: USD
disk_reserve_mb: 8
""",
    "checks.yaml": "checks: [{id: known, check: instrument_known}]\n",
    "routing.yaml": """\
routes:
  - id: large
    when: {OrderQty: "> 400"}
    strategy: split
    legs: [{venue: XNAS, percent: 60}, {venue: XLON, percent: 40}]
  - {id: rest, strategy: fallback, venues: [XLON, XNAS]}
""",
    "instruments.csv": "symbol,asset_class,currency,price\n"
    + "".join(f"S{number},equity,USD,{20 + 10 * number}\n" for number in range(6)),
    "accounts.yaml": "accounts: [{id: FUND, name: Fund, value: 1000000}]\n",
}


class CrashRun:
    """One run in a folder of its own.

    Args:
        folder: to run in; made.
        orders: of all clients together.
        seed: of all that looks like chance, but for the time that things take.

    Attributes:
        seed: as given.
        done: how often what was done, by name.
    """

    def __init__(self, folder, orders, seed):
        self.folder = folder
        self.orders = orders // len(CLIENTS) * len(CLIENTS)
        self.done = Counter()
        self.seed = seed
        self._random = Random(seed)
        self._processes = {}
        folder.mkdir(parents=True)
        for name, text in _FILES.items():
            (folder / name).write_text(text)
        ports = free_ports(1 + len(VENUES))
        (folder / "clients.cfg").write_text(_CLIENTS_CFG.format(port=ports[0]))
        (folder / "venues.cfg").write_text(_VENUES_CFG.format(*ports[1:]))
        self.store = folder / "oms.db"
        self._faults = Faults(self.store, folder / "faults")

    # --- processes ------------------------------------------------------------------------------

    def start(self):
        """Start everything."""
        for name in ("venues", "router", "clients"):
            self._start(name)

    def stop(self):
        """End everything in good order; what does not end in time is killed."""
        for name in ("clients", "router", "venues"):
            process = self._processes.pop(name, None)
            if process is None:
                continue
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start(self, name):
        command, environment = [_PEERS, name, self.folder, self.seed, self.orders], None
        if name == "router":
            command = ["-m", "oms_fix", "run", "--config", self.folder / "oms.yaml"]
            environment = self._faults.environment
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, *map(str, command)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment,
            )  # fmt: skip

    def _kill(self, name):
        self._processes[name].kill()
        self._processes[name].wait()
        self.done[f"kills of {name}"] += 1

    # --- what is done to them -------------------------------------------------------------------

    def trade(self, kills, refusals, show=lambda: None):
        """Have all orders traded, with kills of the router and refusals of its disk among them.

        Args:
            kills: of the router, at least.
            refusals: of the disk.
            show: called after each.

        Raises:
            TimeoutError: nothing has ended for a long time.
            RuntimeError: somebody has ended who was not killed.
        """
        deeds = [self.kill_router] * kills + [self.refuse_disk] * refusals
        self._random.shuffle(deeds)
        self.start()
        for number, deed in enumerate(deeds, 1):
            due = number * self.orders // (len(deeds) + 1)
            self.reach(min(max(due, self.final() + _SOME), self.orders))
            deed()
            show()
        self.reach(self.orders)
        show()

    def kill_router(self):
        """Kill the router in one of many ways, now and then others with it, and start it again."""
        how = self._random.random()
        if how < 0.4:
            time.sleep(self._random.random() * 0.05)
            self._kill("router")
        else:
            self._kill_at_step()
        victims = [name for name in ("venues", "clients") if self._random.random() < 0.12]
        for name in victims:
            self._kill(name)
        if how > 0.9:  # once more, while it comes up again
            self._arm()
        for name in ("router", *victims):
            self._start(name)

    def _kill_at_step(self):
        self._arm()
        if self._await_death(_STEP_PATIENCE_S):
            self.done["kills of router at a step"] += 1
        else:
            self._faults.spare()
        self._kill("router")

    def _arm(self):
        step = self._random.choice(list(Step))
        moment = self._random.choice(list(Moment))
        self._faults.kill_at(step, moment, self._random.randint(1, _OCCURRENCES[step]))

    def _await_death(self, seconds):
        try:
            self._processes["router"].wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def refuse_disk(self):
        """Have the router's disk refuse for a while."""
        self._faults.refuse(**self._random.choice(_REFUSALS))
        time.sleep(self._random.random() * 1.5)
        self._faults.refuse()
        self.done["times the disk refused"] += 1

    # --- how far it is --------------------------------------------------------------------------

    def final(self):
        """Return how many orders have ended, as the clients know it."""
        path = self.folder / "progress.json"
        return json.loads(path.read_text())["final"] if path.exists() else 0

    def reach(self, final):
        """Wait until so many orders have ended; a router that has died meanwhile is started again.

        Raises:
            TimeoutError: nothing has ended for a long time.
        """
        seen, since = -1, time.monotonic()
        while (now_final := self.final()) < final:
            if now_final > seen:
                seen, since = now_final, time.monotonic()
            if time.monotonic() - since > PATIENCE_S:
                raise TimeoutError(f"{seen} of {self.orders} orders are final, and no more")
            self._revive()
            time.sleep(_POLL_S)

    def _revive(self):
        """Start again who has died of what was armed; of anything else nobody may die."""
        for name, process in self._processes.items():
            if process.poll() is None:
                continue
            if name != "router" or process.returncode != -9:
                raise RuntimeError(f"{name} ended with {process.returncode}: {self.folder}")
            self.done["kills of router"] += 1
            self.done["kills of router at a step"] += 1
            self._start(name)

    # --- the ledgers ----------------------------------------------------------------------------

    def judge(self):
        """Return (the comparison of the ledgers, everything else that is wrong)."""
        clients, faults = self._client_ledgers()
        venues = self._venue_ledgers(faults)
        comparison = reconcile(self.store, venues, clients)
        faults += [f"wrongly numbered: {row}" for row in wrongly_numbered(self.store)]
        faults += [f"ExecID twice: {exec_id}" for exec_id in repeated_exec_ids(self.store)]
        faults += [f"router.log: {line}" for line in errors_in_log(self.folder / "router.log")]
        return comparison, faults

    def _client_ledgers(self):
        instruments = load_instruments(self.folder / "instruments.csv")
        journal = SqliteJournal(self.store)
        state = recover(journal)
        journal.close()
        ledgers, faults = {}, []
        for settings in other_ends(self.folder / "clients.cfg", CLIENTS):
            name = settings.name
            tickets = make_tickets(name, instruments, self.seed, self.orders)
            book = read_book(self.folder / "clients.db", settings, tickets)
            faults += [f"client {name}: {fault}" for fault in book.faults]
            if book.final < len(tickets):
                faults.append(f"client {name}: {len(tickets) - book.final} orders are not final")
            faults += differing_beliefs(state, name, book)
            ledgers[name] = self.folder / "ledgers" / f"client-{name}.jsonl"
            with Ledger(ledgers[name]) as ledger:
                for order, answer in book.fills:
                    ledger.write(_fill(order.ticket.cl_ord_id, answer))
        return ledgers, faults

    def _venue_ledgers(self, faults):
        ledgers = {}
        for settings in other_ends(self.folder / "venues.cfg", VENUES):
            name, dictionary = settings.name, settings.load_dictionary()
            ledgers[name] = self.folder / "ledgers" / f"venue-{name}.jsonl"
            asked, first_ids = Counter(), {}
            with Ledger(ledgers[name]) as ledger:
                for is_ours, raw in told(self.folder / "venues.db", name):
                    message = parse(raw, dictionary.data_tags)
                    if not is_ours and message.msg_type in "DFG":
                        asked[message.text(11)] += 1
                    elif not is_ours and message.msg_type != "H":
                        text = raw.replace(b"\x01", b"|").decode()
                        faults.append(f"venue {name}: {text}")
                    elif message.msg_type == "8":
                        first = first_ids.setdefault(message.text(37), message.text(11))
                        version = dictionary.application_version
                        answer = client_messages.read_answer(message, version)
                        if answer.exec_type == terms.TRADE:
                            ledger.write(_fill(first, answer))
            twice = [cl_ord_id for cl_ord_id, count in asked.items() if cl_ord_id and count > 1]
            faults += [f"venue {name}: ClOrdID {cl_ord_id} twice" for cl_ord_id in twice]
        return ledgers


def _fill(order, answer):
    return Entry(
        at=0,
        kind="fill",
        order=order,
        cl_ord_id=answer.cl_ord_id,
        exec_id=answer.exec_id,
        qty=answer.last_qty,
        px=answer.last_px,
    )


def differing_beliefs(state, client, book):
    """Return the orders whose end the client knows otherwise than the state out of the store."""
    differing = []
    for known in book.orders:
        order = state.orders_by_cl_ord_id.get((client, known.ticket.cl_ord_id))
        if order is None:
            differing.append(f"{client} {known.ticket.cl_ord_id}: not in the store")
            continue
        here = (_WORDS.get(order.status), order.cum_qty, order.request, order.open_children)
        there = (known.status, known.cum_qty, None, [])
        if here != there:
            differing.append(f"{client} {known.ticket.cl_ord_id}: store {here}, client {there}")
    return differing


def errors_in_log(path):
    """Return what the router's log has about errors, over all its lives."""
    bad = re.compile(
        "Traceback|Fatal error|stopped_by_error|too low|garbled|guard_failed|undecided"
    )
    return [line for line in path.read_text().splitlines() if bad.search(line)]


def reading(store):
    """Open the store for reading only."""
    return closing(sqlite3.connect(f"{store.as_uri()}?mode=ro", uri=True))


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
