"""``scripts/bench checks``: what checks cost an order, with an empty book and with a full one."""

import gc
import statistics
import sys
import time
from collections.abc import Iterator

import click
import msgspec
from msgspec import Struct
from tabulate import tabulate

from bench_lib import machine
from bench_lib.rule_book import NOW, Market, all_checks
from oms_fix.core.compliance.evaluate import evaluate
from oms_fix.core.compliance.subject import subject_of
from oms_fix.core.engine import handle
from oms_fix.core.orders.state import State
from oms_fix.model import commands as cmd
from oms_fix.model.enums import ExecType
from oms_fix.model.events import OrderReported

_BLOCK = 500
_NS_PER_US = 1_000
_STEP_NS = 1_000_000


class Book(Struct):
    """What an order costs with so many open orders; medians over blocks of orders.

    Attributes:
        open_orders: at the beginning.
        checks_us: all checks, for an order that passes them.
        core_us: the whole turn of the core: capture, checks, routing, placement, totals.
    """

    open_orders: int
    checks_us: float
    core_us: float


class ChecksReport(Struct):
    """Both books, and where they were measured."""

    settings: dict[str, int]
    machine: dict[str, str]
    empty: Book
    full: Book

    @property
    def ratios(self) -> tuple[float, float]:
        """What the full book costs to the empty one: the checks, and the whole turn."""
        checks = self.full.checks_us / self.empty.checks_us
        return checks, self.full.core_us / self.empty.core_us


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
    turn. Takes about half a minute.

    \b
    Example:
      scripts/bench checks --open-orders 100000
    """
    where = machine.description()
    market = Market(accounts, instruments)
    empty, full = market.state(), market.state()
    for number, command in enumerate(market.orders(0, open_orders)):
        _accept(full, command, number)
        if number % 10_000 == 0 and sys.stderr.isatty():
            click.echo(f"{number} orders opened\r", err=True, nl=False)
    gc.collect()
    gc.freeze()
    books = _measure(market, {"empty": empty, "full": full}, blocks)
    settings = {
        "accounts": accounts,
        "instruments": instruments,
        "checks": len(all_checks()),
        "orders": blocks * _BLOCK,
    }
    report = ChecksReport(settings, where, books["empty"], books["full"])
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        _show(report)


def _accept(state: State, command: cmd.NewOrderSingle, number: int) -> None:
    events = handle(state, command, NOW + number * _STEP_NS)
    reports = [each.report for each in events if isinstance(each, OrderReported)]
    assert reports[0].exec_type is ExecType.NEW, reports[0].text


def _measure(market: Market, states: dict[str, State], blocks: int) -> dict[str, Book]:
    open_orders = {name: len(state.orders) for name, state in states.items()}
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in states}
    begun = max(open_orders.values())
    for block in range(blocks):
        for name, state in states.items():
            commands = list(market.orders(begun + block * _BLOCK, _BLOCK))
            at = NOW + (begun + block * _BLOCK) * _STEP_NS
            times[name].append((_check_all(state, commands, at), _take_all(state, commands, at)))
    return {
        name: Book(
            open_orders[name], *(statistics.median(each) for each in zip(*found, strict=True))
        )
        for name, found in times.items()
    }


def _check_all(state: State, commands: list[cmd.NewOrderSingle], at: int) -> float:
    began = time.perf_counter_ns()
    for command in commands:
        verdict = evaluate(
            state, subject_of(state, command.session, command.cl_ord_id, command.terms, at)
        )
        assert not verdict.rejects, verdict.reject_text
    return (time.perf_counter_ns() - began) / len(commands) / _NS_PER_US


def _take_all(state: State, commands: list[cmd.NewOrderSingle], at: int) -> float:
    began = time.perf_counter_ns()
    for number, command in enumerate(commands):
        handle(state, command, at + number * _STEP_NS)
    return (time.perf_counter_ns() - began) / len(commands) / _NS_PER_US


def _show(report: ChecksReport) -> None:
    for name, value in report.machine.items():
        click.echo(f"{name}: {value}")
    click.echo(", ".join(f"{name} {value:,}" for name, value in report.settings.items()) + "\n")
    click.echo(tabulate(list(_rows(report)), ["book", "open orders", "checks us", "core us"]))


def _rows(report: ChecksReport) -> Iterator[list[str]]:
    for name, book in {"empty": report.empty, "full": report.full}.items():
        yield [name, f"{book.open_orders:,}", f"{book.checks_us:.1f}", f"{book.core_us:.1f}"]
    checks_ratio, core_ratio = report.ratios
    yield ["full to empty", "", f"{checks_ratio:.2f}", f"{core_ratio:.2f}"]
