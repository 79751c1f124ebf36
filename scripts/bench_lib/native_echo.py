"""The native engine as an echo server: ``python -m bench_lib.native_echo FOLDER``.

Validation by the dictionary, SQLite store with durability ``normal``, all else as in ``oms-fix
echo``. Writes the port that it listens on as a line, and stops when its input ends.
"""

import asyncio
import sys
from pathlib import Path

import uvloop

from bench_lib.messages import BEGIN_STRING, CLIENT, SERVER
from oms_fix.fix.echo import Echo
from oms_fix.fix.garbage import collect_briefly
from oms_fix.fix.settings import ConnectionType, SessionSettings
from oms_fix.fix.store import SqliteStore


async def _serve(folder: Path) -> None:
    settings = SessionSettings(
        name=CLIENT,
        connection_type=ConnectionType.ACCEPTOR,
        begin_string=BEGIN_STRING,
        sender_comp_id=SERVER,
        target_comp_id=CLIENT,
        socket_accept_host="127.0.0.1",
        reset_on_logon=True,
    )
    store = SqliteStore(folder / "store.db", durability="normal")
    engine = Echo([settings], store).engine
    collect_briefly()
    await engine.start()
    print(engine.ports[0], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await engine.stop()
    store.close()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(Path(sys.argv[1])))
