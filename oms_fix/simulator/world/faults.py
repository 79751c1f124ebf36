"""What goes wrong in the world: each kind of fault, and how often it comes."""

from collections.abc import Callable
from functools import partial

from oms_fix.simulator.world.client import Client
from oms_fix.simulator.world.clock import Clock
from oms_fix.simulator.world.configuration import CLIENT_PORT, TRADED
from oms_fix.simulator.world.halting import Halting
from oms_fix.simulator.world.network import Wire
from oms_fix.simulator.world.operators import Operators
from oms_fix.simulator.world.peer import Peer, Surroundings
from oms_fix.simulator.world.router import RouterProcess
from oms_fix.simulator.world.stranger import Stranger

_STEPS_MAX = 40
_CLOCK_SECONDS_MAX = 40
_SOON_SECONDS = 0.3
_BREAK_CHANCE = 0.3
_KILL_CHANCE = 0.3
_WRITTEN_CHANCE = 0.5


class Faults:
    """Does harm to a world.

    Args:
        around: the world.
        router: of the world.
        operators: of the router.
        halting: of the same.
        clients: of the world.
        peers: all counterparties.
    """

    def __init__(
        self,
        around: Surroundings,
        router: RouterProcess,
        operators: Operators,
        halting: Halting,
        clients: list[Client],
        peers: list[Peer],
    ) -> None:
        self._loop = around.loop
        self._network = around.network
        self._trace = around.trace
        self._random = around.random
        self._router = router
        self._operators = operators
        self._halting = halting
        self._clients = clients
        self._peers = peers
        self._kinds: dict[str, tuple[int, Callable[[], None]]] = {
            "router killed": (5, self._kill_router),
            "power lost": (2, self._cut_power),
            "router stopped": (1, self._stop_router),
            "peer killed": (4, self._kill_peer),
            "connection cut": (6, self._cut),
            "address unreachable": (1, self._unreachable),
            "peer stalls": (1, self._stall),
            "disk fails": (2, self._fail_disk),
            "clock jumps": (2, self._jump),
            "session disabled": (2, self._disable),
            "stranger": (2, self._stranger),
            "trading halted": (5, self._halt),
            "trading reduced": (4, halting.reduce),
            "order canceled": (3, self._operators.cancel),
            "order forced done": (3, self._operators.force_done),
            "order entered": (3, self._operators.enter),
            "order placed by hand": (8, self._operators.place),
            "fill busted": (4, self._operators.bust),
            "fill corrected": (4, self._operators.correct),
            "price told": (4, self._tell_price),
            "day ends": (4, self._end_day),
            "snapshot": (3, self._snapshot),
        }

    def one(self) -> None:
        """Let one thing go wrong."""
        names = list(self._kinds)
        weights = [self._kinds[name][0] for name in names]
        _, do = self._kinds[self._random.choices(names, weights)[0]]
        do()

    def end(self) -> None:
        """Let nothing be wrong any more."""
        self._router.disk.heal()
        self._network.is_calm = True
        for wire in self._network.wires:
            for end in wire.ends:
                end.unstall()
        self.revive()

    def go_on(self) -> None:
        """Let what is new go wrong again."""
        self._network.is_calm = False

    def revive(self) -> None:
        """Start what is dead."""
        self._router.start_if_dead()
        for name in self._router.disabled:
            self._router.operate("session enable", session=name)
        self._halting.resume_all()
        for peer in self._peers:
            peer.start_if_dead()

    def _tell(self, text: str, *parts: object) -> None:
        self._trace.tell(self._loop.now, "world", text, *parts)

    def _later(self, seconds: float, do: Callable[[], None]) -> None:
        self._loop.call_for(None, self._loop.now + seconds, do)

    # --- processes ------------------------------------------------------------------------------

    def _kill_router(self) -> None:
        steps = self._random.randrange(_STEPS_MAX)
        if self._router.process.alive:
            self._tell("kills the router in {} steps", steps)
            self._router.kill_in(steps)

    def _cut_power(self) -> None:
        if self._router.process.alive:
            self._tell("cuts the router's power")
            self._router.die(others_are_told=False)
            self._router.disk.lose_power(is_written=self._random.random() < _WRITTEN_CHANCE)

    def _stop_router(self) -> None:
        if self._router.process.alive and self._router.router is not None:
            self._router.stop()

    def _kill_peer(self) -> None:
        peer = self._random.choice(self._peers)
        if peer.process.alive:
            peer.die(others_are_told=self._random.random() < 0.7)
            self._later(self._random.random() * 8, peer.start_if_dead)

    def _disable(self) -> None:
        name = self._random.choice(self._peers).name
        self._router.operate("session disable", session=name)
        again = partial(self._router.operate, "session enable", session=name)
        self._later(self._random.random() * 8, again)

    def _halt(self) -> None:
        self._halting.halt()
        for _ in TRADED:  # news move prices, while they are to trigger nothing
            self._later(self._random.random(), self._tell_price)

    def _tell_price(self) -> None:
        price = f"{self._random.randrange(870, 1130) / 100:.2f}"
        self._router.operate("instrument price", symbol=self._random.choice(TRADED), price=price)

    # --- network --------------------------------------------------------------------------------

    def _cut(self) -> None:
        if not self._network.wires:
            return
        wire: Wire = self._random.choice(self._network.wires)
        told = self._random.choice(((True, True), (True, False), (False, True), (False, False)))
        ends = [end.owner.name for end in wire.ends]
        heard = [name for name, is_told in zip(ends, told, strict=True) if is_told]
        self._tell(
            "cuts the connection of {}; {} told",
            " and ".join(ends),
            " and ".join(heard) or "nobody",
        )
        wire.cut(told)

    def _unreachable(self) -> None:
        peer = self._random.choice(self._peers)
        port = peer.settings.socket_accept_port or CLIENT_PORT
        seconds = self._random.random() * 15
        self._tell("makes port {} unreachable for {:.1f} s", port, seconds)
        self._network.make_unreachable(port, seconds)

    def _stall(self) -> None:
        if self._network.wires:
            wire: Wire = self._random.choice(self._network.wires)
            end = self._random.choice(wire.ends)
            seconds = self._random.random() * 20
            self._tell("lets {} read nothing for {:.1f} s", end.owner.name, seconds)
            end.stall(seconds)

    def _stranger(self) -> None:
        client = self._random.choice(self._clients)
        logons = [raw for raw in client.sent.values() if b"\x0135=A\x01" in raw]
        replayed = self._random.choice(logons) if logons and self._random.random() < 0.7 else b""
        self._tell("lets a stranger connect, who says {}", "an old Logon" if replayed else "GET /")
        Stranger(self._loop, self._network).say(replayed or b"GET / HTTP/1.1\r\n\r\n")

    # --- disk and clocks --------------------------------------------------------------------------

    def _fail_disk(self) -> None:
        disk = self._router.disk
        disk.fault = self._random.choice(("disk full", "I/O error"))
        self._tell("lets the disk fail: {}", disk.fault)
        self._later(self._random.random() * 6, self._heal_disk)

    def _heal_disk(self) -> None:
        if self._router.disk.fault:
            self._tell("lets the disk be well")
        self._router.disk.heal()

    # --- days -------------------------------------------------------------------------------------

    def _end_day(self) -> None:
        """Let a trading day end: the first one at any time, later ones when all sides agree.

        The second one forgets orders of the first: nobody may be about to speak of them.
        """
        days = self._peers[0].day
        if self._network.is_calm:
            return
        if days and not self._router.agrees_with(self._peers):
            self._later(_SOON_SECONDS, self._end_day)
            return
        if self._random.random() < _BREAK_CHANCE:
            self._router.disk.breaks_between_files = True
            self._later(self._random.random() * 6, self._heal_disk)
        for peer in self._peers:
            peer.day += 1
        self._router.end_day(f"2026-03-{days + 2:02}")
        if self._random.random() < _KILL_CHANCE:
            self._kill_router()

    def _snapshot(self) -> None:
        if not self._router.disk.fault:
            self._tell("takes a snapshot")
            self._router.disk.take_snapshot()

    def _jump(self) -> None:
        whose: list[tuple[str, Clock]] = [("router", self._router.clock)]
        whose += [(peer.name, peer.clock) for peer in self._peers]
        name, clock = self._random.choice([whose[0], *whose])
        clock.offset_seconds = self._random.uniform(-_CLOCK_SECONDS_MAX, _CLOCK_SECONDS_MAX)
        self._tell("sets the clock of {} {:+.1f} s off", name, clock.offset_seconds)
