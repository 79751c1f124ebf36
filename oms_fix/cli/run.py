"""``oms-fix run``, ``reload`` and ``status``: the daemon, and what one asks of a running one."""

import asyncio
import sys
from pathlib import Path

import click
import uvloop

from oms_fix.cli.control_option import ask_daemon, config_option, control_options
from oms_fix.daemon.configuration import DaemonConfiguration, load
from oms_fix.daemon.daemon import Daemon
from oms_fix.fix.errors import FixError
from oms_fix.journal.records import StoreError
from oms_fix.telemetry.logging import configure


@click.command()
@config_option
def run(config: Path) -> None:
    """Run the order management system until it is told to stop (SIGINT, SIGTERM).

    A configuration with anything wrong in it is refused, with the report of ``oms-fix check``.
    SIGHUP loads checks, routes and venues anew.

    \b
    Example:
      oms-fix run --config config/oms.yaml
    """
    loaded = load(config)
    if not isinstance(loaded, DaemonConfiguration):
        for problem in loaded:
            click.echo(problem, err=True)
        sys.exit(1)
    configure(loaded.settings.log_level)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(Daemon(loaded).run())
    except (StoreError, FixError, OSError) as error:
        raise click.ClickException(str(error)) from error


@click.command()
@control_options
def reload(config: Path, as_json: bool) -> None:
    """Have the running system load checks, routes and venues anew.

    All or nothing: if anything is wrong with the files, the rules that are in force stay so, and
    the problems are reported. The change is journaled with the operator's name.

    A new limit applies to the next order. What is above it already is listed, and stays.

    \b
    Example:
      oms-fix reload --config config/oms.yaml
    """
    ask_daemon(config, "reload", as_json=as_json)


@click.command()
@control_options
def status(config: Path, as_json: bool) -> None:
    """Show how the running system is doing: rules in force, orders, sessions.

    \b
    Example:
      oms-fix status --config config/oms.yaml
    """
    ask_daemon(config, "status", as_json=as_json)
