"""A market closes while the router runs."""

import signal
import time

import pytest
from live_router import Client, Router, Venue

from oms_fix.journal.verify import verify_all

_MARKETS = """\
markets:
  - id: XNYS
    time_zone: UTC
    close: '{close}'
    weekdays: [Mon, Tue, Wed, Thu, Fri, Sat, Sun]
    patience_seconds: 1
"""


@pytest.fixture
def router(tmp_path):
    """A router for a market that closes in some seconds, started."""
    process = Router(tmp_path)
    close = time.strftime("%H:%M:%S", time.gmtime(time.time() + 6))
    (tmp_path / "markets.yaml").write_text(_MARKETS.format(close=close))
    instruments = "symbol,asset_class,currency,price,market\nIBM,equity,USD,250,XNYS\n"
    (tmp_path / "instruments.csv").write_text(instruments)
    text = process.config.read_text().rstrip().removesuffix("}")
    process.config.write_text(f"{text}, markets: markets.yaml}}\n")
    process.start()
    yield process
    process.stop()


def test_an_order_of_the_day_ends_when_its_venue_has_let_go(router):
    """The router is killed after the close: the venue is asked once, and the client told once."""
    venue = Venue(router)
    venue.log_on()
    client = Client(router)
    client.log_on()
    client.order("DAY")
    client.expect("8", t11="DAY", t150="0")
    day = venue.expect("D", t59="0").text(11)
    venue.report(day, "0", "0")
    client.order("GTC", time_in_force=1)
    client.expect("8", t11="GTC", t150="0", t424="100", t425="0", t426="0")
    gtc = venue.expect("D", t59="1").text(11)
    venue.report(gtc, "0", "0")
    cancel = venue.expect("F", t41=day).text(11)
    router.end(signal.SIGKILL)
    router.start()
    venue.log_on()
    for _ in range(2):
        venue.tell()
    client.log_on()
    venue.report(day, "F", "1", 30)
    client.expect("8", t11="DAY", t150="F", t39="1", t14="30")
    venue.report(cancel, "4", "4", 30, orig_cl_ord_id=day)
    client.expect("8", t11="DAY", t41=None, t150="C", t39="C", t14="30", t151="0")
    time.sleep(2.5)  # longer than the venues' time after the start: nobody is asked again
    client.expect_nothing_more()
    venue.expect_nothing_more()
    assert router.end(signal.SIGTERM) == 0
    venue.close()
    client.drop()
    found = verify_all(router.store, lambda *_: None)
    assert [(each.store, each.problems) for each in found] == [("oms.db", ())]
