"""Servers and load generators, each a Python process of its own that the benchmark owns."""

import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from msgspec import Struct

_START_S = 30.0
_STOP_S = 10.0
_LOAD_S = 60.0


class Server(Struct, frozen=True):
    """A server that runs.

    Attributes:
        pid: of its process.
        port: on the loopback interface.
    """

    pid: int
    port: int


@contextmanager
def server(module: str, folder: Path) -> Iterator[Server]:
    """Run a server for as long as the block runs.

    Args:
        module: to be run with ``-m``; it writes its port as a line and stops when its input ends.
        folder: of this server alone; made.

    Raises:
        click.ClickException: it did not start.
    """
    folder.mkdir(parents=True)
    with (folder / "errors").open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", module, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        ready, _, _ = select.select([process.stdout], [], [], _START_S)
        line = process.stdout.readline() if ready else b""
        if not line.strip().isdigit():
            raise click.ClickException(f"{module} did not start: {(folder / 'errors').read_text()}")
        yield Server(process.pid, int(line))
    finally:
        process.stdin.close()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


class Child:
    """A process that is talked to by lines.

    Args:
        module: what it runs.
        process: with pipes for input and output.
    """

    def __init__(self, module: str, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._module, self.pid = module, process.pid
        self._input, self._output = process.stdin, process.stdout

    def say(self, line: str) -> None:
        """Send it a line."""
        self._input.write(line.encode() + b"\n")
        self._input.flush()

    def line(self, seconds: float) -> bytes:
        """Return its next line.

        Raises:
            click.ClickException: there is none in time, or none any more.
        """
        line = self._output.readline() if self.has_line(seconds) else b""
        if not line:
            raise click.ClickException(f"{self._module}: says nothing")
        return line

    def has_line(self, seconds: float) -> bool:
        """Tell whether it says something, or has ended, within so many seconds."""
        return bool(select.select([self._output], [], [], seconds)[0])


@contextmanager
def child(module: str, *arguments: int | str) -> Iterator[Child]:
    """Run a module for as long as the block runs; it is to stop when its input ends."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    talk = Child(module, process)
    try:
        yield talk
    finally:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        process.stdout.close()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def cpu_seconds(pid: int) -> float:
    """Return the time that all threads of a process have spent on a processor."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user, system = after_name[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def memory_bytes(pid: int) -> int:
    """Return how much memory of the machine a process has."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def progress(text: str) -> None:
    """Show how far it is, to who is watching."""
    if sys.stderr.isatty():
        click.echo(f"{text}   \r", err=True, nl=False)


def load(module: str, *arguments: int) -> bytes:
    """Run a load generator to its end; return what it wrote.

    Raises:
        click.ClickException: it failed or took too long.
    """
    command = [sys.executable, "-m", module, *map(str, arguments)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_LOAD_S, check=True)
    except subprocess.TimeoutExpired as error:
        raise click.ClickException(f"{module}: not done after {_LOAD_S:.0f} s") from error
    except subprocess.CalledProcessError as error:
        raise click.ClickException(f"{module}: {error.stderr.decode()}") from error
    return done.stdout
