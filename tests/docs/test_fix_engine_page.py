"""The examples of spec/fix_engine.md work as they stand on the page."""

import asyncio
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import simplefix
from engines import PATIENCE_SECONDS, answer_to, first_message, running, settings

from oms_fix.fix.timestamps import format_timestamp

PAGE = (Path(__file__).parents[2] / "spec" / "fix_engine.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ACCEPTOR_CFG, INITIATOR_CFG = [text for language, text in BLOCKS if language == "ini"]
ACCEPTOR, INITIATOR, HOST = [text for language, text in BLOCKS if language == "python"]
PORT = "9878"


@contextmanager
def program(folder, name, text):
    """Run an example in a process of its own; it must end well."""
    path = folder / name
    path.write_text(text)
    process = subprocess.Popen(
        [sys.executable, str(path)], cwd=folder, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
        status = process.wait(PATIENCE_SECONDS)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    assert status == 0


@contextmanager
def acceptor(folder):
    """Run the acceptor of the page at a free port."""
    (folder / "acceptor.cfg").write_text(ACCEPTOR_CFG.replace(PORT, "0"))
    with program(folder, "acceptor.py", ACCEPTOR) as process:
        yield re.fullmatch(r"listening on \[(\d+)\]\n", process.stdout.readline())[1]
        process.send_signal(signal.SIGTERM)


class Client:
    """Speaks FIX over a plain socket."""

    def __init__(self, port):
        self._socket = socket.create_connection(("127.0.0.1", int(port)), PATIENCE_SECONDS)
        self._parser = simplefix.FixParser()
        self._next_out = 1

    def send(self, msg_type, fields):
        message = simplefix.FixMessage()
        stamp = format_timestamp(time.time_ns(), 3)
        header = [(8, "FIX.4.4"), (35, msg_type), (49, "CLIENT"), (56, "VENUE")]
        for tag, value in [*header, (34, self._next_out), (52, stamp), *fields]:
            message.append_pair(tag, value)
        self._next_out += 1
        self._socket.sendall(message.encode())

    def receive(self):
        while (message := self._parser.get_message()) is None:
            data = self._socket.recv(4096)
            assert data, "the connection was closed"
            self._parser.append_buffer(data)
        return {int(tag): value.decode() for tag, value in message.pairs}

    def close(self):
        self._socket.close()


def test_the_acceptor_takes_an_order(tmp_path):
    """Thirty lines are an acceptor: it logs a client on, answers an order and logs it out."""
    assert len(ACCEPTOR.strip().splitlines()) <= 30
    with acceptor(tmp_path) as port:
        client = Client(port)
        client.send("A", [(98, 0), (108, 30)])
        assert client.receive()[35] == "A"
        client.send(
            "D", [(11, "C-1"), (55, "IBM"), (54, 1), (38, 100), (40, 1), (60, "20260105-12:00:00")]
        )
        answer = client.receive()
        assert {tag: answer[tag] for tag in (35, 34, 11, 150, 39, 38, 151)} == {
            35: "8", 34: "2", 11: "C-1", 150: "0", 39: "0", 38: "100", 151: "100",
        }  # fmt: skip
        client.send("5", [])
        assert client.receive()[35] == "5"
        client.close()


def test_the_initiator_trades_with_the_acceptor(tmp_path):
    """Both programs of the page, started as they are, understand each other."""
    with acceptor(tmp_path) as port:
        (tmp_path / "initiator.cfg").write_text(INITIATOR_CFG.replace(PORT, port))
        with program(tmp_path, "initiator.py", INITIATOR) as process:
            assert process.stdout.readline() == "OrdStatus of C-1: 0\n"


def test_the_host_carries_out_what_a_session_says():
    """A session under the host of the page answers a Logon(A)."""
    example = {}
    exec(compile(HOST, "host", "exec"), example)

    async def log_on():
        made = example["acceptor"](settings("acceptor", "VENUE", "CLIENT"))
        async with running(made):
            data = first_message(b"CLIENT", now=time.time_ns())
            return await answer_to(made.ports[0], data)

    answer = asyncio.run(log_on())
    assert answer.startswith(b"8=FIX.4.4\x01")
    assert b"\x0135=A\x01" in answer
