"""A counterparty of the router: a FIX session with a store of its own, which survives its death.

The engine's session and link are the router's; what is stored, when, and what is made of a message
is not.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from random import Random

from oms_fix.fix.host import InTurn
from oms_fix.fix.link import Link
from oms_fix.fix.message import Message
from oms_fix.fix.outputs import (
    Deliver,
    Direction,
    Disconnect,
    Output,
    Persist,
    Reset,
    Retrieve,
    Write,
)
from oms_fix.fix.session import SequenceNumbers, Session
from oms_fix.fix.session_messages import value_of
from oms_fix.fix.settings import SessionSettings
from oms_fix.simulator.world.clock import Clock
from oms_fix.simulator.world.loop import Process, VirtualLoop
from oms_fix.simulator.world.network import Endpoint, Network
from oms_fix.simulator.world.trace import Trace


class Surroundings:
    """What a counterparty lives in.

    Attributes:
        loop: of the world.
        network: of the world.
        trace: of the world.
        random: the counterparty's own source of chance.
    """

    def __init__(self, loop: VirtualLoop, network: Network, trace: Trace, random: Random) -> None:
        self.loop = loop
        self.network = network
        self.trace = trace
        self.random = random


class Peer:
    """One counterparty, over all lives of its process.

    Args:
        settings: its end of the session.
        around: the world.

    Attributes:
        name: of the session.
        clock: its own; it may be wrong.
        process: its present life, or its last one.
        link: of the present life.
        sent: its messages by MsgSeqNum(34), as they are on its disk.
        received: the MsgSeqNum(34) of each message it took in, in that order.
        forced: OrderIDs(37) of orders that an operator has closed, without waiting for anything.
        worked: OrderIDs(37) of orders of direct access that the router works all the same.
        day: how many trading days the router was told to end.
    """

    def __init__(self, settings: SessionSettings, around: Surroundings) -> None:
        self.name = settings.name
        self.version = settings.default_appl_ver_id or settings.begin_string
        self.settings = settings
        self.loop = around.loop
        self.network = around.network
        self.trace = around.trace
        self.random = around.random
        self.forced: set[str] = set()
        self.worked: set[str] = set()
        self.clock = Clock(around.loop)
        self.sent: dict[int, bytes] = {}
        self.received: list[int] = []
        self.is_calm = False
        self.day = 0
        self.process = Process(self.name)
        self.process.alive = False
        self._in_turn = InTurn(self._carry_out)
        self.link = self._new_link(SequenceNumbers())

    def _new_link(self, numbers: SequenceNumbers) -> Link:
        session = Session(self.settings, self.settings.load_dictionary(), numbers)
        return Link(session, self)

    # --- life -----------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin a life, with what is on the disk."""
        before = self.link.session
        self.process = Process(self.name)
        self._in_turn = InTurn(self._carry_out)
        self.link = self._new_link(SequenceNumbers(before.next_in, before.next_out))
        self.tell("starts")
        self.loop.call_for(self.process, self.loop.now, self._begin)

    def start_if_dead(self) -> None:
        """Begin a life, unless there is one."""
        if not self.process.alive:
            self.start()

    def _begin(self) -> None:
        """Do what there is to do at the start of a life."""
        raise NotImplementedError

    def die(self, *, others_are_told: bool) -> None:
        """End this life between two steps."""
        self.process.alive = False
        self.network.drop(self.process, others_are_told=others_are_told)
        self.tell("is killed" if others_are_told else "is killed; nobody is told")

    def tell(self, text: str, *parts: object) -> None:
        """Take down what happened."""
        self.trace.tell(self.loop.now, self.name, text, *parts)

    def violate(self, text: str, *parts: object) -> None:
        """Take down what must not happen."""
        self.trace.violate(self.loop.now, self.name, text, *parts)

    @property
    def is_connected(self) -> bool:
        """Whether what it sends may arrive; it need not know that it cannot any more."""
        transport = self.link.transport
        return isinstance(transport, Endpoint) and not transport.wire.is_broken

    def soon(self, do: Callable[[], None]) -> None:
        """Do something as a step of the present life, if there is one."""
        if self.process.alive:
            self.loop.call_for(self.process, self.loop.now, do)

    # --- host of the session --------------------------------------------------------------------

    def perform(self, link: Link, outputs: Sequence[Output]) -> None:
        """Carry out what the session puts out (the ``Host`` port of the engine)."""
        if outputs and link is self.link:
            self._in_turn.add(outputs)
            self._in_turn.carry_out()

    def _carry_out(self, outputs: Sequence[Output]) -> None:
        for output in outputs:
            if isinstance(output, Persist):
                self._persist(output)
            elif isinstance(output, Write):
                self.link.write(output.data)
            elif isinstance(output, Deliver):
                self.take(output.message)
            elif isinstance(output, Retrieve):
                asyncio.get_running_loop().call_soon(partial(self._retrieve, output))
            elif isinstance(output, Disconnect):
                self.tell("disconnects: {}", output.reason)
                self.link.close()
            elif isinstance(output, Reset):
                self.violate("numbers were reset: {}", output.reason)

    def _persist(self, output: Persist) -> None:
        if output.direction is Direction.OUT:
            self.sent[output.msg_seq_num] = output.data
        else:
            self.received.append(output.msg_seq_num)

    def _retrieve(self, asked: Retrieve) -> None:
        numbers = range(asked.begin, asked.end + 1)
        self.link.retrieved(asked, [(n, self.sent[n]) for n in numbers if n in self.sent])

    # --- messages -------------------------------------------------------------------------------

    def take(self, message: Message) -> None:
        """Take a message in."""
        raise NotImplementedError

    def sent_value(self, number: int, tag: int) -> str:
        """Return a field of a message that was sent; empty if it has none."""
        return value_of(self.sent.get(number, b""), tag).decode("latin-1")
