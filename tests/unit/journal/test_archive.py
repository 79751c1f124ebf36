import gzip
from datetime import date

import pytest
from click.testing import CliRunner
from desk import CLIENT
from recorded_desk import RecordedDesk, a_day

from oms_fix.cli.main import main
from oms_fix.journal import archive as archive_module
from oms_fix.journal.archive import archive
from oms_fix.journal.days import days_of, open_read_only
from oms_fix.journal.verify import verify_all

DAYS = ["2026-11-20", "2026-11-23", "2026-11-24"]
TODAY = date(2026, 11, 30)


@pytest.fixture
def desk(tmp_path):
    """A desk with three days behind it."""
    recorded = RecordedDesk(tmp_path / "oms.db")
    a_day(recorded)
    for day in DAYS:
        recorded.end_day(day)
        recorded.ask_status("OPEN")
    yield recorded
    recorded.close()


def names(desk):
    """Return the files of earlier days."""
    found = desk.journal.path.parent.glob("oms-*")
    return sorted(path.name for path in found if path.suffix in (".db", ".gz"))


def test_old_files_are_compressed_and_older_ones_deleted(desk):
    """Age counts from the day of the file; the file of now and the lock are left alone."""
    done = archive(desk.journal.path, TODAY, 6, 9)
    assert (done.compressed, done.deleted) == (("2026-11-23",), ("2026-11-20",))
    assert names(desk) == ["oms-2026-11-23.db.gz", "oms-2026-11-24.db"]
    assert archive(desk.journal.path, TODAY, 6, 9) == archive_module.Archived((), ())
    assert days_of(desk.journal.path) == ["2026-11-23", "2026-11-24"]


def test_messages_are_found_in_compressed_files(desk):
    """A resend does not care, and leaves nothing behind."""
    before = desk.journal.sent(CLIENT, 0, 1, 10_000)
    archive(desk.journal.path, TODAY, 5, 1_000)
    assert names(desk) == [f"oms-{day}.db.gz" for day in DAYS]
    assert desk.journal.sent(CLIENT, 0, 1, 10_000) == before
    assert names(desk) == [f"oms-{day}.db.gz" for day in DAYS]


def test_messages_of_deleted_files_are_not_there(desk):
    """What is left is found."""
    count = len(desk.journal.sent(CLIENT, 0, 1, 10_000))
    archive(desk.journal.path, TODAY, 5, 9)
    left = desk.journal.sent(CLIENT, 0, 1, 10_000)
    assert 0 < len(left) < count


def test_the_chain_is_verified_over_all_files(desk):
    """Compressed or not, each is as it was written and hands over what the next begins with."""
    archive(desk.journal.path, TODAY, 6, 1_000)
    found = verify_all(desk.journal.path, lambda *_: None)
    assert [each.store for each in found] == [*(f"oms-{day}.db" for day in DAYS), "oms.db"]
    assert [each.problems for each in found] == [()] * 4
    archive(desk.journal.path, TODAY, 5, 9)
    assert len(verify_all(desk.journal.path, lambda *_: None)) == 3


def test_what_sqlite_has_beside_a_file_is_compressed_with_it(desk):
    """A reader may have kept the last commits of a day from its main file."""
    path = desk.journal.path
    reader = open_read_only(path)
    reader.execute("begin")
    reader.execute("select count(*) from events").fetchone()
    desk.ask_status("OPEN")
    desk.end_day("2026-11-25")
    reader.close()
    assert path.with_name("oms-2026-11-25.db-wal").exists()
    archive(path, TODAY, 4, 1_000)
    assert names(desk) == [f"oms-{day}.db.gz" for day in [*DAYS, "2026-11-25"]]
    assert not path.with_name("oms-2026-11-25.db-wal").exists()
    found = verify_all(path, lambda *_: None)
    assert [each.problems for each in found] == [()] * 5


def test_a_file_that_cannot_be_compressed_stays(desk, monkeypatch):
    """The file goes only when the compressed one is there."""

    def fail(*_):
        raise OSError("disk full")

    before = names(desk)
    with monkeypatch.context() as patched:
        patched.setattr(archive_module.shutil, "copyfileobj", fail)
        with pytest.raises(OSError, match="disk full"):
            archive(desk.journal.path, TODAY, 5, 1_000)
    assert names(desk) == before
    archive(desk.journal.path, TODAY, 5, 1_000)
    assert names(desk) == [f"oms-{day}.db.gz" for day in DAYS]


def test_command(desk):
    """``oms-fix archive`` goes by the configuration, and says what it did."""
    path = desk.journal.path
    config = path.with_name("oms.yaml")
    config.write_text("{store: oms.db, retention: {compress_after_days: 1}}")
    for name in names(desk):
        path.with_name(name).rename(path.with_name(name.replace("2026-11", "2016-11")))
    path.with_name("oms-2016-11-24.db").rename(path.with_name("oms-2017-06-01.db"))
    config.write_text("{store: oms.db, retention: {delete_after_days: 36500}}")
    done = CliRunner().invoke(main, ["archive", "--config", str(config)])
    compressed = "compressed: 2016-11-20, 2016-11-23, 2017-06-01\n"
    assert done.output == f"{compressed}deleted: nothing\n"
    with gzip.open(path.with_name("oms-2017-06-01.db.gz")) as file:
        assert file.read(15) == b"SQLite format 3"
