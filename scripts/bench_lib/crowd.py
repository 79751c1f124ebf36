"""Many clients of a router, each with one order under way, and its venue.

A program of its own: ``python -m bench_lib.crowd`` with the process of the router, its ports for
clients and for the venue, how many clients, and for how many seconds; it writes its measurement as
JSON. The venue answers the Logon(A) and takes what comes: an order counts as answered when its
client has the ExecutionReport(8) New, which is there after the commit.
"""

import asyncio
import sys
import time

import msgspec
import uvloop
from msgspec import Struct

from bench_lib.messages import logon, order
from bench_lib.processes import cpu_seconds

VENUE = "VENUE"
_PATIENCE_S = 20.0
_WARM_UP_S = 1.0


def client_name(number: int) -> str:
    """Return the CompID of a client, from 0 on."""
    return f"CLIENT{number}"


class Crowd(Struct):
    """What the clients saw.

    Attributes:
        seconds: how long they were counted.
        cpu_seconds: the router's processor time in that time.
        began_at: when that began, nanoseconds since 1970; so ``ended_at``.
        round_trips: of each order answered then, in nanoseconds, ascending.
    """

    seconds: float
    cpu_seconds: float
    began_at: int
    ended_at: int
    round_trips: list[int]


async def _venue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Log on when asked to, and listen."""
    while data := await reader.read(256 * 1024):
        if b"\x0135=A\x01" in data:
            writer.write(logon(VENUE))
    writer.close()


async def _trade(port: int, number: int, until: float, done: list[tuple[float, float]]) -> None:
    """Send one order after the other; note when each was sent and answered."""
    name = client_name(number)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(logon(name))
    await reader.readuntil(b"\x0110=")
    msg_seq_num = 1
    while time.perf_counter() < until:
        msg_seq_num += 1
        sent = time.perf_counter()
        writer.write(order(msg_seq_num, name))
        answer = await asyncio.wait_for(reader.readuntil(b"\x0110="), _PATIENCE_S)
        if b"\x0135=8\x01" not in answer or b"\x01150=0\x01" not in answer:
            raise SystemExit(f"no New but {answer!r}")
        done.append((sent, time.perf_counter()))
    writer.close()


async def measure(pid: int, client_port: int, venue_port: int, clients: int, seconds: int) -> Crowd:
    """Trade for so many seconds, after a moment to warm up."""
    venue = await asyncio.start_server(_venue, "127.0.0.1", venue_port)
    await accepts(client_port)
    began = time.perf_counter() + _WARM_UP_S
    done: list[tuple[float, float]] = []
    until = began + seconds
    trading = asyncio.gather(*(_trade(client_port, n, until, done) for n in range(clients)))
    await asyncio.sleep(_WARM_UP_S)
    began_at, cpu = time.time_ns(), cpu_seconds(pid)
    await asyncio.sleep(seconds)
    ended_at, cpu = time.time_ns(), cpu_seconds(pid) - cpu
    await trading
    venue.close()
    counted = sorted(int(1e9 * (at - sent)) for sent, at in done if began <= at < until)
    return Crowd(float(seconds), cpu, began_at, ended_at, counted)


async def accepts(port: int) -> None:
    """Wait until the router listens for clients; its venue is there by then."""
    end = time.perf_counter() + _PATIENCE_S
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            if time.perf_counter() > end:
                raise
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        crowd = runner.run(measure(*map(int, sys.argv[1:])))
    sys.stdout.buffer.write(msgspec.json.encode(crowd))
