import asyncio
from pathlib import Path

import pytest

from oms_fix.simulator.client import Client, client_ledger
from oms_fix.simulator.configuration import load_simulator
from oms_fix.simulator.ledger import read_ledger
from oms_fix.simulator.rebalance import free_ports
from oms_fix.simulator.venues import Venues, venue_ledger

INSTRUMENTS = """\
symbol,asset_class,currency,price,name,security_id,security_id_source,tick_size,lot_size,fx_rate
AAPL,equity,USD,227.52,Apple Inc.,US0378331005,4,0.01,1,1
UST4.5-2033,treasury,USD,101.015625,US Treasury,91282CJJ1,1,0.0078125,1000,1
"""

ORDERS = """\
client,cl_ord_id,account,symbol,side,order_qty,ord_type,price,time_in_force,group
BUYER,O-1,A1,AAPL,BUY,100,MARKET,,DAY,G1
BUYER,O-2,A1,AAPL,BUY,5000,LIMIT,230.00,IMMEDIATE_OR_CANCEL,G1
BUYER,O-3,A1,AAPL,BUY,200,LIMIT,200.00,DAY,G1
BUYER,O-4,A1,TYPO,BUY,200,LIMIT,200.00,DAY,G1
BUYER,O-1,A1,AAPL,BUY,100,MARKET,,DAY,G1
OTHER,O-1,A1,AAPL,BUY,100,MARKET,,DAY,G1
BUYER,O-6,A1,UST4.5-2033,BUY,40000,LIMIT,90.00,DAY,G2
BUYER,O-7,A1,UST4.5-2033,SELL,40000,MARKET,,DAY,G2
"""

SIMULATOR = """\
instruments: instruments.csv
venue_sessions: venue.cfg
client_sessions: client.cfg
venues:
  VENUE:
    kind: {kind}
    delay_ms: 1
client:
  orders_per_second: 1000
  work_after_ms: 40
  give_up_after_ms: 80
  cancel_percent: {cancel_percent}
"""

SESSION = """\
[SESSION]
BeginString={version}
{default_appl_ver_id}
SenderCompID={sender}
TargetCompID={target}
HeartBtInt=30
{role}
"""


def folder_of(path: Path, kind: str, version: str, cancel_percent: int) -> Path:
    """A simulator.yaml whose client is connected straight to its venue."""
    (port,) = free_ports(1)
    begin_string, _, application = version.partition("/")
    default = f"DefaultApplVerID={application}" if application else ""
    common = {"version": begin_string, "default_appl_ver_id": default}
    dials = f"ConnectionType=initiator\nSocketConnectHost=127.0.0.1\nSocketConnectPort={port}"
    listens = f"ConnectionType=acceptor\nSocketAcceptHost=127.0.0.1\nSocketAcceptPort={port}"
    (path / "venue.cfg").write_text(
        SESSION.format(**common, sender="BUYER", target="VENUE", role=dials)
    )
    (path / "client.cfg").write_text(
        SESSION.format(**common, sender="VENUE", target="BUYER", role=listens)
    )
    (path / "instruments.csv").write_text(INSTRUMENTS)
    (path / "orders.csv").write_text(ORDERS)
    text = SIMULATOR.format(kind=kind, cancel_percent=cancel_percent)
    (path / "simulator.yaml").write_text(text)
    return path


async def trade(folder: Path) -> bool:
    config = load_simulator(folder / "simulator.yaml")
    stop = asyncio.Event()
    venues = Venues(config, folder, folder)
    serving = asyncio.create_task(venues.run(stop))
    await asyncio.wait_for(venues.started.wait(), 10.0)
    client = Client("BUYER", config, folder, folder / "orders.csv", folder)
    is_finished = await client.run(asyncio.Event(), 20.0)
    stop.set()
    await serving
    return is_finished


def fills(path: Path) -> list[tuple[str, str, str, object, object]]:
    return sorted(
        (entry.order, entry.cl_ord_id, entry.exec_id, entry.qty, entry.px)
        for entry in read_ledger(path)
        if entry.kind == "fill"
    )


@pytest.mark.parametrize("version", ["FIX.4.2", "FIX.4.4", "FIXT.1.1/FIX.5.0SP2"])
@pytest.mark.parametrize(
    ("kind", "cancel_percent"), [("exchange", 0), ("dealer", 0), ("exchange", 100)]
)
def test_every_order_ends_and_both_ledgers_agree(tmp_path, version, kind, cancel_percent):
    """A client's orders at a venue all become final, and both wrote down the same fills."""
    folder = folder_of(tmp_path, kind, version, cancel_percent)

    assert asyncio.run(trade(folder))

    entries = read_ledger(client_ledger(folder, "BUYER"))
    finals = {entry.row: entry for entry in entries if entry.kind == "final"}
    assert sorted(finals) == [1, 2, 3, 4, 5, 7, 8]
    assert finals[1].text == "filled"
    assert finals[4].text == "rejected: TYPO is not traded here"
    assert finals[5].text == "rejected: ClOrdID was used before"
    worked = "canceled" if cancel_percent else "filled"
    assert (finals[3].text, finals[7].text) == (worked, worked)
    assert not {"duplicate_fill", "unknown_order", "wrong_quantity", "message_rejected"} & {
        entry.kind for entry in entries
    }
    heard = fills(client_ledger(folder, "BUYER"))
    assert heard
    assert heard == fills(venue_ledger(folder, "VENUE"))
