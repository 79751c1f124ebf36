"""What the commands that speak to the running daemon have in common."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import click
import msgspec

from oms_fix.cli.configured_path import configured_path
from oms_fix.daemon.control import ControlAnswer, ControlRequest, ask

Command = Callable[..., None]

config_option = click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("config/oms.yaml"),
    show_default=True,
    envvar="OMS_FIX_CONFIG",
    show_envvar=True,
    help="The configuration.",
)


def control_options(function: Command) -> Command:
    """Add ``--config`` and ``--json`` to a command."""
    as_json = click.option("--json", "as_json", is_flag=True, help="Write JSON.")
    return config_option(as_json(function))


def ask_daemon(
    config: Path, name: str, arguments: dict[str, str] | None = None, *, as_json: bool
) -> ControlAnswer:
    """Send a command to the daemon of a configuration, print its lines and return its answer.

    A refusal ends the command with exit status 1.
    """
    socket = configured_path(config, "control_socket")
    try:
        answer = ask(socket, ControlRequest(name, arguments or {}))
    except FileNotFoundError as error:
        raise click.ClickException(f"no daemon is running: {socket} is not there") from error
    except (OSError, msgspec.DecodeError) as error:
        raise click.ClickException(f"{socket}: {error}") from error
    if as_json:
        more = {"code": answer.code, "rows": answer.rows}
        shown = {"done": answer.done, "lines": answer.lines}
        click.echo(json.dumps(shown | {key: more[key] for key in more if more[key]}, indent=2))
    else:
        for line in answer.lines:
            click.echo(line)
    if not answer.done:
        sys.exit(1)
    return answer
