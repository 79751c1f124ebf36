"""``oms-fix halt``, ``reduce`` and ``resume``: what the running daemon may take and place."""

from collections.abc import Callable
from pathlib import Path

import click

from oms_fix.cli.control_option import Command, ask_daemon, control_options
from oms_fix.model.enums import TradingScope

_SCOPES = (
    click.option("--firm", is_flag=True, help="All there is."),
    click.option("--client", metavar="NAME", help="A client, by the name of its session."),
    click.option("--account", metavar="ID", help="An account."),
    click.option("--instrument", metavar="SYMBOL", help="An instrument."),
    click.option("--venue", metavar="NAME", help="A venue, by the name of its session."),
)


def _scoped(function: Command) -> Command:
    """Add the options of a scope, and ``--config`` and ``--json``, to a command."""
    function = control_options(function)
    for option in reversed(_SCOPES):
        function = option(function)
    return function


def _stopping(function: Command) -> Callable[..., None]:
    """Add the options of a command that stops something."""
    cancel_open = click.option("--cancel-open", is_flag=True, help="Take back what is open, too.")
    reason = click.option("--reason", required=True, help="Why; clients are told.")
    return _scoped(reason(cancel_open(function)))


@click.command()
@_stopping
def halt(
    reason: str, config: Path, cancel_open: bool, as_json: bool, **given: str | bool | None
) -> None:
    """Halt trading: nothing new is taken or placed until it is resumed; cancels go on.

    Exactly one of --firm, --client, --account, --instrument and --venue says where. It is in force
    for the next message, survives a restart and is shown by ``oms-fix status``. What is open stays,
    unless its ExecInst(18) or --cancel-open says otherwise; see spec/rules_of_engagement.md.

    \b
    Example:
      oms-fix halt --firm --cancel-open --reason "prices are wrong"
      oms-fix halt --instrument AAPL --reason "news pending"
    """
    arguments = _named(given) | {"reason": reason} | _cancels(cancel_open)
    ask_daemon(config, "halt", arguments, as_json=as_json)


@click.command()
@_stopping
def reduce(
    reason: str, config: Path, cancel_open: bool, as_json: bool, **given: str | bool | None
) -> None:
    """Take only what reduces the position of its account, until trading is resumed.

    Exactly one of --firm, --client, --account, --instrument and --venue says where. Cancels and
    replaces that add no quantity go on.

    \b
    Example:
      oms-fix reduce --account GROWTH --reason "limit of the day is reached"
    """
    arguments = _named(given) | {"reason": reason} | _cancels(cancel_open)
    ask_daemon(config, "reduce", arguments, as_json=as_json)


@click.command()
@_scoped
def resume(config: Path, as_json: bool, **given: str | bool | None) -> None:
    """Let trading go on where it was halted or only reduced positions.

    Suspended orders are placed again, and stop orders triggered whose price has been reached.

    \b
    Example:
      oms-fix resume --account GROWTH
    """
    ask_daemon(config, "resume", _named(given), as_json=as_json)


def _cancels(cancel_open: bool) -> dict[str, str]:
    return {"cancel_open": "yes"} if cancel_open else {}


def _named(given: dict[str, str | bool | None]) -> dict[str, str]:
    """Return the one scope that is given, and the name in it."""
    said = [(scope, given[scope]) for scope in TradingScope if given[scope]]
    if len(said) != 1:
        options = ", ".join(f"--{scope.value}" for scope in TradingScope)
        raise click.UsageError(f"give exactly one of {options}")
    scope, name = said[0]
    return {"scope": scope.value, "name": name if isinstance(name, str) else ""}
