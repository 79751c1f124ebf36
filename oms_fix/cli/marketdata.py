"""``oms-fix marketdata``: the process that takes market data in."""

import asyncio
import sys
from pathlib import Path

import click
import uvloop

from oms_fix.cli.control_option import config_option
from oms_fix.daemon.configuration import DaemonConfiguration, load
from oms_fix.daemon.feed import run_feed
from oms_fix.fix.errors import FixError
from oms_fix.telemetry.logging import configure


@click.command()
@config_option
@click.option("--parent", type=int, help="End when this process, which has started it, is gone.")
def marketdata(config: Path, parent: int | None) -> None:
    """Take in market data and keep the venues' books for the router and ``oms-fix quotes``.

    ``oms-fix run`` starts this by itself, and again when it ends, where oms.yaml names a file of
    market data sessions. It runs until it is told to stop (SIGINT, SIGTERM).

    \b
    Example:
      oms-fix marketdata --config config/oms.yaml
    """
    loaded = load(config)
    if not isinstance(loaded, DaemonConfiguration):
        for problem in loaded:
            click.echo(problem, err=True)
        sys.exit(1)
    if not loaded.market_data:
        raise click.ClickException(f"{config}: names no market_data")
    configure(loaded.settings.log_level)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run_feed(loaded, parent))
    except (FixError, OSError) as error:
        raise click.ClickException(str(error)) from error
