"""Somebody who connects to the router and is not who they should be."""

import asyncio

from oms_fix.simulator.world.configuration import CLIENT_PORT
from oms_fix.simulator.world.loop import Process, VirtualLoop
from oms_fix.simulator.world.network import Network

_PATIENCE_SECONDS = 3.0


class Stranger:
    """A process that says one thing and goes."""

    def __init__(self, loop: VirtualLoop, network: Network) -> None:
        self._loop = loop
        self._network = network
        self._process = Process("stranger")

    def say(self, data: bytes) -> None:
        """Connect to the port of the clients and say it."""
        self._loop.call_for(self._process, self._loop.now, self._begin, data)

    def _begin(self, data: bytes) -> None:
        self._loop.create_task(self._talk(data))

    async def _talk(self, data: bytes) -> None:
        try:
            transport, _ = await self._network.connect(asyncio.Protocol, "10.0.0.9", CLIENT_PORT)
        except OSError:
            return
        transport.write(data)
        await asyncio.sleep(_PATIENCE_SECONDS)
        transport.abort()
