import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_demo_answers_every_order_and_its_ledgers_agree(tmp_path):
    """The demo ends well: 850 orders answered, fills equal at venues, in the store, at clients.

    It tells how many were routed on live books, and shows how one of these was.
    """
    command = [sys.executable, "-m", "oms_fix"]
    arguments = ["simulate", "rebalance", "--work", str(tmp_path / "work")]

    done = subprocess.run(
        [*command, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "850 of 850 sent, 850 answered, 850 final" in done.stdout
    line = r"^fills: venues (\d+) = store (\d+) = clients (\d+)$"
    fills = re.search(line, done.stdout, re.MULTILINE)
    assert fills is not None
    assert len(set(fills.groups())) == 1
    assert int(fills[1]) > 850
    assert "all equal" in done.stdout
    on_books = re.search(
        r"^(\d+) of 841 orders were routed on live books", done.stdout, re.MULTILINE
    )
    assert on_books is not None
    assert int(on_books[1]) > 400
    assert "strategy sweep; version" in done.stdout
    assert "What is left then: route us-equity, post." in done.stdout
    for reason in ("DUPLICATE_CL_ORD_ID", "ORDER_NOTIONAL_LIMIT", "ORDER_QTY_LIMIT", "RESTRICTED"):
        assert reason in done.stdout
