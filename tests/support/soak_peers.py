"""Counterparties by the hundred in one process; a program that ``scripts/soak`` runs.

Most of them only send heartbeats and note how long the engine is silent; some send an order ten
times a second and note how long its echo takes; one stops reading when it is told to.

Input: one line of JSON with ``port``, ``sessions``, ``echoing`` and ``heart_bt_int``; the end of
the input ends the program, which then writes one line of JSON with what it has measured. Times are
seconds of the monotonic clock, which all processes of a machine share.
"""

import asyncio
import json
import sys
import time

import uvloop

from oms_fix.fix.codec import Framer, encode, parse
from oms_fix.fix.timestamps import format_timestamp

ECHO_INTERVAL_S = 0.1
STALL = b"stop reading"
_LAG_INTERVAL_S = 0.05


def name_of(number):
    """Return the CompID of a peer."""
    return f"PEER{number}"


class Peer(asyncio.Protocol):
    """One counterparty.

    Attributes:
        silences: (end, seconds) of each time between two messages of the engine.
        echoes: (sent, seconds until its echo came) of each order.
        awaited: ClOrdID of each order without an echo, and when it was sent.
        lost: the connection is gone.
    """

    def __init__(self, number, heart_bt_int, *, echoes):
        self._comp_ids = [(49, name_of(number).encode()), (56, b"OMSFIX")]
        self._heart_bt_int = heart_bt_int
        self._interval = ECHO_INTERVAL_S if echoes else heart_bt_int
        self._phase = self._interval * (number % 97) / 97
        self._echoes = echoes
        self._framer = Framer()
        self._number = 0
        self._heard = 0.0
        self._timer = None
        self.silences, self.echoes, self.awaited = [], [], {}
        self.lost = False

    def connection_made(self, transport):
        self._transport = transport
        self._say("A", [(98, b"0"), (108, b"%d" % self._heart_bt_int)])

    def connection_lost(self, _error):
        self.lost = True
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data):
        now = time.monotonic()
        for raw in self._framer.feed(data):
            if self._heard:
                self.silences.append((now, now - self._heard))
            self._heard = now
            self._hear(parse(raw, {}), now)

    def _hear(self, message, now):
        if message.msg_type == "A":
            self._next = asyncio.get_running_loop().time() + self._phase
            self._timer = asyncio.get_running_loop().call_at(self._next, self._speak)
        elif message.msg_type == "B" and message.get(148) == STALL:
            self._transport.pause_reading()
        elif message.msg_type == "D":
            sent = self.awaited.pop(int(message.get(11)))
            self.echoes.append((sent, now - sent))
        elif message.msg_type == "1":
            self._say("0", [(112, message.get(112))])

    def _speak(self):
        self._next += self._interval
        self._timer = asyncio.get_running_loop().call_at(self._next, self._speak)
        if self._echoes:
            self.awaited[self._number + 1] = time.monotonic()
            body = [(21, b"1"), (38, b"100"), (40, b"1"), (54, b"1"), (55, b"IBM")]
            body.append((60, b"20260105-12:00:00"))
            self._say("D", [(11, b"%d" % (self._number + 1)), *body])
        else:
            self._say("0", [])

    def _say(self, msg_type, body):
        self._number += 1
        header = [*self._comp_ids, (34, b"%d" % self._number)]
        header.append((52, format_timestamp(time.time_ns())))
        self._transport.write(encode("FIX.4.4", msg_type, header, body))


async def _watch_lag(lags):
    """Note how late this process itself is: no delay of that size is the engine's."""
    while True:
        before = time.monotonic()
        await asyncio.sleep(_LAG_INTERVAL_S)
        lags.append((before, time.monotonic() - before - _LAG_INTERVAL_S))


async def _run():
    loop = asyncio.get_running_loop()
    order = json.loads(await loop.run_in_executor(None, sys.stdin.readline))
    echoing, lags = order["echoing"], []
    watch = loop.create_task(_watch_lag(lags))
    peers = [
        Peer(number, order["heart_bt_int"], echoes=0 < number <= echoing)
        for number in range(order["sessions"])
    ]
    for peer in peers:
        await loop.create_connection(lambda peer=peer: peer, "127.0.0.1", order["port"])
        await asyncio.sleep(0.002)
    await loop.run_in_executor(None, sys.stdin.read)
    watch.cancel()
    told = [
        {"silences": p.silences, "echoes": p.echoes, "awaited": len(p.awaited), "lost": p.lost}
        for p in peers
    ]
    sys.stdout.write(json.dumps({"peers": told, "lags": lags}))


if __name__ == "__main__":
    uvloop.run(_run())
