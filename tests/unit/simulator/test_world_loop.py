"""Virtual time: steps in order, threads without threads, processes that die."""

import asyncio

from oms_fix.simulator.world.loop import Process, VirtualLoop


def loop(raised=None):
    return VirtualLoop(lambda: (0.5, 0.25), raised or (lambda _owner, _error: None))


def test_time_jumps_from_timer_to_timer():
    """Waiting costs nothing; timers of the same time keep their order."""
    world, seen = loop(), []
    for name, seconds in (("late", 3600), ("first", 1), ("second", 1)):
        world.call_later(seconds, lambda name=name: seen.append((world.time(), name)))
    world.run_until(5000)
    assert seen == [(1, "first"), (1, "second"), (3600, "late")]
    assert world.time() == 5000


def test_coroutines_run_in_virtual_time():
    """What asyncio offers works: tasks, sleep, timeouts."""
    world, seen = loop(), []

    async def wait():
        await asyncio.sleep(2)
        try:
            async with asyncio.timeout(10):
                await asyncio.sleep(100)
        except TimeoutError:
            seen.append(world.time())

    world.call_soon(lambda: world.create_task(wait()))
    world.run_until(1000)
    assert seen == [12]


def test_work_of_a_thread_takes_its_time():
    """A job is done after a while, and the loop hears of it later; jobs wait for each other."""
    world, seen = loop(), []

    def work(name):
        seen.append((world.time(), name))
        return name

    def ask():
        for name in ("one", "two"):
            asyncio.get_running_loop().run_in_executor(None, work, name).add_done_callback(
                lambda done: seen.append((world.time(), done.result() + " is told"))
            )

    world.call_for(Process("p"), 0, ask)
    world.run_until(10)
    assert seen == [(0.5, "one"), (0.75, "one is told"), (1.0, "two"), (1.25, "two is told")]


def test_no_step_of_a_dead_process_is_run():
    """It dies between two steps: what it had begun on a thread may be done, or not."""
    world, seen, process = loop(), [], Process("p")

    def begin():
        asyncio.get_running_loop().call_later(1, seen.append, "timer")
        asyncio.get_running_loop().run_in_executor(None, seen.append, "work")

    world.call_for(process, 0, begin)
    world.call_for(None, 0.6, lambda: setattr(process, "alive", False))
    world.run_until(10)
    assert seen == ["work"]


def test_process_dies_after_so_many_steps():
    """The one who kills chooses the step."""
    world, seen, process = loop(), [], Process("p")
    process.steps_left = 2
    process.on_last_step = lambda: setattr(process, "alive", False)
    for number in range(5):
        world.call_for(process, number, seen.append, number)
    world.run_until(10)
    assert seen == [0, 1]


def test_error_of_a_step_is_told_and_the_world_goes_on():
    """Whose step it was is told, too."""
    raised, seen, process = [], [], Process("p")
    world = loop(lambda owner, error: raised.append((owner, str(error))))

    def fail():
        raise ValueError("oops")

    world.call_for(process, 1, fail)
    world.call_for(None, 2, seen.append, "on")
    world.run_until(10)
    assert (raised, seen) == ([(process, "oops")], ["on"])
