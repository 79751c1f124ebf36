"""``scripts/bench routing-decision``: what it costs to decide where one order goes."""

import cProfile
import gc
import pstats
import statistics
import time
from decimal import Decimal

import click
import msgspec
from msgspec import Struct

from bench_lib import machine
from oms_fix.core.engine import handle
from oms_fix.core.orders.order import Order
from oms_fix.core.orders.state import State
from oms_fix.core.orders.venue_record import VenueRecord
from oms_fix.core.routing.decide import decide
from oms_fix.model import commands as cmd
from oms_fix.model.enums import AssetClass, OrdType, Side
from oms_fix.model.instruments import Instrument
from oms_fix.model.market_data import Level, SeeMarket, VenueBook
from oms_fix.model.orders import OrderTerms
from oms_fix.model.routes import ImpactTerms, Remainder, Sweep
from oms_fix.model.rules import ReferenceData, Rules
from oms_fix.model.venue_health import Answer
from oms_fix.model.venues import FeeTier, Rate, VenueTerms

NOW = 1_767_000_000_000_000_000
_SYMBOL = "ACME"
_NS_PER_US = 1_000
_BLOCK = 500
_WINDOW = 20


class RoutingDecisionReport(Struct):
    """CPU time of one decision in microseconds: the median and the worst of the runs."""

    settings: dict[str, int]
    machine: dict[str, str]
    median_us: float
    worst_us: float


@click.command("routing-decision")
@click.option("--venues", type=click.IntRange(1, 100), default=8, show_default=True)
@click.option("--depth", type=click.IntRange(1, 100), default=10, show_default=True)
@click.option(
    "--runs",
    type=click.IntRange(1, 1_000),
    default=20,
    show_default=True,
    help=f"Of {_BLOCK} each.",
)
@click.option("--profile", is_flag=True, help="Show where the time goes instead.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def routing_decision(venues: int, depth: int, runs: int, profile: bool, as_json: bool) -> None:
    """What a sweep decision costs, from the order to the legs with their reasons.

    The order takes about a third of all that is displayed; every venue has fees and has answered.

    \b
    Example:
      scripts/bench routing-decision --venues 8 --depth 10
    """
    state, order = market(venues, depth)
    if profile:
        _profile(state, order)
        return
    gc.collect()
    gc.freeze()
    found = [measure(state, order) for _ in range(runs)]
    settings = {"venues": venues, "depth": depth, "decisions": runs * _BLOCK}
    median, worst = statistics.median(found), max(found)
    report = RoutingDecisionReport(settings, machine.description(), median, worst)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        click.echo(f"{venues} venues, depth {depth}: {median:.1f} us, worst run {worst:.1f} us")


def measure(state: State, order: Order) -> float:
    """Return the CPU time of one decision in microseconds, over a block of them."""
    began = time.process_time_ns()
    for _ in range(_BLOCK):
        decide(state, order, order.leaves_qty, NOW)
    return (time.process_time_ns() - began) / _BLOCK / _NS_PER_US


def market(venues: int, depth: int) -> tuple[State, Order]:
    """Return a state with books of that depth at so many venues, and an order to decide on."""
    names = tuple(f"V{number}" for number in range(venues))
    state = State()
    volume = Decimal(1_000_000)
    acme = Instrument(_SYMBOL, AssetClass.EQUITY, "USD", Decimal(10), average_daily_volume=volume)
    handle(state, cmd.LoadReferenceData(ReferenceData("1", (acme,)), "bench"), NOW)
    rules = Rules(
        "1",
        routes=(Sweep(id="sweep", venues=names, remainder=Remainder.POST),),
        venues=tuple(_terms(name, number) for number, name in enumerate(names)),
        impact=(ImpactTerms(asset_class="*", coefficient_bp=Decimal(50)),),
        protection_percent=Decimal(5),
    )
    handle(state, cmd.LoadRules(rules, "bench"), NOW)
    for name in names:
        handle(state, cmd.SessionLoggedOn(name), NOW)
        _has_answered(state.venue_records[name])
    books = tuple(_book(name, number, depth) for number, name in enumerate(names))
    handle(state, SeeMarket(_SYMBOL, books), NOW)
    quantity = Decimal(100 * venues * depth // 3)
    asked = OrderTerms(_SYMBOL, Side.BUY, quantity, OrdType.LIMIT, price=Decimal("10.40"))
    return state, Order("BENCH-1", "CLIENT", "X", "X", asked)


def _has_answered(record: VenueRecord) -> None:
    """Have a venue look back on a full window of orders, so that its health is told."""
    for number in range(_WINDOW):
        answer = Answer.ACKNOWLEDGED if number else Answer.REJECTED
        record.count_answer(f"BENCH-0-{number}", answer, _WINDOW)
        record.count_latency(400)
    record.put_in_words()


def _terms(name: str, number: int) -> VenueTerms:
    fee = Decimal(number).scaleb(-3)
    return VenueTerms(session=name, fees=(FeeTier(taker=Rate(per_share=fee), maker=Rate()),))


def _book(name: str, number: int, depth: int) -> VenueBook:
    def levels(first: Decimal, step: Decimal) -> tuple[Level, ...]:
        return tuple(Level(first + place * step, Decimal(100)) for place in range(depth))

    offer = Decimal("10.01") + Decimal(number % 3).scaleb(-2)
    cent = Decimal("0.01")
    return VenueBook(name, levels(Decimal("9.99"), -cent), levels(offer, cent))


def _profile(state: State, order: Order) -> None:
    profiler = cProfile.Profile()
    profiler.runcall(measure, state, order)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(20)
