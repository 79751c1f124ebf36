"""The router knows its sessions before anything is decided."""

import asyncio

from oms_fix.core.orders.state import State
from oms_fix.daemon.clock import SteadyClock
from oms_fix.daemon.router import Router
from oms_fix.fix.acceptor import Acceptor
from oms_fix.simulator.world.configuration import CONFIGURATION
from oms_fix.simulator.world.disk import Disk, WorldReserve


class Nobody:
    """Hears of what is stored."""

    def stored(self, batch):
        pass


def test_sessions_are_there_before_the_day_ends():
    """What a day refuses that ended while nobody was there is told to its client, too."""

    async def start():
        disk = Disk(Nobody(), None)
        clock = SteadyClock(1)
        router = Router(
            CONFIGURATION, State(), disk.open(), clock, WorldReserve(disk), print, Acceptor
        )
        return set(router.sequencer.members)

    names = {each.name for each in (*CONFIGURATION.clients, *CONFIGURATION.venues)}
    assert asyncio.run(start()) == names
