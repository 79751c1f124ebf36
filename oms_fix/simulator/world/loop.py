"""An event loop in virtual time, and the processes that share it.

Waiting costs nothing: when nothing is ready, the clock jumps to the next timer. What a thread would
do (the journal's commits) is done on this one thread, after the time that it is said to take. So a
run is one sequence of steps, the same each time, and can be stopped between any two of them.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import Context
from heapq import heappop, heappush
from typing import Any, TypeVar, cast

Result = TypeVar("Result")
JobTimes = Callable[[], tuple[float, float]]
"""Seconds until the work of a thread is done, and then until the loop hears of it."""


class Process:
    """What dies as one: its steps are not run any more once it is dead.

    Attributes:
        name: for the story.
        alive: cleared by whoever kills it.
        steps_left: it dies after so many steps more; None if nothing is to kill it.
        on_last_step: called when ``steps_left`` has come to 0.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.alive = True
        self.steps_left: int | None = None
        self.on_last_step: Callable[[], None] = lambda: None
        self.worker_free_at = 0.0


class Step:
    """Something to be called, unless it is cancelled before or its process has died."""

    __slots__ = ("_context", "_when", "args", "call", "is_cancelled", "owner")

    def __init__(
        self,
        owner: Process | None,
        call: Callable[..., object],
        args: tuple[object, ...],
        when: float,
        context: Context | None,
    ) -> None:
        self.owner = owner
        self.call = call
        self.args = args
        self.is_cancelled = False
        self._when = when
        self._context = context

    def run(self) -> None:
        """Call it."""
        if self._context is None:
            self.call(*self.args)
        else:
            self._context.run(self.call, *self.args)

    def cancel(self) -> None:
        """Let it not be called."""
        self.is_cancelled = True

    def cancelled(self) -> bool:
        """Tell whether it was cancelled."""
        return self.is_cancelled

    def when(self) -> float:
        """Return the time it is due."""
        return self._when


class VirtualLoop(asyncio.AbstractEventLoop):
    """Runs steps in the order of their times, those of equal times in the order of scheduling.

    What is scheduled by a step belongs to the process of that step.

    Args:
        job_times: how long the next job of a worker thread takes.
        raised: hears of what a step has raised, and whose step it was.

    Attributes:
        now: seconds since the world began.
        steps: run so far.
        owner: whose step is being run; None is the world itself.
        network: connects addresses; see ``Network``.
    """

    def __init__(
        self, job_times: JobTimes, raised: Callable[[Process | None, BaseException], None]
    ) -> None:
        self._job_times = job_times
        self._raised = raised
        self._ready: deque[Step] = deque()
        self._timers: list[tuple[float, int, Step]] = []
        self._count = 0
        self.now = 0.0
        self.steps = 0
        self.owner: Process | None = None
        self._tasks: list[asyncio.Task[Any]] = []
        self.connect: Callable[..., Coroutine[Any, Any, Any]] | None = None

    # --- running --------------------------------------------------------------------------------

    def run_until(self, end: float, *, is_done: Callable[[], bool] = lambda: False) -> None:
        """Run steps until a virtual time, or until there are none or ``is_done``."""
        before = asyncio._get_running_loop()
        asyncio._set_running_loop(self)
        try:
            while self._ready or (self._timers and self._timers[0][0] <= end):
                if self._ready:
                    step = self._ready.popleft()
                else:
                    if is_done():
                        return
                    self.now, _, step = heappop(self._timers)
                if not step.is_cancelled and (step.owner is None or step.owner.alive):
                    self._run(step)
            self.now = max(self.now, end)
        finally:
            asyncio._set_running_loop(before)

    def _run(self, step: Step) -> None:
        owner = self.owner = step.owner
        self.steps += 1
        if owner is not None and owner.steps_left is not None:
            owner.steps_left -= 1
            if owner.steps_left < 0:
                self.owner = None
                owner.on_last_step()
                return
        try:
            step.run()
        except Exception as error:  # noqa: BLE001 - whatever a process raises is the world's to judge
            self._raised(owner, error)
        self.owner = None

    # --- what asyncio and the router call ---------------------------------------------------------

    def time(self) -> float:
        """Return seconds since the world began."""
        return self.now

    def get_debug(self) -> bool:
        """Return False."""
        return False

    def call_soon(  # type: ignore[override]  # a Step has all of a Handle that is used
        self, callback: Callable[..., object], *args: object, context: Context | None = None
    ) -> Step:
        """Call after what is ready now."""
        step = Step(self.owner, callback, args, self.now, context)
        self._ready.append(step)
        return step

    def call_later(  # type: ignore[override]  # a Step has all of a Handle that is used
        self,
        delay: float,
        callback: Callable[..., object],
        *args: object,
        context: Context | None = None,
    ) -> Step:
        """Call after so many seconds."""
        return self.call_at(self.now + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]  # a Step has all of a Handle that is used
        self,
        when: float,
        callback: Callable[..., object],
        *args: object,
        context: Context | None = None,
    ) -> Step:
        """Call at a time."""
        return self.call_for(self.owner, max(when, self.now), callback, *args, context=context)

    def call_for(
        self,
        owner: Process | None,
        when: float,
        callback: Callable[..., object],
        *args: object,
        context: Context | None = None,
    ) -> Step:
        """Call at a time, as a step of ``owner``."""
        step = Step(owner, callback, args, when, context)
        self._count += 1
        heappush(self._timers, (when, self._count, step))
        return step

    def create_future(self) -> "asyncio.Future[Any]":
        """Return a future of this loop."""
        return asyncio.Future(loop=self)

    def create_task(  # type: ignore[override]  # names and contexts of tasks are not used
        self, coro: Coroutine[Any, Any, Result], **_options: object
    ) -> "asyncio.Task[Result]":
        """Begin a coroutine, as a task of the process whose step this is."""
        task = asyncio.Task(coro, loop=self)
        self._tasks.append(task)
        return task

    def bury(self) -> None:
        """Close the coroutines that were never finished, as their processes have died."""
        self._raised = lambda _owner, _error: None
        asyncio._set_running_loop(self)
        for task in self._tasks:
            if not task.done():
                task._log_destroy_pending = False  # type: ignore[attr-defined]  # no stub has it
                with suppress(RuntimeError):
                    task.get_coro().close()
        asyncio._set_running_loop(None)
        self._tasks.clear()

    def run_in_executor(
        self, _executor: object, func: Callable[..., Result], *args: object
    ) -> "asyncio.Future[Result]":
        """Do the work of a thread: one job of a process after the other, each in its time."""
        future: asyncio.Future[Result] = self.create_future()
        owner = self.owner
        assert owner is not None, "only processes have threads"
        work, report = self._job_times()
        owner.worker_free_at = max(owner.worker_free_at, self.now) + work
        self.call_at(owner.worker_free_at, self._do_job, future, report, func, args)
        return future

    def _do_job(
        self,
        future: "asyncio.Future[Result]",
        report: float,
        func: Callable[..., Result],
        args: tuple[object, ...],
    ) -> None:
        try:
            result = func(*args)
        except Exception as error:  # noqa: BLE001 - as a thread's, it is told to the loop
            self.call_later(report, future.set_exception, error)
        else:
            self.call_later(report, _set_result, future, result)

    async def create_connection(  # type: ignore[override]  # TLS is not simulated
        self,
        protocol_factory: Callable[[], asyncio.Protocol],
        host: str,
        port: int,
        **_tls: object,
    ) -> tuple[asyncio.Transport, asyncio.Protocol]:
        """Connect to an address of the simulated network."""
        assert self.connect is not None, "there is a network"
        return cast(
            "tuple[asyncio.Transport, asyncio.Protocol]",
            await self.connect(protocol_factory, host, port),
        )

    async def connect_accepted_socket(  # type: ignore[override]  # TLS is not simulated
        self, protocol_factory: Callable[[], asyncio.Protocol], sock: Any, **_tls: object
    ) -> None:
        """Begin to read from an accepted connection: an ``Endpoint`` in the place of a socket."""
        sock.begin(protocol_factory())

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Tell the world of an error that nobody has looked at."""
        error = context.get("exception") or RuntimeError(context.get("message"))
        self._raised(self.owner, error)


def _set_result(future: "asyncio.Future[Result]", result: Result) -> None:
    if not future.done():
        future.set_result(result)
