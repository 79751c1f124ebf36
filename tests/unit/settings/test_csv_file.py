from decimal import Decimal

import pytest

from oms_fix.model.enums import AssetClass, InstrumentStatus, Rating
from oms_fix.model.instruments import Instrument
from oms_fix.settings.csv_file import read_csv

HEADER = "symbol,asset_class,currency,price,name\n"


@pytest.fixture
def read(tmp_path):
    """Reads a text as instruments; returns the table and the problems as (line, text)."""

    def reader(content):
        path = tmp_path / "instruments.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        problems = []
        table = read_csv(path, Instrument, problems)
        return table, [(problem.line, problem.text) for problem in problems]

    return reader


def test_a_row_becomes_its_type(read):
    """Each row is one Struct; an empty cell stands for the default."""
    table, problems = read(HEADER + "AAPL,equity,USD,228.50,\n")
    assert problems == []
    assert [row.value for row in table.rows] == [
        Instrument("AAPL", AssetClass.EQUITY, "USD", Decimal("228.50"))
    ]


def test_what_spreadsheets_write_is_read(read):
    """A byte order mark, CRLF, quotes, blank lines and blanks around cells are no problem."""
    table, problems = read(
        b"\xef\xbb\xbf" + HEADER.encode() + b'\r\nA, equity ,USD,1,"Able, Inc."\r\n,,,,\r\n'
    )
    assert problems == []
    assert [row.value.name for row in table.rows] == ["Able, Inc."]


def test_cells_of_every_kind_are_read(read):
    """Ratings, amounts that need not be there, statuses, and the truth as spreadsheets have it."""
    table, problems = read(
        "symbol,asset_class,currency,price,rating,outstanding,status,easy_to_borrow,uptick\n"
        "A,corporate_bond,USD,99,BBB+,3_000_000.50,halted,TRUE,false\n"
        "B,equity,USD,1,,,,,\n"
    )
    assert problems == []
    bond, share = (row.value for row in table.rows)
    assert bond == Instrument(
        "A", AssetClass.CORPORATE_BOND, "USD", Decimal(99), rating=Rating.BBB_PLUS,
        outstanding=Decimal("3000000.50"), status=InstrumentStatus.HALTED, easy_to_borrow=True,
    )  # fmt: skip
    assert share == Instrument("B", AssetClass.EQUITY, "USD", Decimal(1))


def test_lines_are_counted_through_cells_of_several_lines(read):
    """The line of a row is the one it begins on."""
    table, problems = read(HEADER + 'A,equity,USD,1,"two\nlines"\nB,equity,USD,x,\n')
    assert [row.line for row in table.rows] == [2]
    assert problems == [(4, "price is 'x', which is no number; allowed: a number such as 2500.75")]


def test_all_problems_of_a_file_are_reported(read):
    """Each faulty cell is a problem of its own; the good rows are there, and all symbols."""
    table, problems = read(HEADER + "A,share,USD,x,\nB,equity,USD,1,\n,equity,USD,1\nD\n")
    assert [row.value.symbol for row in table.rows] == ["B"]
    assert {"A", "B", "D"} <= table.columns["symbol"]
    assert problems == [
        (
            2,
            "asset_class is 'share'; allowed: equity, corporate_bond, treasury, future, option, fx",
        ),
        (2, "price is 'x', which is no number; allowed: a number such as 2500.75"),
        (4, "row has 4 cells; allowed: 5 as in the header"),
        (5, "row has 1 cells; allowed: 5 as in the header"),
    ]


def test_without_a_good_header_no_row_is_read(read):
    """Cells under unknown columns would only be guessed at."""
    table, problems = read("symbol,asset_class,curency,price\nA,x,y,z\n")
    choices = (
        "symbol, asset_class, currency, price, name, security_id, security_id_source, tick_size, "
        "lot_size, fx_rate, market, multiplier, issuer, sector, country, rating, maturity, "
        "outstanding, average_daily_volume, status, easy_to_borrow, threshold, uptick, hedges"
    )
    assert table is None
    assert problems == [
        (1, f"unknown column 'curency'; did you mean currency? allowed: {choices}"),
        (1, "missing column 'currency'; allowed: all of symbol, asset_class, currency, price"),
    ]
