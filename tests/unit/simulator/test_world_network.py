"""The simulated network: order kept, bytes lost from some byte on, ends that hear or do not."""

import asyncio
from random import Random

import pytest

from oms_fix.simulator.world.loop import Process, VirtualLoop
from oms_fix.simulator.world.network import Network


class Side(asyncio.Protocol):
    """Remembers what it heard."""

    def __init__(self):
        self.heard = b""
        self.lost = False

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.heard += data

    def connection_lost(self, exc):  # noqa: ARG002 - asyncio's signature
        self.lost = True


class Connected:
    """Two processes with a connection."""

    def __init__(self, seed=1):
        self.loop = VirtualLoop(lambda: (0, 0), lambda _owner, error: pytest.fail(str(error)))
        self.network = Network(self.loop, Random(seed))
        self.client, self.server = Side(), Side()
        self.processes = Process("client"), Process("server")
        self.network.listen(1, self.processes[1], lambda end: end.begin(self.server))
        self.loop.call_for(self.processes[0], 0, self._connect)
        self.run(1)
        (self.wire,) = self.network.wires

    def _connect(self):
        connecting = self.loop.create_connection(lambda: self.client, "10.0.0.1", 1)
        self.loop.create_task(connecting)

    def run(self, seconds):
        self.loop.run_until(self.loop.now + seconds)


@pytest.mark.parametrize("seed", range(20))
def test_bytes_come_in_their_order(seed):
    """However pieces are delayed and divided."""
    two = Connected(seed)
    said = [b"%d," % number for number in range(200)]
    for piece in said:
        two.client.transport.write(piece)
    two.run(10)
    assert two.server.heard == b"".join(said)


def test_cut_loses_from_some_byte_on():
    """What was on its way arrives as a beginning; who is told hears of it, the other does not."""
    said = b"abcdefghij" * 3
    heard = set()
    for seed in range(20):
        two = Connected(seed)
        for begin in range(0, 30, 10):
            two.client.transport.write(said[begin : begin + 10])
        two.wire.cut((True, False))
        two.client.transport.write(b"never")
        two.run(10)
        assert said.startswith(two.server.heard)
        assert (two.client.lost, two.server.lost) == (True, False)
        heard.add(len(two.server.heard))
    assert any(size % 10 for size in heard)


def test_reading_can_be_paused():
    """What comes meanwhile waits, counts as the other's backlog, and comes in order."""
    two = Connected()
    two.server.transport.pause_reading()
    two.client.transport.write(b"waits")
    two.run(5)
    assert (two.server.heard, two.client.transport.get_write_buffer_size()) == (b"", 5)
    two.server.transport.resume_reading()
    two.run(5)
    assert (two.server.heard, two.client.transport.get_write_buffer_size()) == (b"waits", 0)


def test_close_lets_what_was_written_arrive():
    """Both ends hear of the end, after the bytes before it."""
    two = Connected()
    two.client.transport.write(b"bye")
    two.client.transport.close()
    two.run(5)
    assert (two.server.heard, two.client.lost, two.server.lost) == (b"bye", True, True)


def test_nobody_answers_for_the_dead():
    """Its port is closed; the other end is told, or is not when the power went."""
    two = Connected()
    two.processes[1].alive = False
    two.network.drop(two.processes[1], others_are_told=False)
    two.run(5)
    assert not two.client.lost
    refused = []

    async def connect():
        try:
            await two.loop.create_connection(Side, "10.0.0.1", 1)
        except ConnectionRefusedError as error:
            refused.append(str(error))

    two.loop.call_for(two.processes[0], two.loop.now, lambda: two.loop.create_task(connect()))
    two.run(5)
    assert refused == ["nobody at port 1"]
