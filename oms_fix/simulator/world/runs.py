"""Runs of worlds: one, the shortest one that still fails, and many at once."""

import multiprocessing
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from oms_fix.simulator.world.story import story
from oms_fix.simulator.world.world import Limits, World

ON_DISK_EVERY = 20
"""Every so many seeds the store is a real SQLite file."""


class Outcome(Struct, frozen=True):
    """What came of one run.

    Attributes:
        seed: of the world.
        actions: of clients, and faults.
        orders: sent.
        events: stored.
        seconds: of virtual time.
        fingerprint: of everything that happened; empty unless it was asked for.
        violations: what must not have happened.
    """

    seed: int
    actions: int
    orders: int
    events: int
    seconds: float
    fingerprint: str
    violations: tuple[str, ...]


class Finding(Struct, frozen=True):
    """The shortest run that fails as the whole run of its seed does, told as a story."""

    outcome: Outcome
    story: tuple[str, ...]


def run(seed: int, orders: int, *, fingerprint: bool = False) -> Outcome:
    """Run one world of so many orders."""
    return _outcome(_run(seed, Limits(orders)), fingerprint=fingerprint)


def shortest(failed: Outcome, orders: int) -> Finding:
    """Find the fewest actions after which a world of this seed, come to rest, still fails.

    A run of fewer actions is the beginning of the longer one, up to where it comes to rest. That it
    goes on failing with more is assumed; what is found fails in any case.
    """
    passes, fails = 0, failed.actions
    while fails - passes > 1:
        middle = (passes + fails) // 2
        if _run(failed.seed, Limits(orders, middle)).trace.violations:
            fails = middle
        else:
            passes = middle
    world = _run(failed.seed, Limits(orders, fails))
    outcome = _outcome(world, fingerprint=True)
    return Finding(outcome, tuple(map(str, story(world.trace, world.clients))))


def run_many(seeds: Sequence[int], orders: int, processes: int) -> Iterator[Outcome]:
    """Yield the outcomes of many worlds, as they come in."""
    if processes == 1:
        for seed in seeds:
            yield run(seed, orders)
        return
    context = multiprocessing.get_context("spawn")  # a fork would copy the caller's threads' locks
    with context.Pool(processes) as pool:
        yield from pool.imap_unordered(_run_of, [(seed, orders) for seed in seeds], chunksize=4)


def _run_of(job: tuple[int, int]) -> Outcome:
    return run(*job)


def _outcome(world: World, *, fingerprint: bool) -> Outcome:
    return Outcome(
        seed=world.seed,
        actions=world.actions,
        orders=world.orders,
        events=len(world.disk.platter.events),
        seconds=world.loop.now,
        fingerprint=world.trace.fingerprint if fingerprint else "",
        violations=tuple(world.trace.violations),
    )


def _run(seed: int, limits: Limits) -> World:
    if seed % ON_DISK_EVERY:
        world = World(seed, limits)
        world.run()
        return world
    with TemporaryDirectory(prefix="oms-fix-world-") as folder:
        world = World(seed, limits, Path(folder) / "store.db")
        world.run()
        return world
