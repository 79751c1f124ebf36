"""The demo: a portfolio rebalancing from start to finish, every party in a process of its own.

``RebalanceRun`` prepares a work folder from a sample configuration and runs the venues, the router
and the clients as child processes; each step can be taken alone, so that a test can kill the router
in the middle and start it again. Children are stopped by their process id, first asked (SIGTERM),
then, after a bounded wait, killed.
"""

import os
import random
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from oms_fix.fix.settings import load_settings
from oms_fix.marketdata.shared_books import BooksReader, beside
from oms_fix.settings.configuration import read_oms
from oms_fix.simulator.client import client_ledger
from oms_fix.simulator.configuration import SimulatorConfig, load_simulator
from oms_fix.simulator.ledger import LedgerReader
from oms_fix.simulator.reconciliation import Reconciliation, reconcile
from oms_fix.simulator.venues import venue_ledger

_PORT_LINE = re.compile(r"^(Socket(?:Accept|Connect)Port)=(\d+)\s*$", re.MULTILINE)
PORTS = range(15_000, 32_000)
_POLL_SECONDS = 0.1
_APPROVAL, _REJECTION = ("approve", "confirmed by phone"), ("reject", "not on this day")
_STOP_SECONDS = 10.0


class RunError(Exception):
    """A step of the run failed; the text says which, and where its log is."""


class Progress(Struct, frozen=True):
    """How far the clients are, in orders."""

    total: int
    sent: int = 0
    answered: int = 0
    final: int = 0


class _Child(Struct):
    """One process that was started here, and its log."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path


class RebalanceRun:
    """One run of the demo in a folder of its own.

    Args:
        sample: The folder of the sample configuration, with orders.csv and simulator.yaml.
        work: The folder to run in; made, and must not hold a run already.
    """

    def __init__(self, sample: Path, work: Path) -> None:
        self.sample = sample
        self.work = work
        self.ledger_folder = work / "ledgers"
        self.config_path = work / "oms.yaml"
        self._children: dict[str, _Child] = {}
        self._counts = {"sent": 0, "answered": 0, "final": 0}

    def prepare(self) -> None:
        """Copy the sample to the work folder and give every session a free port.

        Raises:
            RunError: the work folder holds a run already.
            oms_fix.fix.errors.ConfigError: a session file is wrong.
        """
        if self.config_path.exists():
            raise RunError(f"{self.work} holds a run already; name another folder")
        shutil.copytree(self.sample, self.work, dirs_exist_ok=True)
        substitute_ports(sorted((self.work / "sessions").glob("*.cfg")))
        self.store.parent.mkdir(parents=True, exist_ok=True)

    @cached_property
    def simulator(self) -> SimulatorConfig:
        """simulator.yaml of the work folder."""
        return load_simulator(self.work / "simulator.yaml")

    @cached_property
    def client_names(self) -> list[str]:
        """The clients' session names."""
        sessions = load_settings(self.work / self.simulator.client_sessions)
        return [settings.name for settings in sessions]

    @cached_property
    def _readers(self) -> list[LedgerReader]:
        return [LedgerReader(path) for path in self.client_ledgers.values()]

    @property
    def store(self) -> Path:
        """The message store's file."""
        return self.work / str(self._oms["store"])

    @property
    def _oms(self) -> dict[str, Any]:
        """The keys of oms.yaml."""
        document = read_oms(self.config_path).document
        if document is None:
            raise RunError(f"{self.config_path} cannot be read")
        return document.fields

    @property
    def venue_ledgers(self) -> dict[str, Path]:
        """The venues' ledgers by session name."""
        return {name: venue_ledger(self.ledger_folder, name) for name in self.simulator.venues}

    @property
    def client_ledgers(self) -> dict[str, Path]:
        """The clients' ledgers by session name."""
        return {name: client_ledger(self.ledger_folder, name) for name in self.client_names}

    @property
    def orders_path(self) -> Path:
        """The orders that the clients send."""
        return self.work / "orders.csv"

    def start_venues(self) -> None:
        """Start the process of all venues."""
        config = str(self.work / "simulator.yaml")
        self._start("venues", "simulate", "venues", "--config", config, *self._ledgers_option())

    def start_daemon(self) -> None:
        """Start the router."""
        self._start("router", "run", "--config", str(self.config_path))

    def start_clients(self, timeout_seconds: float = 120.0) -> None:
        """Start one process for each client."""
        for name in self.client_names:
            self._start(
                f"client-{name}", "simulate", "client",
                "--config", str(self.work / "simulator.yaml"),
                "--session", name,
                "--orders", str(self.orders_path),
                "--timeout", str(timeout_seconds),
                *self._ledgers_option(),
            )  # fmt: skip

    def decide_on_reviews(self, count: int = 2, timeout_seconds: float = 60.0) -> str:
        """Wait until so many orders are held; approve the first one, reject the others.

        Returns:
            What the commands of the operator have printed, each after its own line.

        Raises:
            RunError: fewer are held when the time is up, or a command failed.
        """
        end = time.monotonic() + timeout_seconds
        while len(held := self._held()) < count:
            if time.monotonic() > end:
                raise RunError(f"{len(held)} of {count} orders are held for review")
            time.sleep(_POLL_SECONDS)
        told = [self.told_by("review", "list")]
        for number, cl_ord_id in enumerate(held):
            decision, reason = _REJECTION if number else _APPROVAL
            told.append(self.told_by("review", decision, cl_ord_id, "--reason", reason))
        return "\n".join(told)

    def _held(self) -> list[str]:
        """Return the ClOrdID(11)s under review, the oldest first."""
        written = self._run("review", "list", "--json")
        return [str(row["cl_ord_id"]) for row in msgspec.json.decode(written)]

    def what_if(self) -> str:
        """Return what whatif tells of this day under the tighter checks of the sample."""
        tighter = str(self.work / "tighter.yaml")
        return self.told_by("whatif", "--journal", str(self.store), config=tighter)

    def told_by(self, *arguments: str, config: str | None = None) -> str:
        """Run a command of oms-fix; return its line and what it has printed."""
        shown = " ".join(f"'{each}'" if " " in each else each for each in arguments)
        return f"$ oms-fix {shown}\n{self._run(*arguments, config=config).rstrip()}\n"

    def _run(self, *arguments: str, config: str | None = None) -> str:
        command = [sys.executable, "-m", "oms_fix", *arguments]
        command += ["--config", config or str(self.config_path)]
        done = subprocess.run(  # noqa: S603 - our own command
            command, capture_output=True, text=True, timeout=_STOP_SECONDS * 6, check=False
        )
        if done.returncode:
            raise RunError(f"{' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout

    def wait_for_venues(self, timeout_seconds: float = 30.0) -> None:
        """Wait until the router is logged on at every venue.

        Raises:
            RunError: a process ended, or the time is up.
        """
        readers = {name: LedgerReader(path) for name, path in self.venue_ledgers.items()}
        end = time.monotonic() + timeout_seconds
        while readers:
            for name, reader in list(readers.items()):
                if any(entry.kind == "logged_on" for entry in reader.new()):
                    del readers[name]
            self._check_alive("venues", "router")
            if time.monotonic() > end:
                raise RunError(f"no logon at {', '.join(readers)}; logs are in {self.work / 'log'}")
            time.sleep(_POLL_SECONDS / 4)

    def wait_for_books(self, timeout_seconds: float = 30.0) -> int:
        """Wait until the router has every book that is published; return how many there are.

        Raises:
            RunError: a process ended, or the time is up.
        """
        if "market_data" not in self._oms:
            return 0
        reader = BooksReader(beside(self.work / str(self._oms["control_socket"])), time.time_ns)
        end = time.monotonic() + timeout_seconds
        try:
            while not (books := _books(reader)) or any(books.values()):
                self._check_alive("venues", "router")
                if time.monotonic() > end:
                    out = [f"{' at '.join(key)} ({why})" for key, why in books.items() if why]
                    raise RunError(f"no book of {', '.join(out) or 'any instrument'}")
                time.sleep(_POLL_SECONDS / 4)
            return len(books)
        finally:
            reader.close()

    def wait(
        self, timeout_seconds: float = 120.0, show: Callable[[Progress], None] | None = None
    ) -> Progress:
        """Wait until the clients have ended, and return how far they came.

        Args:
            timeout_seconds: The longest wait.
            show: Called some ten times a second with the progress.

        Raises:
            RunError: venues or router ended by themselves.
        """
        end = time.monotonic() + timeout_seconds
        clients = [self._children[f"client-{name}"] for name in self.client_names]
        while time.monotonic() < end:
            running = any(client.process.poll() is None for client in clients)
            if show is not None:
                show(self.progress())
            if not running:
                break
            self._check_alive("venues", "router")
            time.sleep(_POLL_SECONDS)
        return self.progress()

    def progress(self) -> Progress:
        """Return how far the clients are, by their ledgers."""
        for reader in self._readers:
            for entry in reader.new():
                if entry.kind in self._counts:
                    self._counts[entry.kind] += 1
        with self.orders_path.open() as file:
            total = sum(1 for _ in file) - 1
        return Progress(total=total, **self._counts)

    def ledgers(self) -> Reconciliation:
        """Compare the three ledgers as they are now."""
        return reconcile(self.store, self.venue_ledgers, self.client_ledgers)

    def stop(self) -> None:
        """Stop everything that was started here, the clients first and the venues last."""
        for name in sorted(self._children, key=_stop_order):
            self._stop(self._children.pop(name))

    def process_ids(self) -> dict[str, int]:
        """Return the ids of the children that are still running, by name."""
        return {
            name: child.process.pid
            for name, child in self._children.items()
            if child.process.poll() is None
        }

    def _ledgers_option(self) -> tuple[str, str]:
        return "--ledgers", str(self.ledger_folder)

    def _start(self, name: str, *arguments: str) -> None:
        log = self.work / "log" / f"{name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "oms_fix", *arguments]
        with log.open("ab") as output:
            # A session of its own: Ctrl-C reaches this process, which then stops them in order.
            process = subprocess.Popen(  # noqa: S603 - our own command
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        self._children[name] = _Child(name, process, log)

    def _check_alive(self, *names: str) -> None:
        for name in names:
            child = self._children.get(name)
            if child is not None and child.process.poll() is not None:
                tail = child.log.read_text(errors="replace")[-2000:]
                raise RunError(
                    f"{name} ended with {child.process.returncode}; {child.log}:\n{tail}"
                )

    def _stop(self, child: _Child) -> None:
        if child.process.poll() is None:
            child.process.terminate()
            try:
                child.process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.process.kill()
        child.process.wait()


def _books(reader: BooksReader) -> dict[tuple[str, str], str]:
    """Return why each book cannot be relied on, by instrument and venue; empty where it can."""
    if not reader.is_alive():
        return {}
    return {
        (symbol, venue): slot.book.out
        for symbol in reader.tables.symbols
        for venue in reader.tables.venues
        if (slot := reader.slot(symbol, venue)) is not None
    }


def _stop_order(name: str) -> int:
    return {"router": 1, "venues": 2}.get(name, 0)


def substitute_ports(paths: list[Path]) -> None:
    """Replace every port in some session files by a free one, the same one for the same port."""
    texts = {path: path.read_text() for path in paths}
    ports = sorted({match[1] for text in texts.values() for match in _PORT_LINE.findall(text)})
    free = dict(zip(ports, free_ports(len(ports)), strict=True))
    for path, text in texts.items():
        path.write_text(_PORT_LINE.sub(lambda match: f"{match[1]}={free[match[2]]}", text))


def free_ports(count: int) -> list[int]:
    """Return so many different loopback ports that nobody listens on.

    They lie below the range from which systems take the ports of outgoing connections: a client
    that calls again and again, before anybody listens, could else be connected with itself.
    """
    ports: list[int] = []
    candidates = random.SystemRandom().sample(PORTS, len(PORTS))
    for port in candidates:
        if len(ports) == count:
            break
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            ports.append(port)
    return ports
