"""Work that is none of an order's way: done by a process of its own, at a low priority."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress

_NICENESS = 19


async def run_aside(*arguments: str, seconds_max: float) -> str | None:
    """Run ``oms-fix`` with these arguments beside the daemon.

    Args:
        arguments: subcommand and options.
        seconds_max: after which it is killed.

    Returns:
        What went wrong, or None.
    """
    command = (sys.executable, "-m", "oms_fix", *arguments)
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE
        )
    except OSError as error:
        return str(error)
    try:
        with suppress(ProcessLookupError):  # it has ended already
            os.setpriority(os.PRIO_PROCESS, process.pid, _NICENESS)
        _, errors = await asyncio.wait_for(process.communicate(), seconds_max)
    except TimeoutError:
        return f"not done after {seconds_max} s"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return errors.decode(errors="replace").strip() if process.returncode else None
