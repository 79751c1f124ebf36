"""A minimal router on QuickFIX's Python binding: ``python -m bench_lib.quickfix_router FOLDER``.

What comes is validated by the dictionary, and FileStore writes without a sync. There are no checks:
a NewOrderSingle(D) goes to the one venue or the other by its Symbol(55), under a ClOrdID(11) of
the router's, and ExecutionReport(8)s come back to the client under its own. ``place.json`` in the
folder is the ``Place``. Stops at SIGTERM.

It is written twice: the way users of the binding do it and its examples show, with a field object
for each value and a new message; and, with ``quick`` after the folder, by copies of messages made
of their text and values by tag, which few know of and which is the most that the binding gives.
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
import quickfix44 as fix44  # type: ignore[import-untyped]

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
_CL_ORD_ID, _ORDER_ID, _SYMBOL = 11, 37, 55
_ORDER_FIELDS = (
    fix.Account, fix.HandlInst, fix.Symbol, fix.Side, fix.OrderQty, fix.OrdType, fix.Price,
    fix.Currency, fix.TimeInForce, fix.TransactTime,
)  # fmt: skip
_REPORT_FIELDS = (
    fix.ExecID, fix.OrdStatus, fix.Symbol, fix.Side, fix.OrderQty, fix.LeavesQty, fix.CumQty,
    fix.AvgPx, fix.TransactTime,
)  # fmt: skip
_FILL_FIELDS = (fix.LastQty, fix.LastPx)


class _Router(fix.Application):  # type: ignore[misc]  # the binding has no types
    """Orders to venues, reports to clients, by field objects."""

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

    def fromApp(self, message: fix.Message, session_id: fix.SessionID) -> None:  # noqa: N802
        """Pass the message on."""
        try:
            msg_type = fix.MsgType()
            message.getHeader().getField(msg_type)
            if msg_type.getValue() == fix.MsgType_NewOrderSingle:
                self._order(message, session_id.getTargetCompID().getValue())
            else:
                self._report(message)
        except BaseException:  # noqa: BLE001 - whatever escapes stops the engine's thread
            traceback.print_exc()
            os._exit(1)

    def _order(self, order: fix.Message, client: str) -> None:
        """Send an order to a venue."""
        cl_ord_id, symbol = fix.ClOrdID(), fix.Symbol()
        order.getField(cl_ord_id)
        order.getField(symbol)
        child = self._child(client, cl_ord_id.getValue())
        passed_on = fix44.NewOrderSingle()
        passed_on.setField(fix.ClOrdID(child))
        _copy(order, passed_on, _ORDER_FIELDS)
        fix.Session.sendToTarget(passed_on, self._venue(symbol.getValue()))

    def _report(self, report: fix.Message) -> None:
        """Send a report to the client of the order."""
        child = fix.ClOrdID()
        report.getField(child)
        client, cl_ord_id = self._orders[child.getValue()]
        passed_on = fix44.ExecutionReport()
        passed_on.setField(fix.OrderID(child.getValue()))
        passed_on.setField(fix.ClOrdID(cl_ord_id))
        exec_type = fix.ExecType()
        report.getField(exec_type)
        passed_on.setField(exec_type)
        _copy(report, passed_on, _REPORT_FIELDS)
        if exec_type.getValue() == fix.ExecType_TRADE:
            _copy(report, passed_on, _FILL_FIELDS)
        fix.Session.sendToTarget(passed_on, self._clients[client])

    def _child(self, client: str, cl_ord_id: str) -> str:
        child = f"C{next(self._next_id)}"
        self._orders[child] = client, cl_ord_id
        return child

    def _venue(self, symbol: str) -> fix.SessionID:
        return self._venues[int(symbol[-1]) % len(self._venues)]


class _QuickRouter(_Router):
    """The same by copies of the text and by tags."""

    def _order(self, order: fix.Message, client: str) -> None:
        passed_on = fix.Message(order.toString(), False)
        passed_on.setField(_CL_ORD_ID, self._child(client, order.getField(_CL_ORD_ID)))
        fix.Session.sendToTarget(passed_on, self._venue(order.getField(_SYMBOL)))

    def _report(self, report: fix.Message) -> None:
        passed_on = fix.Message(report.toString(), False)
        child = report.getField(_CL_ORD_ID)
        client, cl_ord_id = self._orders[child]
        passed_on.setField(_ORDER_ID, child)
        passed_on.setField(_CL_ORD_ID, cl_ord_id)
        fix.Session.sendToTarget(passed_on, self._clients[client])


def _copy(message: fix.Message, passed_on: fix.Message, fields: tuple[type, ...]) -> None:
    for field in fields:
        value = field()
        message.getField(value)
        passed_on.setField(value)


def _settings(folder: Path, kind: str, sessions: str) -> fix.SessionSettings:
    path = folder / f"{kind}.cfg"
    dictionary = Path(sys.prefix) / "share" / "quickfix" / "FIX44.xml"
    default = _DEFAULT.format(
        kind=kind, begin_string=BEGIN_STRING, router=ROUTER, dictionary=dictionary, folder=folder
    )
    path.write_text(default + sessions)
    return fix.SessionSettings(str(path))


def _serve(folder: Path, kind: type[_Router]) -> None:
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
    router = kind(place.clients)
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
    _serve(Path(sys.argv[1]), _QuickRouter if "quick" in sys.argv[2:] else _Router)
