"""A minimal router on QuickFIX's Python binding: ``python -m bench_lib.quickfix_router FOLDER``.

It is written the way users of the binding do it, with what is quick there: fields by tag, copies of
messages by their text, parsed without validation. What comes is validated by the dictionary, and
FileStore writes without a sync. There are no checks: a NewOrderSingle(D) goes to the one venue or
the other by its Symbol(55), under a ClOrdID(11) of the router's, and ExecutionReport(8)s come back
to the client under its own. ``place.json`` in the folder is the ``Place``. Stops at SIGTERM.
"""

import itertools
import os
import signal
import sys
import threading
import traceback
from pathlib import Path

import msgspec
import quickfix as fix  # type: ignore[import-untyped]  # the binding has no types

from bench_lib.crowd import client_name
from bench_lib.messages import BEGIN_STRING
from bench_lib.publisher import ROUTER, venue_name
from bench_lib.router_folder import Place

_DEFAULT = """\
[DEFAULT]
ConnectionType={kind}
BeginString={begin_string}
SenderCompID={router}
NonStopSession=Y
UseDataDictionary=Y
DataDictionary={dictionary}
SocketNodelay=Y
SocketReuseAddress=Y
HeartBtInt=30
ReconnectInterval=1
FileStorePath={folder}/store-{kind}
"""
_CL_ORD_ID, _MSG_TYPE, _ORDER_ID, _SENDER_COMP_ID, _SYMBOL = 11, 35, 37, 49, 55


class _Router(fix.Application):  # type: ignore[misc]  # the binding has no types
    """Orders to venues, reports to clients."""

    def __init__(self, clients: int) -> None:
        super().__init__()
        names = [client_name(number) for number in range(clients)]
        self._clients = {name: fix.SessionID(BEGIN_STRING, ROUTER, name) for name in names}
        self._venues = [
            fix.SessionID(BEGIN_STRING, ROUTER, venue_name(number)) for number in range(2)
        ]
        self._next_id = itertools.count(1)
        self._orders: dict[str, tuple[str, str]] = {}

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

    def fromApp(self, message: fix.Message, session_id: fix.SessionID) -> None:  # noqa: N802, ARG002
        """Pass the message on."""
        try:
            passed_on = fix.Message(message.toString(), False)
            if message.getHeader().getField(_MSG_TYPE) == "D":
                self._order(passed_on, message.getHeader().getField(_SENDER_COMP_ID))
            else:
                self._report(passed_on)
        except BaseException:  # noqa: BLE001 - whatever escapes stops the engine's thread
            traceback.print_exc()
            os._exit(1)

    def _order(self, order: fix.Message, client: str) -> None:
        child = f"C{next(self._next_id)}"
        self._orders[child] = client, order.getField(_CL_ORD_ID)
        order.setField(_CL_ORD_ID, child)
        venue = int(order.getField(_SYMBOL)[-1]) % 2
        fix.Session.sendToTarget(order, self._venues[venue])

    def _report(self, report: fix.Message) -> None:
        client, cl_ord_id = self._orders[report.getField(_CL_ORD_ID)]
        report.setField(_ORDER_ID, report.getField(_CL_ORD_ID))
        report.setField(_CL_ORD_ID, cl_ord_id)
        fix.Session.sendToTarget(report, self._clients[client])


def _settings(folder: Path, kind: str, sessions: str) -> fix.SessionSettings:
    path = folder / f"{kind}.cfg"
    dictionary = Path(sys.prefix) / "share" / "quickfix" / "FIX44.xml"
    default = _DEFAULT.format(
        kind=kind, begin_string=BEGIN_STRING, router=ROUTER, dictionary=dictionary, folder=folder
    )
    path.write_text(default + sessions)
    return fix.SessionSettings(str(path))


def _serve(folder: Path) -> None:
    place = msgspec.json.decode((folder / "place.json").read_bytes(), type=Place)
    clients = "".join(
        f"[SESSION]\nTargetCompID={client_name(number)}\nSocketAcceptPort={place.client_port}\n"
        for number in range(place.clients)
    )
    venues = "".join(
        f"[SESSION]\nTargetCompID={venue_name(number)}\nSocketConnectHost=127.0.0.1\n"
        f"SocketConnectPort={port}\n"
        for number, port in enumerate(place.venue_ports)
    )
    # All of these must live as long as the engines.
    router = _Router(place.clients)
    acceptor_settings = _settings(folder, "acceptor", clients)
    initiator_settings = _settings(folder, "initiator", venues)
    acceptor_store = fix.FileStoreFactory(acceptor_settings)
    initiator_store = fix.FileStoreFactory(initiator_settings)
    initiator = fix.SocketInitiator(router, initiator_store, initiator_settings)
    acceptor = fix.SocketAcceptor(router, acceptor_store, acceptor_settings)
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    initiator.start()
    acceptor.start()
    try:
        while not ended.wait(0.1):
            pass
    finally:
        acceptor.stop()
        initiator.stop()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
