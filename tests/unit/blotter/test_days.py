from datetime import date

import pytest
from click.testing import CliRunner
from desk import terms
from recorded_desk import RecordedDesk, a_day

from oms_fix.blotter.biography import biography
from oms_fix.blotter.queries import Blotter, OrderFilter
from oms_fix.blotter.read_model import beside
from oms_fix.cli.main import main
from oms_fix.journal.archive import archive
from oms_fix.journal.records import StoreError

DAYS = ["2026-11-20", "2026-11-23"]


@pytest.fixture
def desk(tmp_path):
    """A desk with a day behind it."""
    recorded = RecordedDesk(tmp_path / "oms.db")
    a_day(recorded)
    yield recorded
    recorded.close()


def cl_ord_ids(blotter):
    return [row.cl_ord_id for row in blotter.orders(OrderFilter())]


def content(blotter):
    """Return all that the tables hold."""
    return (
        blotter.orders(OrderFilter()),
        blotter.executions(OrderFilter()),
        blotter.positions(),
        blotter.sessions(),
    )


def two_more_days(desk):
    """End two days, with something on each."""
    for number, day in enumerate(DAYS):
        desk.fill(5, cl_ord_id="OPEN", exec_id=f"LATER{number}")
        desk.end_day(day)
        desk.new(f"NEW{number}", terms(10))


def test_an_open_blotter_follows_to_the_next_file(desk):
    """What was there stays, what comes is added; it is the same as if it were read anew."""
    with Blotter.open(desk.journal.path) as blotter:
        before = cl_ord_ids(blotter)
        two_more_days(desk)
        blotter.refresh()
        assert cl_ord_ids(blotter) == [*before, "NEW0", "NEW1"]
        followed = content(blotter)
    beside(desk.journal.path).unlink()
    archive(desk.journal.path, date(2026, 11, 30), 8, 1_000)
    with Blotter.open(desk.journal.path) as blotter:
        assert content(blotter) == followed


def test_a_blotter_that_comes_late_reads_what_it_missed(desk):
    """Days may have ended since the last look."""
    Blotter.open(desk.journal.path).close()
    two_more_days(desk)
    with Blotter.open(desk.journal.path) as blotter:
        late = content(blotter)
    beside(desk.journal.path).unlink()
    with Blotter.open(desk.journal.path) as blotter:
        assert content(blotter) == late


def test_a_snapshot_stays_in_its_file(desk):
    """Inside of a snapshot nothing changes, even if the day ends; after it the reader follows."""
    with Blotter.open(desk.journal.path) as blotter:
        reader = blotter.reader
        with reader.snapshot():
            before = len(reader.events(0, 10_000))
            two_more_days(desk)
            assert len(reader.events(0, 10_000)) == before
        assert len(reader.events(0, 10_000)) > before


def test_a_biography_goes_over_days(desk):
    """An order that lived for days is told from its first day on."""
    two_more_days(desk)
    with Blotter.open(desk.journal.path) as blotter:
        told = biography(blotter, blotter.find_order("OPEN"))
    assert [each.venue_exec_id for each in told.executions] == ["FIRST", "LATER0", "LATER1"]


def test_one_day(desk):
    """``--day`` shows what is in the file of that day, compressed or not."""
    two_more_days(desk)
    for _ in range(2):
        with Blotter.open(desk.journal.path, day=DAYS[1]) as blotter:
            assert cl_ord_ids(blotter) == ["NEW0"]
        archive(desk.journal.path, date(2026, 11, 30), 1, 1_000)
    with pytest.raises(StoreError, match=r"no file of the trading day 2026-11-21; the last ones: "):
        Blotter.open(desk.journal.path, day="2026-11-21")


def test_option(desk):
    """The commands that read the store have it."""
    two_more_days(desk)
    arguments = ["orders", "--store", str(desk.journal.path), "--day", DAYS[1]]
    done = CliRunner().invoke(main, arguments)
    assert "NEW0" in done.output
    assert "OPEN" not in done.output
