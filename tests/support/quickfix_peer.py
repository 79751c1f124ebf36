"""A QuickFIX counterparty, client or venue, in a process of its own.

The binding ends a process by a segmentation fault where it is left without ``stop()``, and a
callback that raises stops its engine for good. So it never runs inside pytest: this file is also a
program, which speaks FIX through QuickFIX, takes what it is to send as lines of JSON on its input,
and writes whatever happens as lines of JSON to its output. It stops when its input ends, so it
outlives nobody. ``QuickfixPeer`` is the test's end of it.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import traceback
from pathlib import Path
from queue import Empty, Queue

LONGEST_WAIT_S = 15.0
DICTIONARIES = Path(sys.prefix) / "share" / "quickfix"
SOH = "\x01"

_REJECTS = ("3", "j")
# Once in some hundred times the binding crashes while it stops; by then all that a test asks of it
# is done, and a crash before that fails the test that waits for it.
ENDS = (0, -signal.SIGSEGV)
_SETTINGS = """\
[DEFAULT]
NonStopSession=Y
UseDataDictionary=Y
CheckLatency=Y
HeartBtInt=30
ReconnectInterval=1
SocketNodelay=Y
FileStorePath={folder}/store
FileLogPath={folder}/log

[SESSION]
"""
_DATA_DICTIONARIES = {
    "FIX.4.2": {"DataDictionary": "FIX42.xml"},
    "FIX.4.4": {"DataDictionary": "FIX44.xml"},
    "FIXT.1.1": {"TransportDataDictionary": "FIXT11.xml", "AppDataDictionary": "FIX50SP2.xml"},
}


def session_settings(
    connection_type: str, begin_string: str, comp_id: str, port: int
) -> dict[str, str]:
    """Return QuickFIX's settings of a session with the daemon, all of its validation on."""
    settings = {
        "ConnectionType": connection_type,
        "BeginString": begin_string,
        "SenderCompID": comp_id,
        "TargetCompID": "OMSFIX",
    }
    if connection_type == "acceptor":
        settings |= {"SocketAcceptPort": str(port), "SocketReuseAddress": "Y"}
    else:
        settings |= {"SocketConnectHost": "127.0.0.1", "SocketConnectPort": str(port)}
    if begin_string == "FIXT.1.1":
        settings["DefaultApplVerID"] = "FIX.5.0SP2"
    names = _DATA_DICTIONARIES[begin_string]
    return settings | {key: str(DICTIONARIES / name) for key, name in names.items()}


class QuickfixPeer:
    """One QuickFIX session, which can be stopped and started again.

    Its sequence numbers and sent messages are in ``folder``, as is QuickFIX's own log.

    Args:
        folder: Of this peer alone.
        settings: As ``session_settings`` makes them.
    """

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self.name = settings["SenderCompID"]
        self.begin_string = settings["BeginString"]
        self._folder = folder
        self._settings_path = folder / "session.cfg"
        self._test_requests = 0
        folder.mkdir(parents=True)
        lines = [f"{key}={value}" for key, value in settings.items()]
        self._settings_path.write_text(_SETTINGS.format(folder=folder) + "\n".join(lines) + "\n")

    def start(self) -> None:
        """Start the process; an initiator tries to log on each second."""
        with (self._folder / "stderr").open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(self._settings_path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )
        self.admin_sent: list[dict[int, str]] = []
        self._happened: Queue[tuple[str, str]] = Queue()
        self._reader = threading.Thread(
            target=_read, args=(self._process.stdout, self._happened), daemon=True
        )
        self._reader.start()

    def ask_to_stop(self) -> None:
        """Have QuickFIX log out and end, which takes it about a second."""
        self._process.stdin.close()

    def wait_stopped(self) -> None:
        """Wait until the process has ended as it should."""
        self.ask_to_stop()
        try:
            status = self._process.wait(LONGEST_WAIT_S)
        finally:
            self._process.kill()
            self._process.wait()
            self._reader.join(LONGEST_WAIT_S)
            self._process.stdout.close()
        errors = (self._folder / "stderr").read_text()
        assert status in ENDS, f"QuickFIX {self.name} ended with {status}: {errors}"
        assert errors == "", f"QuickFIX {self.name} ended with errors"

    def wait_logged_on(self) -> None:
        """Wait until the session is up."""
        self._next("logged_on")

    def send(self, msg_type: str, fields: dict[int, str]) -> None:
        """Have QuickFIX send a message."""
        self._process.stdin.write(json.dumps([msg_type, list(fields.items())]) + "\n")
        self._process.stdin.flush()

    def receive(self) -> dict[int, str]:
        """Return the next application message that QuickFIX found good."""
        return parsed(self._next("received"))

    def check_quiet(self) -> None:
        """Ask the daemon for a sign of life; no application message may come before it."""
        self._test_requests += 1
        test_req_id = f"{self.name}-{self._test_requests}"
        self.send("1", {112: test_req_id})
        surplus = []
        while True:
            kind, text = self._take(f"the answer to {test_req_id}")
            if kind == "received":
                surplus.append(text)
            elif kind == "admin_received" and parsed(text).get(112) == test_req_id:
                break
        assert surplus == [], f"{self.name} received what nobody asked for"

    def _next(self, wanted: str) -> str:
        while True:
            kind, text = self._take(wanted)
            if kind == wanted:
                return text
            assert kind != "received", f"{self.name} received {text} before {wanted}"

    def _take(self, wanted: str) -> tuple[str, str]:
        """Return the next thing that happened; no reject may have passed in either direction."""
        try:
            kind, text = self._happened.get(timeout=LONGEST_WAIT_S)
        except Empty:
            raise AssertionError(f"{self.name} waited for {wanted} in vain") from None
        assert kind != "failed", f"QuickFIX {self.name} failed: {text}"
        if text:
            fields = parsed(text)
            assert fields[35] not in _REJECTS, f"{self.name} {kind} a reject: {readable(text)}"
            if kind == "admin_sent":
                self.admin_sent.append(fields)
        return kind, text


def parsed(raw: str) -> dict[int, str]:
    """Return the fields of a message without repeating groups."""
    pairs = (field.split("=", 1) for field in raw.rstrip(SOH).split(SOH))
    return {int(tag): value for tag, value in pairs}


def readable(raw: str) -> str:
    """Return a message with bars between its fields."""
    return raw.replace(SOH, "|")


def _read(stream, happened) -> None:
    for line in stream:
        kind, text = json.loads(line)
        happened.put((kind, text))
    happened.put(("failed", "the process ended"))


# --- the program --------------------------------------------------------------------------------


def _happened(kind: str, text: str = "") -> None:
    """Write one line at once: callbacks come on threads of the engine's own."""
    os.write(1, json.dumps([kind, text]).encode() + b"\n")


def _run(settings_path: str) -> None:
    import quickfix as fix

    def guarded(kind):
        """Return a callback that tells what happened and lets nothing escape to the engine."""

        def callback(_self, first, _session_id=None):
            try:
                # The message is the engine's and gone after the callback: its text is copied.
                _happened(kind, first.toString() if isinstance(first, fix.Message) else "")
            except BaseException:  # noqa: BLE001 - whatever escapes stops the engine's thread
                _happened("failed", traceback.format_exc())

        return callback

    class Application(fix.Application):
        onCreate = guarded("created")  # noqa: N815 - the binding's names
        onLogon = guarded("logged_on")  # noqa: N815
        onLogout = guarded("logged_out")  # noqa: N815
        toAdmin = guarded("admin_sent")  # noqa: N815
        fromAdmin = guarded("admin_received")  # noqa: N815
        toApp = guarded("sent")  # noqa: N815
        fromApp = guarded("received")  # noqa: N815

    # All of these must live as long as the engine.
    settings = fix.SessionSettings(settings_path)
    session_id = next(iter(settings.getSessions()))
    connection_type = settings.get(session_id).getString(fix.CONNECTION_TYPE)
    role = fix.SocketAcceptor if connection_type == "acceptor" else fix.SocketInitiator
    application, store = Application(), fix.FileStoreFactory(settings)
    log = fix.FileLogFactory(settings)
    engine = role(application, store, settings, log)
    engine.start()
    try:
        for line in sys.stdin:
            _send(fix, session_id, *json.loads(line))
    finally:
        engine.stop()


def _send(fix, session_id, msg_type: str, fields: list[tuple[int, str]]) -> None:
    # While logged out QuickFIX would take the message and send it after the next logon.
    if not fix.Session.lookupSession(session_id).isLoggedOn():
        _happened("failed", f"not logged on to send {msg_type} {fields}")
        return
    message = fix.Message()
    message.getHeader().setField(fix.MsgType(msg_type))
    for tag, value in fields:
        message.setField(fix.StringField(tag, value))
    fix.Session.sendToTarget(message, session_id)


if __name__ == "__main__":
    _run(sys.argv[1])
