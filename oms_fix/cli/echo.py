"""``oms-fix echo``: the FIX engine alone, sending back what it gets."""

import asyncio
import signal
import sys
from pathlib import Path

import click
import uvloop

from oms_fix.fix.echo import Echo
from oms_fix.fix.engine import Engine
from oms_fix.fix.errors import ConfigError
from oms_fix.fix.garbage import collect_briefly
from oms_fix.fix.settings import load_settings
from oms_fix.fix.store import RETENTION_DAYS, MemoryStore, SqliteStore, Store
from oms_fix.telemetry.logging import configure


@click.command()
@click.argument("settings", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--store",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep sequence numbers and sent messages in this file; without it, in memory.",
)
@click.option(
    "--retention-days",
    type=click.IntRange(min=0, max=36_500),
    default=RETENTION_DAYS,
    show_default=True,
    help="Keep messages of a trading session in the store for so long after its end.",
)
def echo(settings: Path, store: Path | None, retention_days: int) -> None:
    """Run the FIX engine alone on the sessions of a QuickFIX-format file, until SIGINT or SIGTERM.

    NewOrderSingle(D) and SecurityDefinition(d) go back to their sender, but no order with
    PossResend(97)=Y whose ClOrdID(11) has come before since the Logon. Any other application
    message is rejected as unsupported. One can try a FIX client against it.

    \b
    Example:
      oms-fix echo sessions/clients.cfg
    """
    try:
        sessions = load_settings(settings)
    except ConfigError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        sys.exit(1)
    configure("warning")
    kept: Store = SqliteStore(store, retention_days=retention_days) if store else MemoryStore()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_run(Echo(sessions, kept).engine))
    except OSError as error:
        raise click.ClickException(str(error)) from error
    finally:
        kept.close()


async def _run(engine: Engine) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    collect_briefly()
    await engine.start()
    for port in engine.ports:
        click.echo(f"listening on port {port}")
    await stop.wait()
    await engine.stop()
