import asyncio
import os
import signal
import subprocess
import sys
import time

from click.testing import CliRunner

from oms_fix.cli.main import main
from oms_fix.fix.codec import encode
from oms_fix.fix.timestamps import format_timestamp

SETTINGS = """[DEFAULT]
ConnectionType=acceptor
SenderCompID=ISLD
SocketAcceptHost=127.0.0.1
SocketAcceptPort=0
[SESSION]
BeginString=FIX.4.0
TargetCompID=TW40
"""


def test_wrong_settings_are_reported_by_line(tmp_path):
    """Every problem, and nothing runs."""
    path = tmp_path / "echo.cfg"
    path.write_text(SETTINGS.replace("FIX.4.0", "FIX.9"))
    result = CliRunner().invoke(main, ["echo", str(path)])
    assert result.exit_code == 1
    assert f"{path}:7: BeginString=FIX.9: not allowed" in result.output


async def talk(port, then):
    """Log on as TW40 and do something; return the echo's two messages."""
    header = [(49, b"TW40"), (56, b"ISLD"), (34, b"1"), (52, format_timestamp(time.time_ns(), 0))]
    async with asyncio.timeout(20):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(encode("FIX.4.0", "A", header, [(98, b"0"), (108, b"30")]))
        logon = await message(reader)
        then()
        logout = await message(reader)
        writer.close()
    return logon, logout


async def message(reader):
    """Read one message."""
    text = await reader.readuntil(b"\x0110=")
    return text + await reader.readuntil(b"\x01")


def test_it_answers_until_it_is_told_to_stop(tmp_path):
    """It says where it listens, answers a Logon, logs out on SIGTERM, and keeps its numbers."""
    path = tmp_path / "echo.cfg"
    path.write_text(SETTINGS)
    command = [sys.executable, "-m", "oms_fix", "echo", str(path), "--store", str(tmp_path / "db")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        port = int(process.stdout.readline().removeprefix("listening on port "))
        answers = asyncio.run(talk(port, lambda: os.kill(process.pid, signal.SIGTERM)))
        assert process.wait(20) == 0
    assert [answer.split(b"\x01")[2] for answer in answers] == [b"35=A", b"35=5"]
    assert (tmp_path / "db").exists()
