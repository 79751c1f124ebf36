"""A trading day ends while the router runs."""

import signal
import sqlite3
import time
from contextlib import closing

import pytest
from live_router import PATIENCE_S, Client, Router, Venue

from oms_fix.daemon.trading_day import end_of_day
from oms_fix.journal.verify import verify_all
from oms_fix.model.markets import Weekday
from oms_fix.settings.trading_day import TradingDay

NS_PER_S = 1_000_000_000


@pytest.fixture
def day():
    """The trading day that ends in some seconds."""
    end = time.gmtime(time.time() + 6)
    settings = TradingDay(time.strftime("%H:%M:%S", end), "UTC", tuple(Weekday))
    return settings, end_of_day(settings, time.time_ns())[0]


@pytest.fixture
def router(tmp_path, day):
    """A router whose day ends soon, started."""
    process = Router(tmp_path)
    end_soon(process, day[0])
    process.start()
    yield process
    process.stop()


def end_soon(router, settings):
    """Have the trading day of a router end as the settings say."""
    text = router.config.read_text().rstrip().removesuffix("}")
    weekdays = ", ".join(settings.weekdays)
    router.config.write_text(
        f"{text}, trading_day: {{end: '{settings.end}', weekdays: [{weekdays}]}}}}\n"
    )


def wait_for(path):
    """Wait until a file is there."""
    end = time.monotonic() + PATIENCE_S
    while not path.exists():
        assert time.monotonic() < end, f"waited in vain for {path}"
        time.sleep(0.05)


def test_orders_and_sessions_go_on(router, day):
    """An open order can be canceled on the next day, whatever was killed; no number is lost."""
    venue = Venue(router)
    venue.log_on()
    client = Client(router)
    client.log_on()
    client.order("X")
    client.expect("8", t11="X", t150="0")
    child = venue.expect("D", t38="100").text(11)
    venue.report(child, "0", "0")
    ended = router.folder / f"oms-{day[1]}.db"
    wait_for(ended)
    client.order("Y")
    client.expect("8", t11="Y", t150="0")
    venue.expect("D", t38="100")
    router.end(signal.SIGKILL)
    router.start()
    venue.log_on()
    for _ in range(2):  # both orders are asked for after the restart, the one of yesterday, too
        venue.tell()
    client.log_on()
    client.cancel("Z", "X")
    client.expect("8", t11="Z", t41="X", t150="6")
    venue.expect("F", t41=child)
    client.expect_nothing_more()
    venue.expect_nothing_more()
    assert router.end(signal.SIGTERM) == 0
    venue.close()
    client.drop()
    found = verify_all(router.store, lambda *_: None)
    assert [(each.store, each.problems) for each in found] == [(ended.name, ()), ("oms.db", ())]
    with closing(sqlite3.connect(router.store)) as store:
        rows = store.execute("select distinct epoch from messages").fetchall()
    assert rows == [(0,)]


def test_an_order_of_several_days_is_restated(tmp_path, day):
    """By agreement: once the day has ended its client is told what is left for the new one."""
    router = Router(tmp_path)
    agreement = "clients: [{session: CLIENT, gt_orders: restate}]\n"
    routing = tmp_path / "routing.yaml"
    routing.write_text(agreement + routing.read_text())
    end_soon(router, day[0])
    router.start()
    venue, client = Venue(router), Client(router)
    venue.log_on()
    client.log_on()
    client.order("X", time_in_force=1)
    client.expect("8", t11="X", t150="0", t424="100")
    child = venue.expect("D", t59="1").text(11)
    venue.report(child, "0", "0")
    venue.report(child, "F", "1", 30)
    client.expect("8", t11="X", t150="F", t424="100", t425="30", t426="250")
    restated = {"t151": "70", "t14": "30", "t424": "70", "t425": "0", "t426": "0"}
    client.expect("8", t11="X", t150="D", t378="1", t39="1", **restated)
    venue.report(child, "F", "1", 20)
    client.expect("8", t11="X", t150="F", t14="50", t424="70", t425="20", t426="250")
    client.expect_nothing_more()
    assert router.end(signal.SIGTERM) == 0
    venue.close()
    client.drop()
    found = verify_all(router.store, lambda *_: None)
    assert [each.problems for each in found] == [(), ()]
