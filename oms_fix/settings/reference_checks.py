"""What types cannot say of instruments and accounts."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from oms_fix.model.enums import AssetClass
from oms_fix.model.instruments import Account, Instrument
from oms_fix.settings.csv_file import Table
from oms_fix.settings.problems import Problem
from oms_fix.settings.references import Known, refer
from oms_fix.settings.security_ids import problem_with_security_id
from oms_fix.settings.times import is_date
from oms_fix.settings.yaml_file import Document

_POSITIVE = (
    "price", "tick_size", "lot_size", "fx_rate", "multiplier", "outstanding",
    "average_daily_volume",
)  # fmt: skip


def check_instruments(
    table: Table[Instrument],
    base_currency: str | None,
    markets: Known | None,
    problems: list[Problem],
) -> None:
    """Check what could be read of instruments.csv; what is not known is None."""
    if not table.rows and not table.columns["symbol"]:
        text = "no instruments; allowed: at least one row below the header"
        problems.append(Problem(table.path, 1, text))
    first: dict[str, int] = {}
    for row in table.rows:
        symbol = row.value.symbol
        if symbol in first:
            where = f"it is on line {first[symbol]} already"
            text = f"duplicate symbol {symbol!r}, {where}; allowed: each symbol once"
            problems.append(Problem(table.path, row.line, text))
        first.setdefault(symbol, row.line)
        problem = refer(row.value.market, "market", markets) if row.value.market else None
        if problem is not None:
            problems.append(Problem(table.path, row.line, problem))
        problems.extend(
            Problem(table.path, row.line, text)
            for text in _instrument_problems(row.value, base_currency)
        )


def _instrument_problems(instrument: Instrument, base_currency: str | None) -> Iterator[str]:
    for name in _POSITIVE:
        value: Decimal | None = getattr(instrument, name)
        if value is not None and value <= 0:
            yield f"{name} is {value}; allowed: a number above 0"
    if re.fullmatch("[A-Z]{3}", instrument.currency) is None:
        yield f"currency is {instrument.currency!r}; allowed: an ISO 4217 code such as USD"
    elif instrument.currency == base_currency and instrument.fx_rate != 1:
        yield f"fx_rate is {instrument.fx_rate} for the base currency {base_currency}; allowed: 1"
    problem = problem_with_security_id(instrument.security_id, instrument.security_id_source)
    if problem is not None:
        yield problem
    yield from _description_problems(instrument)


def _description_problems(instrument: Instrument) -> Iterator[str]:
    """Yield what is wrong with what checks ask about an instrument."""
    if instrument.country and re.fullmatch("[A-Z]{2}", instrument.country) is None:
        yield f"country is {instrument.country!r}; allowed: an ISO 3166 code such as US"
    if instrument.hedges and re.fullmatch("[A-Z]{3}", instrument.hedges) is None:
        yield f"hedges is {instrument.hedges!r}; allowed: an ISO 4217 code such as EUR"
    if instrument.maturity and not is_date(instrument.maturity):
        yield f"maturity is {instrument.maturity!r}; allowed: a date such as 2033-08-15"
    if instrument.rating is not None and not instrument.asset_class.price_is_percent:
        bonds = ", ".join(each.value for each in AssetClass if each.price_is_percent)
        rated = f"rating is {instrument.rating.value} for asset_class {instrument.asset_class}"
        yield f"{rated}; allowed: ratings of {bonds}"


def check_accounts(document: Document[Any], clients: Known | None, problems: list[Problem]) -> None:
    """Check what could be read of accounts.yaml; ``clients`` is None if not known."""
    first: dict[str, int] = {}
    accounts: tuple[Account, ...] = document.fields.get("accounts", ())
    for account, mark in zip(accounts, document.mark.at("accounts").items, strict=True):

        def note(line: int, text: str | None) -> None:
            if text is not None:
                problems.append(Problem(document.path, line, text))

        line = mark.at("id").line
        if not account.id:
            note(line, "id is empty; allowed: text")
        if account.id in first:
            where = f"it is on line {first[account.id]} already"
            note(line, f"duplicate account {account.id!r}, {where}; allowed: each account once")
        first.setdefault(account.id, line)
        for key in ("value", "cash"):
            amount = getattr(account, key)
            if amount is not None and amount < 0:
                text = f"{key} of {account.id} is {amount}; allowed: 0 or more"
                note(mark.at(key).line, text)
        for client, item in zip(account.clients, mark.at("clients").items, strict=True):
            note(item.line, refer(client, "client", clients))
