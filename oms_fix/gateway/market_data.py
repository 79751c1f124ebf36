"""Market data messages: entries and statuses out of them, and requests into them.

V, W, X, Y, f and h are alike in FIX 4.2, 4.4 and 5.0SP2 as far as they matter here. What the
fields of a message are comes from the parser; here they are gone through once.
"""

from collections.abc import Iterable

from oms_fix.fix.message import Field, Message
from oms_fix.marketdata.entries import Action, Entry, EntryKind, Refused, Request, Status
from oms_fix.marketdata.numbers import Number, Numbers
from oms_fix.model.market_data import MarketStatus

REQUEST = "V"
SNAPSHOT = "W"
INCREMENTAL = "X"
REJECT = "Y"
SECURITY_STATUS = "f"
SESSION_STATUS = "h"

_SENDING_TIME = 52
_SYMBOL = 55
_TEXT = 58
_RPT_SEQ = 83
_MD_REQ_ID = 262
_ENTRY_TYPE = 269
_ENTRY_PX = 270
_ENTRY_SIZE = 271
_MKT = 275
_UPDATE_ACTION = 279
_REJ_REASON = 281
_POSITION_NO = 290
_TRADING_STATUS = 326
_SESSION_STATUS = 340
_MARKET_ID = 1301

_KINDS = {
    b"0": int(EntryKind.BID),
    b"1": int(EntryKind.OFFER),
    b"2": int(EntryKind.TRADE),
    b"B": int(EntryKind.VOLUME),
    b"J": int(EntryKind.EMPTY),
}
_OTHER_KIND, _NO_KIND = -1, -2
_ACTIONS = {b"%d" % int(action): int(action) for action in Action}
# SecurityTradingStatus(326) and TradSesStatus(340); what is not here tells nothing of orders.
_TRADING = {
    b"2": MarketStatus.HALTED,
    b"3": MarketStatus.OPEN,
    b"17": MarketStatus.OPEN,
    b"18": MarketStatus.CLOSED,
    b"19": MarketStatus.CLOSED,
    b"21": MarketStatus.PRE_OPEN,
    b"22": MarketStatus.AUCTION,
    b"23": MarketStatus.AUCTION,
}
_SESSIONS = {
    b"1": MarketStatus.HALTED,
    b"2": MarketStatus.OPEN,
    b"3": MarketStatus.CLOSED,
    b"4": MarketStatus.PRE_OPEN,
    b"5": MarketStatus.AUCTION,
}
_NO_VOLUME = ("FIX.4.0", "FIX.4.1", "FIX.4.2")  # MDEntryType(269)=B came later


class UnreadableError(Exception):
    """A message says what cannot be understood; ``symbol``: of this instrument, if it is one."""

    def __init__(self, text: str, symbol: bytes | None) -> None:
        super().__init__(text)
        self.symbol = symbol


class MarketDataDecoder:
    """Reads the messages of one session; remembers numbers that it has read."""

    def __init__(self) -> None:
        self._numbers = Numbers()

    def incremental(self, fields: Iterable[Field]) -> list[Entry]:
        """Return the entries of MarketDataIncrementalRefresh(X).

        Raises:
            UnreadableError: an entry has a value that is none.
        """
        return self._entries(fields, _UPDATE_ACTION)

    def snapshot(self, fields: Iterable[Field]) -> list[Entry]:
        """Return the entries of MarketDataSnapshotFullRefresh(W), all of them new."""
        return self._entries(fields, _ENTRY_TYPE)

    def _entries(self, fields: Iterable[Field], first: int) -> list[Entry]:  # noqa: C901 - one pass, as quick as can be: a call for each field would double it
        numbers, kinds = self._numbers, _KINDS
        entries: list[Entry] = []
        symbol: bytes | None = None
        market: bytes | None = None
        price: Number | None = None
        size: Number | None = None
        action, kind, position, rpt_seq = 0, _OTHER_KIND, 0, 0
        try:
            for tag, value in fields:
                if tag == first:
                    if kind != _OTHER_KIND:
                        entries.append(
                            _entry(symbol, market, action, kind, price, size, position, rpt_seq)
                        )
                    kind = _NO_KIND
                    price = size = None
                    position = rpt_seq = 0
                    if first == _UPDATE_ACTION:
                        action = _ACTIONS[value]
                        continue
                if tag == _ENTRY_TYPE:
                    kind = kinds.get(value, _OTHER_KIND)
                elif tag == _ENTRY_PX:
                    price = numbers[value]
                elif tag == _ENTRY_SIZE:
                    size = numbers[value]
                elif tag == _SYMBOL:
                    symbol = value
                elif tag == _RPT_SEQ:
                    rpt_seq = int(value)
                elif tag == _POSITION_NO:
                    position = int(value)
                elif tag == _MKT:
                    market = value
        except (KeyError, ValueError) as error:
            raise UnreadableError(str(error), symbol) from error
        if kind != _OTHER_KIND:
            entries.append(_entry(symbol, market, action, kind, price, size, position, rpt_seq))
        return entries


def _entry(
    symbol: bytes | None,
    market: bytes | None,
    action: int,
    kind: int,
    price: Number | None,
    size: Number | None,
    position: int,
    rpt_seq: int,
) -> Entry:
    if symbol is None or kind == _NO_KIND:
        raise UnreadableError("an entry without Symbol(55) or MDEntryType(269)", symbol)
    return Entry(symbol, market, action, kind, price, size, position, rpt_seq)


def snapshot_number(message: Message) -> tuple[bytes, int]:
    """Return Symbol(55) of a snapshot and its RptSeq(83), 0 without one.

    Raises:
        UnreadableError: it names no instrument.
    """
    symbol = message.get(_SYMBOL)
    if symbol is None:
        raise UnreadableError("a snapshot without Symbol(55)", None)
    number = message.get(_RPT_SEQ) or b"0"
    if not number.isdigit():
        raise UnreadableError("a RptSeq(83) that is no number", symbol)
    return symbol, int(number)


def sending_time(fields: list[Field]) -> bytes:
    """Return SendingTime(52) as it is on the wire; it stands among the first fields."""
    for tag, value in fields:
        if tag == _SENDING_TIME:
            return value
    return b""


def status(message: Message) -> Status | None:
    """Return what SecurityStatus(f) or TradingSessionStatus(h) says, None if nothing of use."""
    if message.msg_type == SECURITY_STATUS:
        symbol = message.get(_SYMBOL)
        found = _TRADING.get(message.get(_TRADING_STATUS) or b"")
        return None if symbol is None or found is None else Status(symbol, _market(message), found)
    found = _SESSIONS.get(message.get(_SESSION_STATUS) or b"")
    return None if found is None else Status(None, _market(message), found)


def _market(message: Message) -> bytes | None:
    return message.get(_MKT) or message.get(_MARKET_ID)


def refused(message: Message) -> Refused:
    """Return what MarketDataRequestReject(Y) says."""
    reason = message.text(_TEXT) or f"MDReqRejReason(281)={message.text(_REJ_REASON) or '?'}"
    return Refused(message.text(_MD_REQ_ID) or "", reason)


def request(asked: Request, application_version: str) -> Message:
    """Return MarketDataRequest(V)."""
    kinds = [b"0", b"1", b"2"] + ([] if application_version in _NO_VOLUME else [b"B"])
    fields: list[Field] = [
        (_MD_REQ_ID, asked.request_id.encode()),
        (263, b"1" if asked.subscribes else b"0"),
        (264, b"%d" % asked.depth),
    ]
    if asked.subscribes:
        fields.append((265, b"1"))
    fields += [(267, b"%d" % len(kinds)), *((_ENTRY_TYPE, kind) for kind in kinds)]
    fields.append((146, b"%d" % len(asked.symbols)))
    fields += [(_SYMBOL, symbol.encode()) for symbol in asked.symbols]
    return Message(REQUEST, fields)
