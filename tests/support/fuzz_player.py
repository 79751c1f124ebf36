"""Plays a hostile conversation to one session and checks what holds whatever it is told.

A conversation is a list of steps, each a tuple of the nanoseconds that pass before it, a verb of
``Player`` and what the verb takes. The same steps always lead to the same outputs.
"""

import signal
from collections import deque
from contextlib import suppress

from msgspec.json import encode

from oms_fix.fix import ConnectionType, Message, SequenceNumbers, Session, SessionSettings
from oms_fix.fix.admission import LogonRefusedError, read_request
from oms_fix.fix.codec import Framer, parse
from oms_fix.fix.errors import LocalError, ParseError
from oms_fix.fix.outputs import (
    Deliver,
    Direction,
    Disconnect,
    NumbersSet,
    Persist,
    Reset,
    Retrieve,
    Write,
)
from oms_fix.fix.pretty import mask_secrets, redact, render
from oms_fix.fix.settings import FIXT
from oms_fix.gateway.translator import DecodeError, translator

VERSIONS = (
    *("FIX.4.0", "FIX.4.1", "FIX.4.2", "FIX.4.3", "FIX.4.4"),
    *("FIX.5.0", "FIX.5.0SP1", "FIX.5.0SP2"),
)
SECOND = 1_000_000_000
START = 1_767_614_400 * SECOND  # 2026-01-05 12:00 UTC
CPU_SECONDS_MAX = 2.0
_STORED_MAX = 3_000  # messages that the store of a player remembers
_TRANSLATED = ("FIX.4.2", "FIX.4.4", "FIX.5.0SP2")


class HangError(Exception):
    """One step took more than ``CPU_SECONDS_MAX`` of processor time."""


def _alarm(_signal, _frame):
    raise HangError(f"one step took more than {CPU_SECONDS_MAX} s of processor time")


def settings_of(version, role, **more):
    """Return the settings of OMSFIX, the session under test, with PEER."""
    is_fixt = version.startswith("FIX.5")
    return SessionSettings(
        name="PEER",
        connection_type=ConnectionType(role),
        begin_string=FIXT if is_fixt else version,
        default_appl_ver_id=version if is_fixt else None,
        sender_comp_id="OMSFIX",
        target_comp_id="PEER",
        **more,
    )


class Player:
    """A session, its store and its application; verbs are methods, ``play`` takes a step.

    Attributes:
        session: under test.
        now: its clock.
        connected: between ``connect`` and ``disconnect``.
        asked: Retrieves not answered yet.
        delivered: how many messages the application has heard.
    """

    def __init__(self, settings, numbers=(1, 1)):
        dictionary = settings.load_dictionary()
        self.session = Session(settings, dictionary, SequenceNumbers(*numbers))
        self.now = START
        self.connected = False
        self.asked = deque()
        self.delivered = 0
        self._closing = False
        self._next_in, self._next_out = numbers
        self._store = {}
        self._framer = Framer(settings.max_message_size)
        version = self.session.application_version
        self._translator = translator(version) if version in _TRANSLATED else None

    def play(self, step):
        """Let time pass and carry out one verb, within a bound of processor time."""
        passed, verb, *arguments = step
        self.now += passed
        signal.signal(signal.SIGVTALRM, _alarm)
        signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS_MAX)
        try:
            getattr(self, verb)(*arguments)
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)

    # --- verbs

    def connect(self):
        """Open a connection."""
        if not self.connected:
            self.connected, self._closing = True, False
            self._perform(self.session.connected(self.now))

    def disconnect(self):
        """Lose the connection."""
        if self.connected:
            self.connected = False
            self.asked.clear()
            self._perform(self.session.disconnected(self.now))

    def receive(self, data):
        """Bring bytes of the counterparty; also to all that looks at them besides the session."""
        if not self.connected:
            return
        for raw in self._framer.feed(data):
            self._look_at(raw)
        self._framer.take_garbled()
        redact(data)
        self._perform(self.session.received(data, self.now))

    def tick(self):
        """Let the session do what is due."""
        self._perform(self.session.tick(self.now))

    def send(self, text):
        """Send an application message."""
        self._perform(self.session.send(Message("B", [(148, b"news"), (58, text)]), self.now))

    def answer(self, spoiled):
        """Answer the oldest Retrieve; what is spoiled of the store is missing or garbled."""
        if not self.asked:
            return
        asked = self.asked.popleft()
        numbers = range(max(asked.begin, asked.end - _STORED_MAX), asked.end + 1)
        stored = [(number, self._store[number]) for number in numbers if number in self._store]
        if spoiled == "missing":
            stored = stored[::2]
        elif spoiled == "garbled":
            stored = [(number, raw[: len(raw) // 2]) for number, raw in stored]
        self._perform(self.session.retrieved(asked, stored, self.now))

    def log_out(self, text):
        """Begin a logout."""
        self._perform(self.session.logout(text, self.now))

    def reset(self):
        """Start both numberings anew, as an operator."""
        self._perform(self.session.reset(self.now))

    def set_numbers(self, next_in, next_out):
        """Set both numbers, as an operator; refused while connected."""
        with suppress(LocalError):
            self._perform(self.session.set_numbers(next_in, next_out))

    # --- what must hold

    def _look_at(self, raw):
        """Have the log, the store and the admission of strangers read a whole message."""
        redact(raw)
        mask_secrets(raw)
        with suppress(ParseError):
            render(raw, self.session.dictionary)
        with suppress(LogonRefusedError):
            read_request(raw, ("127.0.0.1", 1), "127.0.0.1", None)

    def _perform(self, outputs):
        for output in outputs:
            match output:
                case Persist():
                    self._persist(output)
                case Write(data):
                    assert self.connected, "written without a connection"
                    assert not self._closing, "written after Disconnect"
                    assert Framer(1 << 30).feed(data) == [data], f"written garbled: {data!r}"
                case Deliver(message, number):
                    self._deliver(message, number)
                case Retrieve():
                    self.asked.append(output)
                case Reset() | NumbersSet():
                    self._renumber(output)
                case Disconnect():
                    self._closing = True
        session = self.session
        assert session.next_out == self._next_out, "a number of ours was not stored"
        assert session.next_in >= self._next_in, "an expected number went back"
        self._next_in = session.next_in

    def _persist(self, output):
        if output.direction is Direction.OUT:
            assert output.msg_seq_num == self._next_out, "our numbers have a hole, or a double"
            self._next_out += 1
            self._store[output.msg_seq_num] = output.data
            if len(self._store) > _STORED_MAX:
                del self._store[next(iter(self._store))]
        else:
            assert output.msg_seq_num >= self._next_in, "a number was used up twice"
            self._next_in = output.msg_seq_num + 1

    def _renumber(self, output):
        self._next_in, self._next_out = output.next_in, output.next_out
        if isinstance(output, Reset):
            self._store.clear()

    def _deliver(self, message, number):
        assert number == self._next_in - 1, "delivered before its number was stored"
        self.delivered += 1
        parse(message.raw, self.session.dictionary.data_tags)
        if self._translator is not None and message.msg_type != "3":
            for decode in (self._translator.decode_from_client, self._translator.decode_from_venue):
                with suppress(DecodeError):
                    encode(decode("PEER", message))  # as it is to be stored
