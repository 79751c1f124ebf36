"""What types cannot say of markets: dates that are in no calendar, names that are there twice."""

from collections.abc import Iterator
from typing import Any

from oms_fix.model.markets import Market
from oms_fix.settings.problems import Problem
from oms_fix.settings.times import is_date
from oms_fix.settings.trading_day import time_zone_problem
from oms_fix.settings.yaml_file import Document, Mark


def check_markets(document: Document[Any], problems: list[Problem]) -> None:
    """Check what could be read of markets.yaml."""
    first: dict[str, int] = {}
    markets: tuple[Market, ...] = document.fields.get("markets", ())
    for market, mark in zip(markets, document.mark.at("markets").items, strict=True):
        line = mark.at("id").line
        if market.id in first:
            where = f"it is on line {first[market.id]} already"
            text = f"duplicate market {market.id!r}, {where}; allowed: each market once"
            problems.append(Problem(document.path, line, text))
        first.setdefault(market.id, line)
        problems.extend(
            Problem(document.path, line, text) for line, text in _market_problems(market, mark)
        )


def _market_problems(market: Market, mark: Mark) -> Iterator[tuple[int, str]]:
    """Yield what is wrong with a market, each problem with its line."""
    problem = time_zone_problem(market.time_zone)
    if problem is not None:
        yield mark.at("time_zone").line, problem
    holidays, half_days = mark.at("holidays").items, mark.at("half_days")
    named = [
        *zip(market.holidays, (item.line for item in holidays), strict=True),
        *((day, half_days.at(day).line) for day in market.half_days),
    ]
    first: dict[str, int] = {}
    for day, line in named:
        if not is_date(day):
            yield line, f"{day!r} is no date; allowed: a day such as 2026-12-25"
        elif day in first:
            where = f"it is on line {first[day]} already"
            yield line, f"duplicate date {day}, {where}; allowed: each date once"
        first.setdefault(day, line)
    yield from _hours_problems(market, mark)


def _hours_problems(market: Market, mark: Mark) -> Iterator[tuple[int, str]]:
    """Yield what is wrong with the hours of a market; an ``open`` that is written is meant."""
    if "open" in mark.keys and market.open == market.close:
        text = f"open of {market.id} is its close {market.close}; allowed: another time of day"
        yield mark.at("open").line, text
    if market.open >= market.close:
        return
    for day, close in market.half_days.items():
        if close <= market.open:
            text = f"half day {day} of {market.id} closes at {close}, not after it opens"
            yield mark.at("half_days").at(day).line, f"{text}; allowed: a time after {market.open}"
