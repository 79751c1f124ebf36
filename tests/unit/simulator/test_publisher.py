from decimal import Decimal
from random import Random

import pytest

from oms_fix.fix.codec import encode as to_wire
from oms_fix.fix.codec import parse
from oms_fix.fix.dictionary import load_dictionary
from oms_fix.fix.message import DATA_TAGS, Message
from oms_fix.fix.validation import ValidationOptions, Validator
from oms_fix.model.enums import AssetClass
from oms_fix.model.instruments import Instrument
from oms_fix.simulator.exchange import Exchange, Liquidity
from oms_fix.simulator.publisher import Publisher
from oms_fix.simulator.terms import BUY, SELL, CancelRequest, NewOrder

NOW = 1_700_000_000_123_000_000
HEADER = [(49, b"A"), (56, b"B"), (34, b"7"), (52, b"20231114-22:13:20.123")]
OF_VENUES = ValidationOptions(allow_unknown_msg_fields=True, check_enumerations=False)
INSTRUMENTS = {
    symbol: Instrument(symbol, AssetClass.EQUITY, "USD", Decimal(100)) for symbol in ("ABC", "DEF")
}
SUBSCRIBE = "35=V|262=R1|263=1|264=2|265=1|267=4|269=0|269=1|269=2|269=B|146=1|55=ABC|"
OF_42 = SUBSCRIBE.replace("267=4", "267=3").replace("269=B|", "")


class Venue:
    """An exchange with nobody else at it, and one who has asked for its books."""

    def __init__(self, version="FIX.4.4", **liquidity):
        options = {"levels": 0, **liquidity}
        self.exchange = Exchange("X", INSTRUMENTS, "r", Random(3), liquidity=Liquidity(**options))
        self.publisher = Publisher(self.exchange, version)
        self._count = 0

    def order(self, side, qty, price, symbol="ABC", **more):
        self._count += 1
        order = NewOrder(str(self._count), symbol, side, Decimal(qty), "2", Decimal(price), **more)
        self.exchange.handle(order, NOW)
        return order.cl_ord_id

    def cancel(self, cl_ord_id):
        self.exchange.handle(CancelRequest(f"C{cl_ord_id}", cl_ord_id), NOW)

    def asks(self, text):
        return [shown(message) for message in self.publisher.received(raw(text), NOW)]

    def tells(self):
        return [shown(message) for message in self.publisher.tick()]


def raw(text):
    """The message of ``35=V|tag=value|...`` as it comes from the wire."""
    msg_type, _, body = text.removeprefix("35=").partition("|")
    fields = [field.split("=", 1) for field in body.rstrip("|").split("|")]
    pairs = [(int(tag), value.encode()) for tag, value in fields]
    return parse(to_wire("FIX.4.4", msg_type, HEADER, pairs), DATA_TAGS)


def shown(message):
    fields = "".join(f"{tag}={value.decode()}|" for tag, value in message.fields)
    return f"35={message.msg_type}|{fields}"


def test_request_is_answered_by_a_picture_of_the_book():
    """Bids and offers to the depth asked for, the best first, then what was traded in all."""
    venue = Venue()
    for price in ("99.00", "98.00", "97.00"):
        venue.order(BUY, 100, price)
    venue.order(BUY, 50, "99.00")
    venue.order(SELL, 70, "101.50")

    assert venue.asks(SUBSCRIBE) == [
        (
            "35=W|262=R1|55=ABC|268=4|"
            "269=0|270=99.00|271=150|83=0|"
            "269=0|270=98.00|271=100|83=0|"
            "269=1|270=101.50|271=70|83=0|"
            "269=B|271=0|83=0|"
        )
    ]
    assert venue.tells() == []


def test_changes_are_told_by_price_with_a_number_each():
    """What has gone comes first, then other sizes, then new prices, the trade and the volume."""
    venue = Venue()
    venue.order(BUY, 100, "99.00")
    gone = venue.order(BUY, 100, "98.00")
    venue.order(SELL, 100, "101.00")
    venue.asks(SUBSCRIBE)

    venue.cancel(gone)
    venue.order(BUY, 10, "99.50")
    venue.order(BUY, 30, "101.00")

    assert venue.tells() == [
        (
            "35=X|262=R1|268=5|"
            "279=2|269=0|55=ABC|270=98.00|83=1|"
            "279=0|269=0|55=ABC|270=99.50|271=10|83=2|"
            "279=1|269=1|55=ABC|270=101.00|271=70|83=3|"
            "279=0|269=2|55=ABC|270=101.00|271=30|83=4|"
            "279=1|269=B|55=ABC|271=30|83=5|"
        )
    ]
    venue.order(BUY, 20, "99.50")
    assert venue.tells() == ["35=X|262=R1|268=1|279=1|269=0|55=ABC|270=99.50|271=30|83=6|"]
    assert venue.tells() == []


def test_changes_between_two_ticks_are_one():
    """What came and went in between is not told, what is as it was neither."""
    venue = Venue()
    venue.order(BUY, 100, "99.00")
    venue.asks(SUBSCRIBE)

    venue.cancel(venue.order(BUY, 10, "99.50"))

    assert venue.tells() == []


def test_level_that_comes_into_the_depth_is_new_and_one_that_leaves_it_is_deleted():
    """The other side never has more levels than it has asked for, and never fewer."""
    venue = Venue()
    venue.order(BUY, 100, "99.00")
    venue.order(BUY, 100, "98.00")
    venue.asks(SUBSCRIBE)

    best = venue.order(BUY, 100, "99.50")
    assert venue.tells() == [
        (
            "35=X|262=R1|268=2|279=2|269=0|55=ABC|270=98.00|83=1|"
            "279=0|269=0|55=ABC|270=99.50|271=100|83=2|"
        )
    ]
    venue.cancel(best)
    assert venue.tells() == [
        (
            "35=X|262=R1|268=2|279=2|269=0|55=ABC|270=99.50|83=3|"
            "279=0|269=0|55=ABC|270=98.00|271=100|83=4|"
        )
    ]


def test_several_instruments_share_a_message_and_number_their_entries_apart():
    """One W for each instrument; an X has entries of all of them."""
    venue = Venue()

    answers = venue.asks(SUBSCRIBE.replace("146=1|", "146=2|55=DEF|"))
    venue.order(BUY, 1, "99.00")
    venue.order(BUY, 2, "98.00", "DEF")

    assert answers == [
        "35=W|262=R1|55=DEF|268=1|269=B|271=0|83=0|",
        "35=W|262=R1|55=ABC|268=1|269=B|271=0|83=0|",
    ]
    assert venue.tells() == [
        (
            "35=X|262=R1|268=2|279=0|269=0|55=DEF|270=98.00|271=2|83=1|"
            "279=0|269=0|55=ABC|270=99.00|271=1|83=1|"
        )
    ]


def test_only_the_entry_types_that_were_asked_for_are_told():
    """Who asks for offers alone hears of nothing else."""
    venue = Venue()
    venue.order(SELL, 100, "101.00")

    answer = venue.asks("35=V|262=R1|263=1|264=1|265=1|267=1|269=1|146=1|55=ABC|")
    venue.order(BUY, 30, "101.00")

    assert answer == ["35=W|262=R1|55=ABC|268=1|269=1|270=101.00|271=100|83=0|"]
    assert venue.tells() == ["35=X|262=R1|268=1|279=1|269=1|55=ABC|270=101.00|271=70|83=1|"]


def test_snapshot_alone_is_no_subscription():
    """SubscriptionRequestType 0: one picture, nothing after it, depth 0 the whole book."""
    venue = Venue()
    for price in ("99.00", "98.00", "97.00"):
        venue.order(BUY, 100, price)

    answer = venue.asks("35=V|262=R1|263=0|264=0|267=1|269=0|146=1|55=ABC|")
    venue.order(BUY, 100, "96.00")

    assert answer == [
        (
            "35=W|262=R1|55=ABC|268=3|269=0|270=99.00|271=100|83=0|"
            "269=0|270=98.00|271=100|83=0|269=0|270=97.00|271=100|83=0|"
        )
    ]
    assert venue.tells() == []


def test_snapshot_in_the_middle_is_as_new_as_its_number():
    """What was not told yet comes first, so that what is told afterwards fits the picture."""
    venue = Venue()
    venue.asks(SUBSCRIBE)
    bid = venue.order(BUY, 100, "99.00")

    answers = venue.asks("35=V|262=R2|263=0|264=2|267=1|269=0|146=1|55=ABC|")
    venue.cancel(bid)

    assert answers == [
        "35=X|262=R1|268=1|279=0|269=0|55=ABC|270=99.00|271=100|83=1|",
        "35=W|262=R2|55=ABC|268=1|269=0|270=99.00|271=100|83=1|",
    ]
    assert venue.tells() == ["35=X|262=R1|268=1|279=2|269=0|55=ABC|270=99.00|83=2|"]


def test_who_unsubscribes_hears_no_more():
    """SubscriptionRequestType 2 with the MDReqID ends what it names; the rest goes on."""
    venue = Venue()
    venue.asks(SUBSCRIBE.replace("146=1|", "146=2|55=DEF|"))

    assert venue.asks(SUBSCRIBE.replace("263=1", "263=2")) == []
    venue.order(BUY, 1, "99.00")
    venue.order(BUY, 2, "98.00", "DEF")

    assert venue.tells() == ["35=X|262=R1|268=1|279=0|269=0|55=DEF|270=98.00|271=2|83=1|"]


def test_who_logs_out_has_no_subscription_any_more():
    """After the next logon the same MDReqID may be used, and numbers begin anew."""
    venue = Venue()
    venue.asks(SUBSCRIBE)
    venue.order(BUY, 1, "99.00")
    venue.tells()

    venue.publisher.logged_out()
    venue.order(BUY, 2, "98.00")

    assert venue.tells() == []
    assert "269=0|270=99.00|271=1|83=0|" in venue.asks(SUBSCRIBE)[0]


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (
            SUBSCRIBE.replace("146=1|", "146=2|55=NONE|"),
            "35=Y|262=R2|281=0|58=NONE not traded here|",
        ),
        (
            SUBSCRIBE.replace("263=1", "263=7"),
            "35=Y|262=R2|281=4|58=SubscriptionRequestType 7 is not served here|",
        ),
        (
            SUBSCRIBE.replace("265=1", "265=0"),
            "35=Y|262=R2|281=6|58=only incremental refresh is served here|",
        ),
        (SUBSCRIBE.replace("263=1", "263=2"), "35=Y|262=R2|58=no such subscription|"),
        ("35=V|262=R2|263=1|", ("35=j|45=7|372=V|380=5|58=MarketDataRequest needs MDReqID, "
         "SubscriptionRequestType, MarketDepth and Symbol|")),
        ("35=R|131=1|", "35=j|45=7|372=R|380=3|58=R is not served here|"),
    ],
)  # fmt: skip
def test_request_that_is_not_served(request_, answer):
    """It is refused as a whole, with the reason, and nothing is told after it."""
    venue = Venue()

    assert venue.asks(request_.replace("R1", "R2")) == [answer]
    venue.order(BUY, 1, "99.00")
    assert venue.tells() == []


def test_request_id_that_is_in_use_is_refused():
    """MDReqRejReason 1; the subscription goes on."""
    venue = Venue()
    venue.asks(SUBSCRIBE)

    assert venue.asks(SUBSCRIBE) == ["35=Y|262=R1|281=1|58=MDReqID is in use|"]
    venue.order(BUY, 1, "99.00")
    assert len(venue.tells()) == 1


def test_many_changes_go_in_several_messages():
    """No message has more than 100 entries."""
    venue = Venue()
    venue.asks(SUBSCRIBE.replace("264=2", "264=0"))

    for cents in range(120):
        venue.order(BUY, 1, 90 + Decimal(cents) / 100)

    assert [message.split("|279=")[0] for message in venue.tells()] == [
        "35=X|262=R1|268=100",
        "35=X|262=R1|268=20",
    ]


@pytest.mark.parametrize("version", ["FIX.4.2", "FIX.4.4", "FIX.5.0SP2"])
def test_what_is_published_is_valid_in_its_version(version):
    """W, X and Y pass the dictionary with the tolerance that there is for venues."""
    begin = "FIXT.1.1" if version == "FIX.5.0SP2" else version
    dictionary = load_dictionary(begin, version if begin == "FIXT.1.1" else None)
    validator = Validator(dictionary, OF_VENUES)
    venue = Venue(version)
    venue.order(SELL, 100, "101.00")
    venue.order(BUY, 10, "101.00")

    request = raw(OF_42 if version == "FIX.4.2" else SUBSCRIBE)
    messages = venue.publisher.received(request, NOW) + venue.publisher.received(request, NOW)
    venue.order(BUY, 10, "101.00")
    messages += venue.publisher.tick()

    assert [message.msg_type for message in messages] == ["W", "Y", "X"]
    for message in messages:
        assert judged(message, begin, dictionary, validator) is None


def judged(message, begin, dictionary, validator):
    wire = to_wire(begin, message.msg_type, HEADER, message.fields)
    return validator.check(parse(wire, dictionary.data_tags))


def test_fix42_tells_the_total_its_own_way():
    """TotalVolumeTraded, for FIX 4.2 has no entry of what was traded in all."""
    venue = Venue("FIX.4.2")
    venue.order(SELL, 100, "101.00")

    picture = venue.asks(OF_42)
    venue.order(BUY, 40, "101.00")

    assert picture == ["35=W|262=R1|55=ABC|387=0|268=1|269=1|270=101.00|271=100|83=0|"]
    assert venue.tells() == [
        (
            "35=X|262=R1|268=2|279=1|269=1|55=ABC|270=101.00|271=60|83=1|"
            "279=0|269=2|55=ABC|270=101.00|271=40|387=40|83=2|"
        )
    ]


def test_fix50_says_when_the_picture_was_taken():
    """LastUpdateTime is required there."""
    answer = Venue("FIX.5.0SP2").asks(SUBSCRIBE)

    assert answer == ["35=W|262=R1|55=ABC|779=20231114-22:13:20.123|268=1|269=B|271=0|83=0|"]


def test_book_of_the_other_side_is_that_of_the_exchange():
    """Whoever applies the entries to the picture has the exchange's own levels at any time."""
    venue = Venue(levels=5, step_bp=Decimal(1), level_notional=Decimal(20_000), replenish_ms=1)
    depth = SUBSCRIBE.replace("264=2", "264=3")
    book = {}
    for message in venue.publisher.received(raw(depth), NOW):
        apply(book, message)
    random = Random(5)
    for step in range(60):
        price = f"{100 + random.randint(-4, 4) / 100:.2f}"
        venue.order(random.choice((BUY, SELL)), random.randint(1, 500), price)
        if step % 3 == 0:
            venue.exchange.tick(NOW + step * 1_000_000)
        for message in venue.publisher.tick():
            apply(book, message)
        for kind, side in (("0", BUY), ("1", SELL)):
            told = {price: size for (each, price), size in book.items() if each == kind}
            assert told == dict(venue.exchange.book("ABC").depth(side, 3))


def apply(book: dict[tuple[str, Decimal], Decimal], message: Message) -> None:
    """Take bids and offers of W or X into a book."""
    entry: dict[int, str] = {}
    first = 279 if message.msg_type == "X" else 269
    for tag, value in [*message.fields, (first, b"")]:
        if tag == first and entry.get(269) in ("0", "1"):
            key = (entry[269], Decimal(entry[270]))
            if entry.get(279) == "2":
                del book[key]
            else:
                assert (key in book) == (entry.get(279) == "1")
                book[key] = Decimal(entry[271])
        if tag == first:
            entry = {}
        entry[tag] = value.decode()
