"""``scripts/bench routing``: what a day's orders cost by the smart router, and by simpler ones."""

import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from pathlib import Path

import click
import msgspec
from msgspec import Struct
from tabulate import tabulate

from bench_lib import machine
from bench_lib.routing_day import Costs, Day
from bench_lib.routing_market import BROKER, DARK, LIT, STEPS, DayMarket
from oms_fix.model.routes import (
    BrokerAlgo,
    DarkFirst,
    Direct,
    Remainder,
    Route,
    Split,
    SplitLeg,
    Sweep,
)

SMART = "smart"
_SINGLE = "only"
_LARGE = "10000"


class _Router(Struct, frozen=True):
    """By which rules orders are routed; ``destinations``: what they name in turn."""

    routes: tuple[Route, ...]
    destinations: tuple[str, ...] = ()


def _routers() -> dict[str, _Router]:
    large, small = {"OrderQty": f">= {_LARGE}"}, Decimal(100) / len(LIT)
    shares = [small.quantize(Decimal("0.01"))] * (len(LIT) - 1)
    shares.append(Decimal(100) - sum(shares))
    legs = tuple(SplitLeg(venue, share) for venue, share in zip(LIT, shares, strict=True))
    in_turn = tuple(Direct(id=f"to-{v}", venue=v, when={"ExDestination": v}) for v in LIT)
    return {
        SMART: _Router(
            (
                BrokerAlgo(id="large", when=large, venue=BROKER, algorithm="TWAP"),
                DarkFirst(id="dark", venues=(DARK,), then="lit"),
                Sweep(id="lit", venues=LIT, remainder=Remainder.POST),
            )
        ),
        **{f"{_SINGLE} {v}": _Router((Direct(id="all", venue=v),)) for v in LIT},
        "equal split": _Router((Split(id="equal", legs=legs),)),
        "round robin": _Router(in_turn, LIT),
    }


class Result(Struct):
    """A router's day, in basis points of the value of all orders at the mid when they came.

    Attributes:
        router: which.
        prices_bp: lost to prices worse than that mid, impact included.
        fees_bp: paid to venues, less rebates.
        late_bp: lost where the client bought or sold at last what was not filled in five minutes.
        total_bp: all of it.
        filled_percent: of all units, within the five minutes.
    """

    router: str
    prices_bp: float
    fees_bp: float
    late_bp: float
    total_bp: float
    filled_percent: float


class RoutingReport(Struct):
    """All routers on the same day, the cheapest first."""

    settings: dict[str, int]
    machine: dict[str, str]
    results: list[Result]

    @property
    def best_single(self) -> Result:
        """The single venue that was the cheapest, known only afterwards."""
        return next(each for each in self.results if each.router.startswith(_SINGLE))


@click.command()
@click.option("--orders", type=click.IntRange(100, 1_000_000), default=20_000, show_default=True)
@click.option("--instruments", type=click.IntRange(1, 1_000), default=40, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Of the market's day.")
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Draw what orders have cost, as a picture: .svg, .png or .pdf.",
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def routing(orders: int, instruments: int, seed: int, plot: Path | None, as_json: bool) -> None:
    """What a day's orders cost by the smart router, each venue alone, split, and in turn.

    The core itself, with its rules for each router, in a simulated market of three lit venues, a
    dark pool and a broker; the same day for all of them. Takes a few minutes.

    \b
    Example:
      scripts/bench routing --plot routing.svg
    """
    names = list(_routers())
    with ProcessPoolExecutor(2) as pool:
        futures = {name: pool.submit(_day, name, orders, instruments, seed) for name in names}
        costs = {name: futures[name].result() for name in names}
    results = sorted((_result(*each) for each in costs.items()), key=lambda each: each.total_bp)
    settings = {"orders": orders, "instruments": instruments, "steps": STEPS, "seed": seed}
    report = RoutingReport(settings, machine.description(), results)
    if plot is not None:
        draw(report, plot)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        _show(report)


def _day(name: str, orders: int, instruments: int, seed: int) -> Costs:
    """Run a router's day; in a process of its own."""
    router, market = _routers()[name], DayMarket(seed, instruments)
    day = Day(market, router.routes, router.destinations)
    return day.run(market.wishes(orders), lambda step: _tell(name, step))


def _tell(name: str, step: int) -> None:
    if step % 100 == 0 and sys.stderr.isatty():
        click.echo(f"{name}: {step * 100 // STEPS} % of its day   \r", err=True, nl=False)


def _result(name: str, costs: Costs) -> Result:
    return Result(
        name,
        costs.bp(costs.prices),
        costs.bp(costs.fees),
        costs.bp(costs.late),
        costs.total_bp,
        100 * costs.filled / costs.wanted,
    )


def _show(report: RoutingReport) -> None:
    for name, value in report.machine.items():
        click.echo(f"{name}: {value}")
    click.echo(", ".join(f"{name} {value:,}" for name, value in report.settings.items()) + "\n")
    headers = ["router", "prices bp", "fees bp", "late bp", "total bp", "filled %"]
    click.echo(tabulate(list(_rows(report)), headers, floatfmt=".3f"))
    smart = next(each for each in report.results if each.router == SMART)
    saved = report.best_single.total_bp - smart.total_bp
    click.echo(f"\nThe smart router saves {saved:.3f} bp on {report.best_single.router}.")


def _rows(report: RoutingReport) -> Iterator[list[str | float]]:
    for each in report.results:
        parts = [each.prices_bp, each.fees_bp, each.late_bp, each.total_bp, each.filled_percent]
        yield [each.router, *parts]


def draw(report: RoutingReport, path: Path) -> None:
    """Draw the parts of each router's costs as stacked bars; rebates go to the left."""
    # Only here: it takes a second to load, and is of no use without a picture.
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(9, 4), layout="constrained")
    names = [each.router for each in report.results]
    ends = {True: [0.0] * len(names), False: [0.0] * len(names)}
    for label, field in (("prices", "prices_bp"), ("late", "late_bp"), ("fees", "fees_bp")):
        values = [getattr(each, field) for each in report.results]
        lefts = [ends[value >= 0][row] for row, value in enumerate(values)]
        axes.barh(names, values, left=lefts, label=label)
        for row, value in enumerate(values):
            ends[value >= 0][row] += value
    totals = [each.total_bp for each in report.results]
    axes.plot(totals, names, "k|", markersize=18, label="total")
    axes.invert_yaxis()
    axes.set_xlabel("cost against the mid at arrival, basis points")
    axes.set_title(f"{report.settings['orders']:,} orders of a simulated day")
    axes.legend()
    figure.savefig(path)
