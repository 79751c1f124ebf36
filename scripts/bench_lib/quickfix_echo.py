"""QuickFIX's Python binding as an echo server: ``python -m bench_lib.quickfix_echo FOLDER``.

Validation by the dictionary, FileStore, no log. The echo is made in the quickest way that the
binding documents: the message's text, parsed again without validation. Writes the port that it
listens on as a line, and stops when its input ends.
"""

import os
import socket
import sys
import traceback
from pathlib import Path

import quickfix as fix  # type: ignore[import-untyped]  # the binding has no types

from bench_lib.messages import BEGIN_STRING, CLIENT, SERVER

_SETTINGS = """\
[DEFAULT]
ConnectionType=acceptor
NonStopSession=Y
UseDataDictionary=Y
DataDictionary={dictionary}
ResetOnLogon=Y
SocketNodelay=Y
SocketReuseAddress=Y
SocketAcceptPort={port}
FileStorePath={folder}/store

[SESSION]
BeginString={begin_string}
SenderCompID={server}
TargetCompID={client}
"""


class _Echo(fix.Application):  # type: ignore[misc]  # the binding has no types
    """Sends every application message back."""

    def onCreate(self, session_id: object) -> None:  # noqa: N802 - the binding's names
        """Do nothing, as below: the binding calls all of these."""

    def onLogon(self, session_id: object) -> None:  # noqa: N802
        """Do nothing."""

    def onLogout(self, session_id: object) -> None:  # noqa: N802
        """Do nothing."""

    def toAdmin(self, message: object, session_id: object) -> None:  # noqa: N802
        """Do nothing."""

    def fromAdmin(self, message: object, session_id: object) -> None:  # noqa: N802
        """Do nothing."""

    def toApp(self, message: object, session_id: object) -> None:  # noqa: N802
        """Do nothing."""

    def fromApp(self, message: fix.Message, session_id: fix.SessionID) -> None:  # noqa: N802
        """Send the message back."""
        try:
            fix.Session.sendToTarget(fix.Message(message.toString(), False), session_id)
        except BaseException:  # noqa: BLE001 - whatever escapes stops the engine's thread
            traceback.print_exc()
            os._exit(1)


def _free_port() -> int:
    """Return a port for the binding, which cannot choose one itself."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _serve(folder: Path) -> None:
    port = _free_port()
    dictionary = Path(sys.prefix) / "share" / "quickfix" / "FIX44.xml"
    settings_path = folder / "quickfix.cfg"
    settings_path.write_text(
        _SETTINGS.format(
            dictionary=dictionary,
            port=port,
            folder=folder,
            begin_string=BEGIN_STRING,
            server=SERVER,
            client=CLIENT,
        )
    )
    # All of these must live as long as the acceptor.
    settings = fix.SessionSettings(str(settings_path))
    application, store = _Echo(), fix.FileStoreFactory(settings)
    acceptor = fix.SocketAcceptor(application, store, settings)
    acceptor.start()
    try:
        print(port, flush=True)
        sys.stdin.read()
    finally:
        acceptor.stop()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
