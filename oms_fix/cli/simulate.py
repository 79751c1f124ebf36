"""``oms-fix simulate``: venues and clients to trade against, and the demo."""

import asyncio
import shutil
import signal
import sys
import time
from pathlib import Path

import click

from oms_fix.blotter.biography import biography
from oms_fix.cli.routing_text import echo_routing
from oms_fix.cli.simulate_world import world
from oms_fix.cli.store_option import open_blotter
from oms_fix.fix.errors import FixError
from oms_fix.simulator.client import Client, client_ledger
from oms_fix.simulator.configuration import load_instruments, load_simulator
from oms_fix.simulator.rebalance import Progress, RebalanceRun, RunError
from oms_fix.simulator.reconciliation import Reconciliation
from oms_fix.simulator.routed import read_routed, routed_text
from oms_fix.simulator.summary import read_findings, summary_text
from oms_fix.simulator.venues import Venues

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)
_PLAIN_PROGRESS_SECONDS = 2.0


@click.group()
def simulate() -> None:
    """Run simulated counterparties to trade against.

    \b
    Example:
      oms-fix simulate venues --config config/samples/rebalance/simulator.yaml
      oms-fix simulate rebalance
      oms-fix simulate world --seeds 100
    """  # click wants the character itself


simulate.add_command(world)


@simulate.command()
@click.option("--config", type=_FILE, required=True, help="A simulator.yaml.")
@click.option(
    "--ledgers", type=_FOLDER, default=Path("var/ledgers"), show_default=True,
    help="The folder for the venues' ledgers.",
)  # fmt: skip
def venues(config: Path, ledgers: Path) -> None:
    """Run all venues of a simulator.yaml until told to stop (SIGINT, SIGTERM).

    \b
    Example:
      oms-fix simulate venues --config config/samples/rebalance/simulator.yaml
    """  # click wants the character itself
    try:
        server = Venues(load_simulator(config), config.parent, ledgers)
        for settings in server.settings:
            address = f"{settings.socket_accept_host}:{settings.socket_accept_port}"
            version = settings.default_appl_ver_id or settings.begin_string
            click.echo(f"{settings.name} on {address}, {version}")
        asyncio.run(_until_stopped(server))
    except (FixError, OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error


async def _until_stopped(server: Venues) -> None:
    await server.run(_stop_event())


@simulate.command()
@click.option("--config", type=_FILE, required=True, help="A simulator.yaml.")
@click.option("--session", required=True, help="The client's session in the router's file.")
@click.option("--orders", type=_FILE, required=True, help="The orders, CSV.")
@click.option(
    "--ledgers", type=_FOLDER, default=Path("var/ledgers"), show_default=True,
    help="The folder for the client's ledger.",
)  # fmt: skip
@click.option(
    "--timeout", type=click.FloatRange(min=0), default=120.0, show_default=True,
    help="Give up after so many seconds.",
)  # fmt: skip
def client(config: Path, session: str, orders: Path, ledgers: Path, timeout: float) -> None:
    """Send the orders of one client, work them, and end when all are final.

    Exit status 1 if the time was up before.

    \b
    Example:
      oms-fix simulate client --config simulator.yaml --session BUYSIDE42 --orders orders.csv
    """  # click wants the character itself
    try:
        buy_side = Client(session, load_simulator(config), config.parent, orders, ledgers)
        is_finished = asyncio.run(_work(buy_side, timeout))
    except (FixError, OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    outcome = "all orders are final" if is_finished else "stopped before all orders were final"
    click.echo(f"{session}: {outcome}; ledger: {client_ledger(ledgers, session)}")
    sys.exit(0 if is_finished else 1)


async def _work(buy_side: Client, timeout_seconds: float) -> bool:
    return await buy_side.run(_stop_event(), timeout_seconds)


def _stop_event() -> asyncio.Event:
    """Return an event that SIGINT and SIGTERM set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop


@simulate.command()
@click.option(
    "--config", type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path("config/samples/rebalance"), show_default=True,
    help="The folder of the sample configuration.",
)  # fmt: skip
@click.option("--work", type=_FOLDER, help="The folder to run in.  [default: a new one in var/]")
@click.option("--keep", is_flag=True, help="Leave router and venues running.")
def rebalance(config: Path, work: Path | None, keep: bool) -> None:
    """Run the demo: 850 orders of a portfolio rebalancing, from clients to venues and back.

    Starts venues, router and clients, shows progress and a summary, and compares the fills in the
    ledgers of venues and clients with the message store, order by order. Exit status 0 only if
    every order was answered and the ledgers are equal.

    \b
    Example:
      oms-fix simulate rebalance
      oms-fix simulate rebalance --keep --work /tmp/rebalance
    """  # click wants the character itself
    folder = (work or Path("var") / time.strftime("rebalance-%Y%m%d-%H%M%S")).resolve()
    run = RebalanceRun(config, folder)
    # Told to stop, it stops what it has started before it ends.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(128 + signal.SIGTERM))
    is_kept = False
    try:
        is_good = _demo(run)
        is_kept = keep
    except (RunError, FixError, OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    finally:
        if not is_kept:
            run.stop()
    if keep:
        ids = " ".join(str(number) for number in run.process_ids().values())
        click.echo(f"\nRouter and venues go on; to stop them: kill {ids}")
    sys.exit(0 if is_good else 1)


def _demo(run: RebalanceRun) -> bool:
    """Take the steps one after the other; return whether all went well."""
    steps: dict[str, float] = {}
    begun = time.monotonic()
    run.prepare()
    click.echo(f"Work folder: {run.work}")
    run.start_venues()
    run.start_daemon()
    run.wait_for_venues()
    books = run.wait_for_books()
    steps["start"] = time.monotonic() - begun
    known = f", {books} books known" if books else ""
    click.echo(f"Router logged on at {', '.join(run.simulator.venues)}{known}")
    begun = time.monotonic()
    run.start_clients()
    click.echo(f"\nTwo orders are held by a check; an operator decides:\n{run.decide_on_reviews()}")
    progress = run.wait(show=_ProgressLine().show)
    steps["trading"] = time.monotonic() - begun
    begun = time.monotonic()
    result = run.ledgers()
    instruments = load_instruments(run.work / run.simulator.instruments)
    findings = read_findings(run.store, instruments)
    routed = read_routed(run.store, instruments)
    steps["comparison"] = time.monotonic() - begun
    click.echo()
    click.echo(summary_text(findings, result, steps))
    click.echo(f"\nRouting\n{routed_text(routed)}")
    if routed.example is not None:
        _echo_decisions(run, routed.example)
    click.echo(f"\nThe day under a tighter limit, as if that had been in force:\n{run.what_if()}")
    most_filled = findings.fills.most_common(1)
    _echo_next(run, routed.example or (most_filled[0][0] if most_filled else "ID"))
    faults = _faults(progress, result)
    for fault in faults:
        click.echo(f"Error: {fault}; logs are in {run.work / 'log'}", err=True)
    return not faults


def _echo_decisions(run: RebalanceRun, order_id: str) -> None:
    """Write how one order was routed, as ``oms-fix order show`` does."""
    with open_blotter(run.config_path, None) as blotter:
        order = blotter.find_order(order_id)
        story = biography(blotter, order)
    what = f"{order.side} {order.order_qty} {order.symbol} {order.ord_type}"
    click.echo(f"\nHow one of them was decided: {order_id}, {what}")
    echo_routing(story.routing)


def _faults(progress: Progress, result: Reconciliation) -> list[str]:
    """Return what went wrong."""
    faults = []
    if progress.answered < progress.total:
        faults.append(f"{progress.total - progress.answered} orders were never answered")
    if progress.final < progress.total:
        faults.append(f"{progress.total - progress.final} orders are not final")
    if not result.is_equal:
        faults.append("the ledgers differ")
    return faults


def _echo_next(run: RebalanceRun, order_id: str) -> None:
    """Name the store and three commands that read it; ``order_id`` is worth a look."""
    click.echo(f"\nMessage store: {run.store}")
    click.echo("To look further:")
    # Whole paths where they are needed: the lines are to work as they stand.
    program = "oms-fix" if shutil.which("oms-fix") else Path(sys.executable).with_name("oms-fix")
    for command in (f"order show {order_id}", "executions --limit 20", "positions"):
        click.echo(f"  {program} {command} --config {run.config_path}")


class _ProgressLine:
    """Shows progress: one line that is written over on a terminal, else a line now and then."""

    def __init__(self) -> None:
        self._is_terminal = sys.stdout.isatty()
        self._shown_at = float("-inf")
        self._last: Progress | None = None

    def show(self, progress: Progress) -> None:
        """Show it, if it is time and it has changed."""
        is_done = progress.final == progress.total
        now = time.monotonic()
        due = self._is_terminal or is_done or now - self._shown_at >= _PLAIN_PROGRESS_SECONDS
        if not due or progress == self._last:
            return
        self._shown_at, self._last = now, progress
        text = (
            f"orders: {progress.sent} of {progress.total} sent, {progress.answered} answered, "
            f"{progress.final} final"
        )
        if self._is_terminal:
            click.echo(f"\r{text}", nl=is_done)
        else:
            click.echo(text)
