"""Market data messages as bytes to what they say, and requests to bytes."""

from decimal import Decimal

import pytest

from oms_fix.fix.codec import parse
from oms_fix.fix.message import DATA_TAGS
from oms_fix.gateway import market_data
from oms_fix.gateway.market_data import MarketDataDecoder, UnreadableError
from oms_fix.marketdata.entries import Refused, Request, Status
from oms_fix.model.market_data import MarketStatus


def message(body):
    """A message as the parser gives it, of a body as ``35=X|262=M1|``."""
    header = "|49=V|56=O|34=7|52=20260102-15:04:05.678|"
    text = body.replace("|", header, 1)
    return parse(f"8=FIX.4.4|9=0|{text}10=000|".replace("|", "\x01").encode(), DATA_TAGS)


def shown(entries):
    """Entries as (symbol, market, action, kind, price, size, position, number)."""
    return [
        (
            one.symbol.decode(),
            None if one.market is None else one.market.decode(),
            one.action,
            one.kind,
            None if one.price is None else str(one.price.value),
            None if one.size is None else str(one.size.value),
            one.position,
            one.rpt_seq,
        )
        for one in entries
    ]


def test_incremental_refresh():
    """Each entry of X has its own action; symbol and market hold for those after it as well."""
    given = message(
        "35=X|262=M1|268=4|279=0|269=0|55=IBM|275=XNAS|270=100.10|271=500|83=7|"
        "279=1|269=1|270=100.12|271=200|290=2|83=8|279=2|269=1|55=ACME|270=7|"
        "279=0|269=2|55=IBM|270=100.11|271=50|"
    )
    assert shown(MarketDataDecoder().incremental(given.fields)) == [
        ("IBM", "XNAS", 0, 0, "100.10", "500", 0, 7),
        ("IBM", "XNAS", 1, 1, "100.12", "200", 2, 8),
        ("ACME", "XNAS", 2, 1, "7", None, 0, 0),
        ("IBM", "XNAS", 0, 2, "100.11", "50", 0, 0),
    ]


def test_snapshot():
    """All entries of W are new ones of its instrument; kinds without use are left out."""
    given = message(
        "35=W|55=IBM|262=M1|83=40|268=4|269=0|270=99.5|271=10|269=B|271=12345|269=7|270=101|"
        "269=1|270=99.75|271=20|"
    )
    assert market_data.snapshot_number(given) == (b"IBM", 40)
    assert [each[:6] for each in shown(MarketDataDecoder().snapshot(given.fields))] == [
        ("IBM", None, 0, 0, "99.5", "10"),
        ("IBM", None, 0, 3, None, "12345"),
        ("IBM", None, 0, 1, "99.75", "20"),
    ]


@pytest.mark.parametrize(
    "entry",
    [
        "279=0|269=0|55=IBM|270=NaN|271=5|",
        "279=0|269=0|55=IBM|270=1E5|271=5|",
        "279=9|269=0|55=IBM|270=1|271=5|",
        "279=2|55=IBM|270=1|271=5|",
        "279=0|269=0|55=IBM|270=1|271=1234567890123456789|",
    ],
    ids=["no number", "exponent", "unknown action", "no kind", "too many digits"],
)
def test_unreadable_entry(entry):
    """What cannot be understood is an error that names its instrument."""
    good = "279=0|269=0|55=IBM|270=1|271=5|"
    with pytest.raises(UnreadableError) as caught:
        MarketDataDecoder().incremental(message(f"35=X|268=2|{good}{entry}").fields)
    assert caught.value.symbol == b"IBM"


def test_reject():
    """Y names the request; the text is the venue's, else its reason."""
    assert market_data.refused(message("35=Y|262=M2|281=0|58=no such symbol|")) == Refused(
        "M2", "no such symbol"
    )
    assert market_data.refused(message("35=Y|262=M2|281=4|")).text == "MDReqRejReason(281)=4"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("35=f|55=IBM|326=2|", Status(b"IBM", None, MarketStatus.HALTED)),
        ("35=f|55=IBM|326=17|", Status(b"IBM", None, MarketStatus.OPEN)),
        ("35=f|55=IBM|326=99|", None),
        ("35=h|336=1|340=3|", Status(None, None, MarketStatus.CLOSED)),
        ("35=h|336=1|1301=XNAS|340=4|", Status(None, b"XNAS", MarketStatus.PRE_OPEN)),
    ],
)
def test_status(body, told):
    """SecurityStatus is of an instrument, TradingSessionStatus of a market or of all."""
    assert market_data.status(message(body)) == told


@pytest.mark.parametrize("version", ["FIX.4.2", "FIX.4.4", "FIX.5.0SP2"])
def test_request(version):
    """A subscription asks for incremental updates; FIX 4.2 has no entries for the volume."""
    asked = Request("M1", ("IBM", "ACME"), True, 10)
    made = [(tag, value.decode()) for tag, value in market_data.request(asked, version).fields]
    kinds = ["0", "1", "2"] + ([] if version == "FIX.4.2" else ["B"])
    assert made == [
        (262, "M1"), (263, "1"), (264, "10"), (265, "1"), (267, str(len(kinds))),
        *((269, kind) for kind in kinds), (146, "2"), (55, "IBM"), (55, "ACME"),
    ]  # fmt: skip
    only_now = market_data.request(Request("M2", ("IBM",), False, 10), version)
    assert (only_now.text(263), only_now.text(265)) == ("0", None)


def test_sending_time_and_numbers():
    """SendingTime is found among the first fields, and numbers keep their zeros."""
    given = message("35=X|268=1|279=0|269=0|55=IBM|270=1.500|271=5|")
    assert market_data.sending_time(given.fields) == b"20260102-15:04:05.678"
    (entry,) = MarketDataDecoder().incremental(given.fields)
    assert entry.price.value.as_tuple() == Decimal("1.500").as_tuple()
