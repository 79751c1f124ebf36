"""``oms-fix run``, ``reload`` and ``status``: the daemon, and what one asks of a running one."""

import asyncio
import json
import sys
from pathlib import Path

import click
import msgspec
import uvloop

from oms_fix.cli.configured_path import configured_path
from oms_fix.daemon.configuration import DaemonConfiguration, load
from oms_fix.daemon.control import ControlRequest, ask
from oms_fix.daemon.daemon import Daemon
from oms_fix.journal.records import StoreError
from oms_fix.telemetry.logging import configure

_config = click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("config/oms.yaml"),
    show_default=True,
    envvar="OMS_FIX_CONFIG",
    show_envvar=True,
    help="The configuration.",
)


@click.command()
@_config
def run(config: Path) -> None:
    """Run the order management system until it is told to stop (SIGINT, SIGTERM).

    A configuration with anything wrong in it is refused, with the report of ``oms-fix check``.
    SIGHUP loads checks and routes anew.

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
    except (StoreError, OSError) as error:
        raise click.ClickException(str(error)) from error


@click.command()
@_config
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def reload(config: Path, as_json: bool) -> None:
    """Have the running system load checks and routes anew.

    All or nothing: if anything is wrong with the files, the rules that are in force stay so, and
    the problems are reported. The change is journaled with the operator's name.

    \b
    Example:
      oms-fix reload --config config/oms.yaml
    """
    _ask(config, "reload", as_json=as_json)


@click.command()
@_config
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def status(config: Path, as_json: bool) -> None:
    """Show how the running system is doing: rules in force, orders, sessions.

    \b
    Example:
      oms-fix status --config config/oms.yaml
    """
    _ask(config, "status", as_json=as_json)


def _ask(config: Path, name: str, *, as_json: bool) -> None:
    """Send a command to the daemon of a configuration and print its answer."""
    socket = configured_path(config, "control_socket")
    try:
        answer = ask(socket, ControlRequest(name))
    except FileNotFoundError as error:
        raise click.ClickException(f"no daemon is running: {socket} is not there") from error
    except (OSError, msgspec.DecodeError) as error:
        raise click.ClickException(f"{socket}: {error}") from error
    if as_json:
        click.echo(json.dumps({"done": answer.done, "lines": answer.lines}, indent=2))
    else:
        for line in answer.lines:
            click.echo(line)
    sys.exit(0 if answer.done else 1)
