"""Many QuickFIX sessions of one role, in a process of their own; why so, ``quickfix_peer`` tells.

This file is also the program: it takes orders to send as lines of JSON on its input, also while a
session is logged out, and writes what happens as lines of JSON. ``QuickfixCrowd`` is the other end.
"""

import asyncio
import json
import os
import sys
import threading
import traceback
from contextlib import suppress
from pathlib import Path

from quickfix_peer import DICTIONARIES, ENDS, LONGEST_WAIT_S

SOH = "\x01"
_WITHOUT_TRANSACT_TIME = ("FIX.4.0", "FIX.4.1")

_DEFAULT = """\
[DEFAULT]
ConnectionType={role}
TargetCompID=OMSFIX
NonStopSession=Y
UseDataDictionary=Y
CheckLatency=Y
HeartBtInt=30
ReconnectInterval=1
SocketNodelay=Y
SocketReuseAddress=Y
FileStorePath={folder}/store
FileLogPath={folder}/log
{address}
"""


def order_fields(version, cl_ord_id):
    """Return a NewOrderSingle(D) that is valid in a version, as (tag, value) pairs."""
    fields = [(11, cl_ord_id), (21, "1"), (38, "100"), (40, "1"), (54, "1"), (55, "IBM")]
    if version not in _WITHOUT_TRANSACT_TIME:
        fields.append((60, "20260105-12:00:00"))
    return fields


def _session(name, version, reset_on_logon):
    lines = ["[SESSION]", f"SenderCompID={name}"]
    file = version.replace(".", "") + ".xml"
    if version.startswith("FIX.5"):
        lines += ["BeginString=FIXT.1.1", f"DefaultApplVerID={version}"]
        lines += [f"TransportDataDictionary={DICTIONARIES / 'FIXT11.xml'}"]
        lines += [f"AppDataDictionary={DICTIONARIES / file}"]
    else:
        lines += [f"BeginString={version}", f"DataDictionary={DICTIONARIES / file}"]
    lines.append(f"ResetOnLogon={'Y' if reset_on_logon else 'N'}")
    return "\n".join(lines) + "\n"


class QuickfixCrowd:
    """The sessions of one process; belongs to the thread of an event loop.

    Args:
        folder: of this crowd alone.
        role: ``acceptor`` or ``initiator``.
        port: that all acceptors listen on, or all initiators connect to.
        happened: is told of everything: kind, CompID of the session, text.
    """

    def __init__(self, folder, role, port, happened):
        self._folder = Path(folder)
        self._role = role
        self._happened = happened
        self._sessions = []
        name = "SocketAcceptPort" if role == "acceptor" else "SocketConnectPort"
        self._address = f"SocketConnectHost=127.0.0.1\n{name}={port}"

    def add(self, name, version, *, reset_on_logon=False):
        """Give the crowd one more session, before it is started."""
        self._sessions.append(_session(name, version, reset_on_logon))

    async def start(self):
        """Start the process."""
        self._folder.mkdir(parents=True)
        path = self._folder / "sessions.cfg"
        head = _DEFAULT.format(role=self._role, folder=self._folder, address=self._address)
        path.write_text(head + "".join(self._sessions))
        with (self._folder / "stderr").open("wb") as errors:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                __file__,
                str(path),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        self._reader = asyncio.create_task(self._read())

    def send(self, name, version, first, count):
        """Have a session send orders whose ClOrdIDs are numbers from ``first`` on."""
        fields = order_fields(version, "")[1:]
        line = json.dumps([name, first, count, fields])
        self._process.stdin.write(line.encode() + b"\n")

    async def stop(self):
        """Have the process log out and end."""
        self._process.stdin.close()
        try:
            async with asyncio.timeout(LONGEST_WAIT_S):
                status = await self._process.wait()
        finally:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
            await self._reader
        errors = (self._folder / "stderr").read_text()
        assert status in ENDS, f"QuickFIX ended with {status}: {errors}"
        assert errors == "", "QuickFIX ended with errors"

    async def _read(self):
        async for line in self._process.stdout:
            self._happened(*json.loads(line))


# --- the program --------------------------------------------------------------------------------


def _happened(kind, name, text=""):
    """Write one line at once: callbacks come on threads of the engine's own."""
    os.write(1, json.dumps([kind, name, text]).encode() + b"\n")


def _field(raw, tag):
    return raw.split(f"{SOH}{tag}=", 1)[1].split(SOH, 1)[0]


def _run(settings_path):
    import quickfix as fix

    def guarded(kind, told):
        """Return a callback that tells what happened and lets nothing escape to the engine."""

        def callback(_self, first, session_id=None):
            try:
                name = (session_id or first).getSenderCompID().getString()
                _happened(kind, name, told(first) if session_id is not None else "")
            except BaseException:  # noqa: BLE001 - whatever escapes stops the engine's thread
                _happened("failed", "", traceback.format_exc())

        return callback

    def whole(message):
        return message.toString()

    def cl_ord_id(message):
        raw = message.toString()
        return _field(raw, 11) if f"{SOH}35=D{SOH}" in raw else raw

    class Application(fix.Application):
        onCreate = guarded("created", whole)  # noqa: N815 - the binding's names
        onLogon = guarded("logged_on", whole)  # noqa: N815
        onLogout = guarded("logged_out", whole)  # noqa: N815
        toAdmin = guarded("admin_sent", whole)  # noqa: N815
        fromAdmin = guarded("admin_received", whole)  # noqa: N815
        fromApp = guarded("heard", cl_ord_id)  # noqa: N815

        toApp = guarded("sent", cl_ord_id)  # noqa: N815 - connected or not, and when sent again

    settings = fix.SessionSettings(settings_path)
    sessions = {each.getSenderCompID().getString(): each for each in settings.getSessions()}
    acceptor = settings.get().getString(fix.CONNECTION_TYPE) == "acceptor"
    role = fix.SocketAcceptor if acceptor else fix.SocketInitiator
    # All of these must live as long as the engine.
    application, store = Application(), fix.FileStoreFactory(settings)
    log = fix.FileLogFactory(settings)
    engine = role(application, store, settings, log)
    engine.start()
    senders = []
    try:
        for line in sys.stdin:
            name, first, count, fields = json.loads(line)
            arguments = (fix, sessions[name], first, count, fields)
            senders.append(threading.Thread(target=_send, args=arguments))
            senders[-1].start()
    finally:
        for sender in senders:
            sender.join()
        engine.stop()


def _send(fix, session_id, first, count, fields):
    for number in range(first, first + count):
        message = fix.Message()
        message.getHeader().setField(fix.MsgType("D"))
        message.setField(fix.StringField(11, str(number)))
        for tag, value in fields:
            message.setField(fix.StringField(tag, value))
        fix.Session.sendToTarget(message, session_id)


if __name__ == "__main__":
    _run(sys.argv[1])
