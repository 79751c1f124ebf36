"""The simulated network: addresses, connections, delays, and everything that goes wrong with them.

Within a connection bytes keep their order, as TCP has it; pieces may be divided anywhere. A
connection that breaks loses what was on its way from some byte on. Its ends hear of it at different
times, or never: then only a heartbeat that stays out tells.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from random import Random

from oms_fix.simulator.world.loop import Process, Step, VirtualLoop

_SPLIT_CHANCE = 0.05
_SLOW_CHANCE = 0.01
_UNREACHABLE_SECONDS = 60.0

Accept = Callable[["Endpoint"], None]


class Endpoint(asyncio.Transport):
    """One end of a connection: the transport of whoever is there.

    Attributes:
        owner: the process that it belongs to.
        wire: what connects it to the other end.
        peer: address of the other end.
    """

    def __init__(self, loop: VirtualLoop, owner: Process, wire: "Wire", peer: str) -> None:
        super().__init__()
        self.owner = owner
        self.wire = wire
        self.peer = peer
        self._loop = loop
        self._protocol: asyncio.Protocol | None = None
        self._unread: deque[bytes] = deque()
        self._ended = False  # the other side will send no more
        self._reading = True
        self._stalled = False
        self._closing = False
        self._lost = False

    # --- what the owner calls -------------------------------------------------------------------

    def begin(self, protocol: asyncio.Protocol) -> None:
        """Take the owner's protocol and deliver to it from now on."""
        self._protocol = protocol
        protocol.connection_made(self)
        self._loop.call_soon(self._deliver_unread)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send bytes on their way."""
        if not self._closing:
            self.wire.network.watch(self.owner, bytes(data))
            self.wire.carry(self, bytes(data))

    def close(self) -> None:
        """Close once all that was written has gone out."""
        if not self._closing:
            self._closing = True
            self.wire.finish(self)
            self._loop.call_for(self.owner, self._loop.now, self._lose)

    def abort(self) -> None:
        """Close at once; what has not arrived yet may be lost."""
        if not self._lost:
            self._closing = True
            self.wire.reset(self)
            self._loop.call_for(self.owner, self._loop.now, self._lose)

    def is_closing(self) -> bool:
        """Tell whether it is closed, or will be."""
        return self._closing

    def pause_reading(self) -> None:
        """Deliver nothing until ``resume_reading``."""
        self._reading = False

    def resume_reading(self) -> None:
        """Deliver what has come meanwhile, and what comes."""
        if not self._reading:
            self._reading = True
            self._loop.call_for(self.owner, self._loop.now, self._deliver_unread)

    def get_write_buffer_size(self) -> int:
        """Return how many bytes the other side does not take."""
        return self.wire.other(self).unread_bytes

    def get_extra_info(self, name: str, default: object = None) -> object:
        """Return the default: there is no socket."""
        del name
        return default

    # --- what the network does ------------------------------------------------------------------

    @property
    def unread_bytes(self) -> int:
        """What has come and has not been taken."""
        return sum(map(len, self._unread))

    def arrive(self, data: bytes) -> None:
        """Take bytes from the wire."""
        if self._lost or self._ended:
            return
        self._unread.append(data)
        self._deliver_unread()

    def end(self) -> None:
        """Take note that nothing more will come."""
        self._ended = True
        if not self._unread:
            self._closing = True
            self._lose()

    def stall(self, seconds: float) -> None:
        """Let the owner's side take nothing for a while."""
        self._stalled = True
        self._loop.call_for(self.owner, self._loop.now + seconds, self._unstall)

    def unstall(self) -> None:
        """Let the owner's side take what has waited."""
        if self._stalled:
            self._loop.call_for(self.owner, self._loop.now, self._unstall)

    def _unstall(self) -> None:
        self._stalled = False
        self._deliver_unread()

    def _deliver_unread(self) -> None:
        while self._unread and self._reading and not self._stalled and not self._lost:
            if self._protocol is None or self._closing:
                return
            try:
                self._protocol.data_received(self._unread.popleft())
            except BaseException:
                self.abort()  # as asyncio does
                raise
        if self._ended and not self._unread and not self._lost:
            self._closing = True
            self._lose()

    def _lose(self) -> None:
        if self._lost:
            return
        self._lost = True
        if self._protocol is not None:
            self._protocol.connection_lost(None)


class Wire:
    """A connection: two ends and what is on its way between them."""

    def __init__(self, network: "Network", ends: tuple[Process, Process], host: str) -> None:
        loop = network.loop
        self.ends = (Endpoint(loop, ends[0], self, host), Endpoint(loop, ends[1], self, host))
        self.is_broken = False
        self.network = network
        self._loop = loop
        self._last_at = [0.0, 0.0]  # when the last bytes from each end arrive
        self._flying: tuple[deque[Step], deque[Step]] = (deque(), deque())

    def other(self, end: Endpoint) -> Endpoint:
        """Return the other end."""
        return self.ends[0] if end is self.ends[1] else self.ends[1]

    def carry(self, end: Endpoint, data: bytes) -> None:
        """Bring bytes to the other end, after those before them."""
        if self.is_broken:
            return
        random = self.network.random
        if random.random() < _SPLIT_CHANCE and len(data) > 1:
            at = random.randrange(1, len(data))
            self._send(end, data[:at])
            data = data[at:]
        self._send(end, data)

    def _send(self, end: Endpoint, data: bytes) -> None:
        self._fly(end, self.other(end).arrive, data)

    def _fly(self, end: Endpoint, call: Callable[..., None], *args: bytes) -> None:
        side = self.ends.index(end)
        at = max(self._last_at[side], self._loop.now + self.network.delay())
        self._last_at[side] = at
        step = self._loop.call_for(self.other(end).owner, at, call, *args)
        flying = self._flying[side]
        while flying and flying[0].when() <= self._loop.now:
            flying.popleft()
        flying.append(step)

    def finish(self, end: Endpoint) -> None:
        """Tell the other end, after all bytes, that there are no more."""
        if not self.is_broken:
            self._fly(end, self.other(end).end)

    def reset(self, end: Endpoint) -> None:
        """Lose what flies from this end, and tell the other one."""
        if not self.is_broken:
            self._lose_some(self.ends.index(end))
            self._fly(end, self.other(end).end)
            self.is_broken = True

    def cut(self, told: tuple[bool, bool]) -> None:
        """Break; the ends that are told hear of it within a second."""
        if self.is_broken:
            return
        self.is_broken = True
        for side, end in enumerate(self.ends):
            self._lose_some(side)
            if told[side]:
                self._last_at[1 - side] += self.network.random.random()
                at = max(self._loop.now, self._last_at[1 - side])
                self._loop.call_for(end.owner, at, end.end)

    def _lose_some(self, side: int) -> None:
        """Lose what flies, from some byte on."""
        random, flying = self.network.random, self._flying[side]
        pending = [step for step in flying if step.when() > self._loop.now and step.args]
        flying.clear()
        if not pending:
            return
        kept = random.randrange(len(pending) + 1)
        for step in pending[kept + 1 :]:
            step.cancel()
        if kept < len(pending):
            step = pending[kept]
            data = step.args[0]
            assert isinstance(data, bytes), "bytes fly, and ends without arguments"
            step.args = (data[: random.randrange(len(data))],)


class Network:
    """Connects processes.

    Args:
        loop: of the world.
        random: the source of delays and damages.

    Attributes:
        wires: connections, the broken ones too until they are swept away.
        is_calm: no slow packets any more.
        watch: sees what each process writes.
    """

    def __init__(self, loop: VirtualLoop, random: Random) -> None:
        self.loop = loop
        self.random = random
        self.wires: list[Wire] = []
        self.is_calm = False
        self.watch: Callable[[Process, bytes], None] = lambda _owner, _data: None
        self._listening: dict[int, tuple[Process, Accept]] = {}
        self._unreachable: dict[int, float] = {}
        loop.connect = self.connect

    def delay(self) -> float:
        """Return how long the next piece takes: mostly about a millisecond, now and then long."""
        number = self.random.random()
        if number < _SLOW_CHANCE and not self.is_calm:
            return self.random.random() * 2
        return 0.0002 + 0.003 * number * number

    def listen(self, port: int, owner: Process, accept: Accept) -> None:
        """Let a process accept at a port, until it dies or ``close_port``."""
        self._listening[port] = (owner, accept)

    def close_port(self, port: int, owner: Process) -> None:
        """Let a process accept no more at a port."""
        if port in self._listening and self._listening[port][0] is owner:
            del self._listening[port]

    def make_unreachable(self, port: int, seconds: float) -> None:
        """Let nobody get an answer from a port for a while."""
        self._unreachable[port] = self.loop.now + seconds

    async def connect(
        self, protocol_factory: Callable[[], asyncio.Protocol], host: str, port: int
    ) -> tuple[Endpoint, asyncio.Protocol]:
        """Connect the process whose step this is.

        Raises:
            OSError: nobody accepts there.
        """
        client = self.loop.owner
        assert client is not None, "a process connects"
        if not self.is_calm and self._unreachable.get(port, 0) > self.loop.now:
            await asyncio.sleep(_UNREACHABLE_SECONDS)
        await asyncio.sleep(self.delay())
        owner, accept = self._listening.get(port, (None, None))
        if owner is None or accept is None or not owner.alive:
            raise ConnectionRefusedError(f"nobody at port {port}")
        wire = Wire(self, (client, owner), host)
        self.wires = [each for each in self.wires if not each.is_broken]
        self.wires.append(wire)
        self.loop.call_for(owner, self.loop.now + self.delay(), accept, wire.ends[1])
        protocol = protocol_factory()
        wire.ends[0].begin(protocol)
        return wire.ends[0], protocol

    def drop(self, process: Process, *, others_are_told: bool) -> None:
        """Break the connections of a process that has died, and close its ports."""
        for wire in self.wires:
            owners = [end.owner is process for end in wire.ends]
            if any(owners):
                wire.cut((others_are_told and not owners[0], others_are_told and not owners[1]))
        self.wires = [wire for wire in self.wires if not wire.is_broken]
        self._listening = {
            port: (owner, accept)
            for port, (owner, accept) in self._listening.items()
            if owner is not process
        }
