"""The figures that say what oms-fix is worth, out of the benchmarks' reports; a page and a picture.

A figure stands beside another of the same machine and hour: a peer's, the disk's, or our own under
other conditions.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct
from tabulate import tabulate

from bench_lib.checks import ChecksReport
from bench_lib.engine import NATIVE as OUR_ECHO
from bench_lib.engine import PEER as THEIR_ECHO
from bench_lib.engine import EngineReport
from bench_lib.journal import JournalReport
from bench_lib.latency import LatencyReport
from bench_lib.market_data import MarketDataReport
from bench_lib.recovery import RecoveryReport
from bench_lib.route import RouteReport
from bench_lib.routers import NATIVE, PEER, QUICK
from bench_lib.routing import SMART, RoutingReport
from bench_lib.routing_decision import RoutingDecisionReport

_INTRODUCTION = """# Performance

Written by `scripts/bench all --page spec/performance.md`; `scripts/bench --help` tells what each
benchmark measures. Clients, venues and routers share one machine, so a figure says little by
itself: what counts is the one beside it, measured in the same run. "Times" is how many times better
the first of both is.

"QuickFIX router" routes on QuickFIX's Python binding as its users write it, "by text" is written
for speed on the same binding; both validate, neither has checks or waits for a disk. oms-fix
validates, checks, routes by rules and, with durability `full`, waits for the disk before anybody is
told anything.
"""


class Figure(Struct, frozen=True):
    """One figure beside another.

    Attributes:
        what: it is, with its unit.
        value: ours.
        beside: the other one.
        whose: the other one is.
        times: how many times better ours is; below 1 it is worse.
        is_of_peer: whether the other one is another product's.
    """

    what: str
    value: float
    beside: float
    whose: str
    times: float
    is_of_peer: bool = False


class Benchmark(NamedTuple):
    """One of the benchmarks.

    Attributes:
        arguments: of ``scripts/bench``, the subcommand first.
        report: what it writes with ``--json``.
        figures: those of its report that go on the page.
        takes_rounds: whether it has ``--rounds`` beside peers.
    """

    arguments: tuple[str, ...]
    report: type[Struct]
    figures: Callable[[Any], Iterator[Figure]]
    takes_rounds: bool = False

    @property
    def name(self) -> str:
        """Its subcommand."""
        return self.arguments[0]


def _more(what: str, value: float, beside: float, whose: str, is_of_peer: bool = False) -> Figure:
    """Return a figure of which more is better."""
    return Figure(what, value, beside, whose, value / beside, is_of_peer)


def _less(what: str, value: float, beside: float, whose: str, is_of_peer: bool = False) -> Figure:
    """Return a figure of which less is better."""
    return Figure(what, value, beside, whose, beside / value, is_of_peer)


def _of_engine(report: EngineReport) -> Iterator[Figure]:
    ours, theirs = report.medians[OUR_ECHO], report.medians[THEIR_ECHO]
    whose = "QuickFIX's binding"
    yield _more("orders echoed a second", ours.per_second, theirs.per_second, whose, True)
    yield _less("processor time of an echo, us", ours.cpu_us, theirs.cpu_us, whose, True)


def _of_route(report: RouteReport) -> Iterator[Figure]:
    ours = report.medians[NATIVE]
    for peer in (PEER, QUICK):
        theirs = report.medians[peer]
        yield _more("orders routed a second", ours.per_second, theirs.per_second, peer, True)
    theirs = report.medians[PEER]
    what = "processor time of an order routed, us"
    yield _less(what, ours.router_cpu_us, theirs.router_cpu_us, PEER, True)


def _of_latency(report: LatencyReport) -> Iterator[Figure]:
    normal, full = report.medians[f"{NATIVE}, normal"], report.medians[f"{NATIVE}, full"]
    # The other peer hardly does a thousand orders a second: its times are those of a queue.
    peer = report.medians[QUICK]
    child, ack = "order to child, p50, ms", "order to acknowledgment, p50, ms"
    tail = "order to acknowledgment, p99, ms"
    yield _less(child, normal.child.p50_ms, peer.child.p50_ms, QUICK, True)
    yield _less(ack, normal.acknowledged.p50_ms, peer.acknowledged.p50_ms, QUICK, True)
    yield _less(tail, normal.acknowledged.p99_ms, peer.acknowledged.p99_ms, QUICK, True)
    whose = "a sync of the disk"
    yield _less(f"{ack}, `full`", full.acknowledged.p50_ms, full.sync.p50_ms, whose)
    yield _less(f"{tail}, `full`", full.acknowledged.p99_ms, full.sync.p99_ms, whose)


def _of_journal(report: JournalReport) -> Iterator[Figure]:
    one, many = report.levels[0], report.levels[-1]
    whose = f"{one.clients} client"
    what = f"orders a second of {many.clients} clients that wait for each answer"
    yield _more(what, many.orders_per_second, one.orders_per_second, whose)
    yield _more("orders that share a commit", many.orders_per_commit, one.orders_per_commit, whose)


def _of_checks(report: ChecksReport) -> Iterator[Figure]:
    what = f"all {report.settings['checks']} kinds of checks of an order, us"
    whose = f"{report.full.open_orders:,} orders open"
    yield _less(what, report.empty.total_us, report.full.total_us, whose)


def _of_recovery(report: RecoveryReport) -> Iterator[Figure]:
    what = f"start after {report.settings['events']:,} events, from a snapshot, s"
    yield _less(what, report.from_snapshot.seconds, report.from_events.seconds, "from all events")


def _of_routing(report: RoutingReport) -> Iterator[Figure]:
    smart = next(each for each in report.results if each.router == SMART)
    single = report.best_single
    what = "cost of a day's orders, basis points"
    yield _less(what, smart.total_bp, single.total_bp, f"the best single venue ({single.router})")


def _of_routing_decision(report: RoutingDecisionReport) -> Iterator[Figure]:
    what = "a sweep decided over {venues} venues of depth {depth}, us".format(**report.settings)
    yield _less(what, report.median_us, report.worst_us, "the worst run")


def _of_market_data(report: MarketDataReport) -> Iterator[Figure]:
    alone, *levels = report.levels
    for level in levels:
        what = f"p99 of acknowledgments, {level.rate:,} book updates a second, ms"
        yield _less(what, level.p99_ms, alone.p99_ms, "no updates")


BENCHMARKS = (
    Benchmark(("engine",), EngineReport, _of_engine, takes_rounds=True),
    Benchmark(("route",), RouteReport, _of_route, takes_rounds=True),
    Benchmark(("latency",), LatencyReport, _of_latency, takes_rounds=True),
    Benchmark(("journal",), JournalReport, _of_journal),
    Benchmark(("market-data",), MarketDataReport, _of_market_data),
    Benchmark(("checks",), ChecksReport, _of_checks),
    Benchmark(("routing-decision",), RoutingDecisionReport, _of_routing_decision),
    Benchmark(("routing", "--orders", "4000"), RoutingReport, _of_routing),
    Benchmark(
        ("recovery", "--events", "200000", "--open-orders", "20000"), RecoveryReport, _of_recovery
    ),
)


def figures_of(written: Mapping[str, bytes]) -> dict[str, list[Figure]]:
    """Return the figures of reports as they were written, by benchmark."""
    return {
        each.name: list(each.figures(msgspec.json.decode(written[each.name], type=each.report)))
        for each in BENCHMARKS
    }


def table(figures: Mapping[str, Sequence[Figure]], style: str = "simple") -> str:
    """Return all figures as a table."""
    rows = [
        [
            name,
            each.what,
            _number(each.value),
            f"{_number(each.beside)} {each.whose}",
            f"{each.times:.2f}",
        ]
        for name, found in figures.items()
        for each in found
    ]
    headers = ["benchmark", "figure", "oms-fix", "beside it", "times"]
    align = ("left", "left", "right", "left", "right")
    return tabulate(rows, headers, style, colalign=align, disable_numparse=True)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def write_page(path: Path, written: Mapping[str, bytes]) -> None:
    """Write the page, and its picture beside it."""
    figures = figures_of(written)
    picture = path.with_suffix(".svg")
    _draw([each for found in figures.values() for each in found if each.is_of_peer], picture)
    reports = {name: msgspec.json.decode(text) for name, text in written.items()}
    where = next(iter(reports.values()))["machine"]
    settings = [
        [name, ", ".join(f"{key} {value}" for key, value in report["settings"].items())]
        for name, report in reports.items()
    ]
    pieces = (
        _INTRODUCTION,
        f"![How many times better than its peers oms-fix is]({picture.name})\n",
        table(figures, "github") + "\n",
        "## Where and how\n",
        "\n".join(f"* {name}: {value}" for name, value in where.items()) + "\n",
        tabulate(settings, ["benchmark", "settings"], "github", disable_numparse=True) + "\n",
    )
    path.write_text("\n".join(pieces))


def _draw(figures: Sequence[Figure], path: Path) -> None:
    """Draw how many times better ours is as bars; a line where both are the same."""
    # Only here: it takes a second to load, and is of no use without a picture.
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "oms-fix"  # the same picture for the same figures
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(9, 5), layout="constrained")
    names = [f"{each.what}\nbeside {each.whose}" for each in figures]
    bars = axes.barh(names, [each.times for each in figures])
    axes.bar_label(bars, fmt="%.2f", padding=3)
    axes.axvline(1, color="black", linewidth=1)
    axes.invert_yaxis()
    axes.set_xlabel("times better than the peer")
    axes.tick_params(axis="y", labelsize="small")
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
