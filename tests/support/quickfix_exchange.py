"""Our engine and QuickFIX talk in all versions and both roles at once, and what came of it."""

import asyncio
from pathlib import Path

from quickfix_crowd import QuickfixCrowd, order_fields
from quickfix_peer import parsed

from oms_fix.fix import ConnectionType, Engine, MemoryStore, Message, SessionSettings
from oms_fix.fix.settings import FIXT
from oms_fix.simulator.rebalance import free_ports

VERSIONS = (
    *("FIX.4.0", "FIX.4.1", "FIX.4.2", "FIX.4.3", "FIX.4.4"),
    *("FIX.5.0", "FIX.5.0SP1", "FIX.5.0SP2"),
)
ROLES = ("acceptor", "initiator")  # ours
LONGEST_WAIT_S = 60.0
_OTHER = {"acceptor": "initiator", "initiator": "acceptor"}


class Party:
    """One session with both its ends.

    Attributes:
        version: such as ``FIX.4.2``.
        role: ours.
        sent: how many orders each side has sent; their ClOrdIDs are the numbers from 1.
        heard_here: ClOrdIDs that our application heard, in its order.
        heard_there: ClOrdIDs that QuickFIX's application heard, in its order.
        said_there: administrative messages that QuickFIX sent, by tag.
        said_here: administrative messages that QuickFIX got from us.
        asked_here: our ResendRequests(2), as far as a history notes them; QuickFIX's: asked_there.
        faults: what must not happen.
    """

    def __init__(self, exchange, role, version, *, resets):
        self.version, self.role = version, role
        self.name = f"QF{version.replace('.', '')}{role}{'RESETS' if resets else ''}"
        self.sent = 0
        self.heard_here, self.heard_there = [], []
        self.said_here, self.said_there = [], []
        self.asked_here, self.asked_there = [], []
        self.faults = []
        self._logons_here = self._logons_there = 0
        self._sent_there = set()
        self._exchange = exchange

    @property
    def logons(self):
        """How often both sides have been logged on."""
        return min(self._logons_here, self._logons_there)

    @property
    def link(self):
        """Our end."""
        return self._exchange.engine.link(self.name)

    def send(self, count):
        """Have both sides send orders, connected or not."""
        first = self.sent + 1
        self.sent += count
        self._exchange.crowds[self.role].send(self.name, self.version, first, count)
        for number in range(first, first + count):
            fields = [(t, v.encode()) for t, v in order_fields(self.version, str(number))]
            self._exchange.engine.send(self.name, Message("D", fields))

    def cut(self):
        """Break the connection in mid-flight: what is on its way is lost."""
        transport = self.link.transport
        if transport is not None:
            transport.abort()

    async def miss(self, count):
        """Have both sides send orders while there is no connection, and let none come up before."""
        self.link.enabled = False
        self.cut()
        self.send(count)
        await self.until(lambda: len(self._sent_there) >= self.sent, "QuickFIX's orders")
        self.link.enabled = True

    async def logged_on_again(self, times):
        """Wait until both sides have been logged on so often."""
        await self.until(lambda: self.logons >= times, f"logon {times}")

    async def settled(self):
        """Wait until both sides have heard of every order."""
        await self.until(
            lambda: min(len(self.heard_here), len(self.heard_there)) >= self.sent, "all orders"
        )

    async def until(self, holds, what):
        """Wait until something holds, in bounded time without progress."""
        waited, seen = 0.0, self._progress()
        while not holds():
            await asyncio.sleep(0.01)
            waited += 0.01
            if seen != (seen := self._progress()):
                waited = 0.0
            assert waited < LONGEST_WAIT_S, f"{self.name} waits for {what} in vain: {self!r}"

    def _progress(self):
        return len(self.heard_here), len(self.heard_there), self.logons

    def __repr__(self):
        return f"sent {self.sent}, progress {self._progress()}, faults {self.faults}"

    # --- what happens

    def happened_here(self, kind, message=None):
        """Take note of what our engine tells."""
        match kind:
            case "heard" if message.msg_type == "D":
                self.heard_here.append(int(message.get(11)))
            case "heard":
                self.faults.append(repr(message))
            case "logged_on":
                self._logons_here += 1

    def happened_there(self, kind, text):
        """Take note of what QuickFIX tells."""
        match kind:
            case "heard" if text.isdigit():
                self.heard_there.append(int(text))
            case "heard":
                self.faults.append(text)
            case "sent":
                self._sent_there.add(text)
            case "admin_sent" | "admin_received":
                fields = parsed(text)
                (self.said_there if kind == "admin_sent" else self.said_here).append(fields)
                if fields[35] == "3":
                    self.faults.append(text)
            case "logged_on":
                self._logons_there += 1


class Exchange:
    """One engine of ours, two processes of QuickFIX, and the parties between them.

    Args:
        folder: where QuickFIX stores and logs.
        versions: to be spoken.
    """

    def __init__(self, folder, versions=VERSIONS):
        self._folder = Path(folder)
        self.parties = {
            (role, version): Party(self, role, version, resets=False)
            for role in ROLES
            for version in versions
        }
        self.resetting = {
            (role, version): Party(self, role, version, resets=True)
            for role in ROLES
            for version in versions
        }
        self._by_name = {
            party.name: party for party in (*self.parties.values(), *self.resetting.values())
        }
        self.failures = []

    async def start(self):
        """Start all sides; they log on by and by."""
        [port] = free_ports(1)
        settings = [self._settings(party, port) for party in self._by_name.values()]
        self.engine = Engine(settings, self, MemoryStore())
        self.crowds = {"initiator": self._crowd("initiator", port)}
        await self.crowds["initiator"].start()
        await self.engine.start()
        self.crowds["acceptor"] = self._crowd("acceptor", self.engine.ports[0])
        await self.crowds["acceptor"].start()

    async def stop(self):
        """Stop all sides."""
        await self.engine.stop()
        for crowd in self.crowds.values():
            await crowd.stop()

    def _crowd(self, role, port):
        """Make those that talk with our sessions of a role."""
        crowd = QuickfixCrowd(self._folder / role, _OTHER[role], port, self._happened_there)
        for party in self._by_name.values():
            if party.role == role:
                resets = party.name.endswith("RESETS")
                wanted = resets and (role == "acceptor" or party.version == "FIX.4.0")
                crowd.add(party.name, party.version, reset_on_logon=wanted)
        return crowd

    @staticmethod
    def _settings(party, port):
        # FIX 4.0 has no ResetSeqNumFlag(141): both sides reset by agreement.
        resets = party.name.endswith("RESETS")
        is_fixt = party.version.startswith("FIX.5")
        return SessionSettings(
            name=party.name,
            connection_type=ConnectionType(party.role),
            begin_string=FIXT if is_fixt else party.version,
            default_appl_ver_id=party.version if is_fixt else None,
            sender_comp_id="OMSFIX",
            target_comp_id=party.name,
            socket_accept_host="127.0.0.1",
            socket_connect_host="127.0.0.1",
            socket_connect_port=port,
            reconnect_interval=1,
            reset_on_logon=resets and (party.role == "initiator" or party.version == "FIX.4.0"),
        )

    # What our engine and QuickFIX tell

    def received(self, session_name, message):
        """Hear a message."""
        self._by_name[session_name].happened_here("heard", message)

    def logged_on(self, session_name):
        """Hear of a logon."""
        self._by_name[session_name].happened_here("logged_on")

    def logged_out(self, session_name, reason):
        """Hear of a logout: the logon after it is what counts."""

    def _happened_there(self, kind, name, text):
        if kind == "failed":
            self.failures.append(text)
        else:
            self._by_name[name].happened_there(kind, text)


async def trade(party, messages, disconnect_every):
    """Send orders both ways, and break the connection in the middle of each run of them."""
    await party.logged_on_again(1)
    for _ in range(messages // disconnect_every):
        heard, logons = len(party.heard_here), party.logons
        party.send(disconnect_every)
        await party.until(
            lambda heard=heard: len(party.heard_here) >= heard + disconnect_every // 2, "a half"
        )
        party.cut()
        await party.logged_on_again(logons + 1)
    await party.settled()
