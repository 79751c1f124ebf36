"""``scripts/bench checks``: what checks cost an order, with an empty book and with a full one.

What checks need costs an order something too: totals are kept up, what was ordered is remembered,
and what each check said is put on record. So the whole turn of the core is measured with all checks
and, for the same orders, without any and without totals: the difference is what checks cost in
total, and *upkeep* is what of it is not spent on asking them.
"""

import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from unittest.mock import patch

import click
import msgspec
from msgspec import Struct
from tabulate import tabulate

from bench_lib import machine
from bench_lib.rule_book import NOW, Market, all_checks
from oms_fix.core import totals
from oms_fix.core.compliance.evaluate import evaluate
from oms_fix.core.compliance.subject import subject_of
from oms_fix.core.engine import handle
from oms_fix.core.orders.state import State
from oms_fix.fix.garbage import collect_briefly
from oms_fix.model import commands as cmd
from oms_fix.model.enums import ExecType
from oms_fix.model.events import OrderReported

_BLOCK = 500
_NS_PER_US = 1_000
_STEP_NS = 1_000_000


class Cost(Struct):
    """What an order costs, in microseconds of processor time.

    Attributes:
        checks_us: asking all checks, for an order that passes them.
        core_us: the whole turn of the core: capture, checks, routing, placement, totals.
        bare_us: the same without any check, and without totals.
    """

    checks_us: float
    core_us: float
    bare_us: float


class Book(Cost):
    """The same for one book; medians over blocks of orders, those of differences too.

    Attributes:
        open_orders: at the beginning.
        total_us: what checks cost in total: by how much the whole turn is longer with them.
        upkeep_us: what of that is not spent on asking them.
    """

    open_orders: int
    total_us: float
    upkeep_us: float


class Ratios(Struct):
    """What the full book costs to the empty one."""

    checks: float
    upkeep: float
    total: float
    core: float


class ChecksReport(Struct):
    """Both books, and where they were measured."""

    settings: dict[str, int]
    machine: dict[str, str]
    empty: Book
    full: Book
    ratios: Ratios


class Pair(Struct):
    """Two states with the same orders: with all checks, and with none and without totals."""

    checked: State
    bare: State


@click.command()
@click.option("--accounts", type=click.IntRange(1, 100_000), default=1_000, show_default=True)
@click.option("--instruments", type=click.IntRange(1, 100_000), default=10_000, show_default=True)
@click.option(
    "--open-orders", type=click.IntRange(1, 1_000_000), default=100_000, show_default=True
)
@click.option(
    "--blocks",
    type=click.IntRange(1, 1_000),
    default=20,
    show_default=True,
    help=f"Of {_BLOCK} orders each, for each book in turn.",
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def checks(accounts: int, instruments: int, open_orders: int, blocks: int, as_json: bool) -> None:
    """What checks cost an order that passes every kind of them, in microseconds.

    Two books side by side: one that is empty, and one with many open orders, in one process and in
    turn; each with all checks, and bare: without any, and without the totals that they need. What
    the core takes longer with checks is their total, of which upkeep is not spent on asking them.
    Takes about half a minute.

    \b
    Example:
      scripts/bench checks --open-orders 100000
    """
    where = machine.description()
    market = Market(accounts, instruments)
    empty, full = _pair(market), _pair(market)
    _open(market, full, open_orders)
    collect_briefly()  # as the router does
    books = _measure(market, {"empty": empty, "full": full}, blocks)
    settings = {
        "accounts": accounts,
        "instruments": instruments,
        "checks": len(all_checks()),
        "orders": blocks * _BLOCK,
    }
    ratios = _ratios(books["empty"], books["full"])
    report = ChecksReport(settings, where, books["empty"], books["full"], ratios)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        _show(report)


def _pair(market: Market) -> Pair:
    return Pair(market.state(all_checks()), market.state(()))


def _without_totals() -> AbstractContextManager[object]:
    return patch.object(totals, "recount", lambda _state, _order: None)


def _open(market: Market, pair: Pair, count: int) -> None:
    """Have so many orders open in both states."""
    for state, how in ((pair.checked, nullcontext()), (pair.bare, _without_totals())):
        with how:
            for number, command in enumerate(market.orders(0, count)):
                _accept(state, command, number)
                if number % 10_000 == 0 and sys.stderr.isatty():
                    click.echo(f"{number} orders opened\r", err=True, nl=False)


def _accept(state: State, command: cmd.NewOrderSingle, number: int) -> None:
    events = handle(state, command, NOW + number * _STEP_NS)
    reports = [each.report for each in events if isinstance(each, OrderReported)]
    assert reports[0].exec_type is ExecType.NEW, reports[0].text


def _measure(market: Market, pairs: dict[str, Pair], blocks: int) -> dict[str, Book]:
    """Return what orders cost in each book: block by block in turn, so that noise hits all."""
    open_orders = {name: len(pair.checked.orders) for name, pair in pairs.items()}
    costs: dict[str, list[Cost]] = {name: [] for name in pairs}
    begun = max(open_orders.values())
    for block in range(blocks):
        for name, pair in pairs.items():
            commands = list(market.orders(begun + block * _BLOCK, _BLOCK))
            at = NOW + (begun + block * _BLOCK) * _STEP_NS
            checks_us = _check_all(pair.checked, commands, at)
            core_us = _take_all(pair.checked, commands, at)
            with _without_totals():
                bare_us = _take_all(pair.bare, commands, at)
            costs[name].append(Cost(checks_us, core_us, bare_us))
    return {name: _book(found, open_orders[name]) for name, found in costs.items()}


def _book(costs: list[Cost], open_orders: int) -> Book:
    median = statistics.median
    return Book(
        checks_us=median(each.checks_us for each in costs),
        core_us=median(each.core_us for each in costs),
        bare_us=median(each.bare_us for each in costs),
        open_orders=open_orders,
        total_us=median(each.core_us - each.bare_us for each in costs),
        upkeep_us=median(each.core_us - each.bare_us - each.checks_us for each in costs),
    )


def _ratios(empty: Book, full: Book) -> Ratios:
    return Ratios(
        checks=full.checks_us / empty.checks_us,
        upkeep=full.upkeep_us / empty.upkeep_us,
        total=full.total_us / empty.total_us,
        core=full.core_us / empty.core_us,
    )


def _check_all(state: State, commands: list[cmd.NewOrderSingle], at: int) -> float:
    began = time.process_time_ns()
    for command in commands:
        verdict = evaluate(
            state, subject_of(state, command.session, command.cl_ord_id, command.terms, at)
        )
        assert not verdict.rejects, verdict.reject_text
    return (time.process_time_ns() - began) / len(commands) / _NS_PER_US


def _take_all(state: State, commands: list[cmd.NewOrderSingle], at: int) -> float:
    began = time.process_time_ns()
    for number, command in enumerate(commands):
        handle(state, command, at + number * _STEP_NS)
    return (time.process_time_ns() - began) / len(commands) / _NS_PER_US


def _show(report: ChecksReport) -> None:
    for name, value in report.machine.items():
        click.echo(f"{name}: {value}")
    click.echo(", ".join(f"{name} {value:,}" for name, value in report.settings.items()) + "\n")
    click.echo(tabulate(list(_rows(report)), _COLUMNS, disable_numparse=True))


_COLUMNS = ("book", "open orders", "checks us", "upkeep us", "total us", "core us", "bare core us")


def _rows(report: ChecksReport) -> Iterator[list[str]]:
    for name, book in {"empty": report.empty, "full": report.full}.items():
        times = (book.checks_us, book.upkeep_us, book.total_us, book.core_us, book.bare_us)
        yield [name, f"{book.open_orders:,}", *(f"{each:.1f}" for each in times)]
    ratios = report.ratios
    shown = (ratios.checks, ratios.upkeep, ratios.total, ratios.core)
    yield ["full to empty", "", *(f"{each:.2f}" for each in shown), ""]
