import pytest

from oms_fix.journal.reserve import DiskReserve

SIZE = 1_000_000


@pytest.fixture
def reserve(tmp_path):
    return DiskReserve(tmp_path / "oms.db", SIZE)


def test_a_reserve_that_is_taken_has_its_blocks(reserve):
    """It is whole, and takes room on the disk, not only a length."""
    assert not reserve.is_whole
    reserve.take()
    assert reserve.is_whole
    status = reserve.path.stat()
    assert (status.st_size, status.st_blocks * 512 >= SIZE) == (SIZE, True)


def test_a_reserve_that_is_given_up_is_gone(reserve):
    """Its file too; giving it up twice does no harm."""
    reserve.take()
    reserve.give_up()
    reserve.give_up()
    assert (reserve.is_whole, reserve.path.exists()) == (False, False)


def test_a_reserve_of_another_size_is_not_whole(reserve, tmp_path):
    """The configuration was changed: it is taken anew."""
    reserve.take()
    smaller = DiskReserve(tmp_path / "oms.db", SIZE // 2)
    assert not smaller.is_whole
    smaller.take()
    assert smaller.path.stat().st_size == SIZE // 2
