"""``oms-fix session``: the FIX sessions of the running daemon, seen and changed one by one."""

from pathlib import Path

import click

from oms_fix.cli.control_option import ask_daemon, control_options
from oms_fix.cli.output import echo_json, echo_table
from oms_fix.daemon.control import ControlAnswer

_COLUMNS = ("session", "role", "version", "state", "next_in", "next_out", "peer")


@click.group()
def session() -> None:
    """See and change the FIX sessions of the running system; the others go on undisturbed.

    Every change is journaled with the operator's name and survives a restart.

    \b
    Example:
      oms-fix session list
      oms-fix session disable XNAS
      oms-fix session set-seq XNAS --next-in 120 --next-out 97
    """


@session.command("list")
@control_options
def list_(config: Path, as_json: bool) -> None:
    """List the sessions as they are at this moment.

    \b
    Example:
      oms-fix session list --json
    """
    answer = ask_daemon(config, "session list", as_json=False)
    if as_json:
        echo_json(answer.rows)
        return
    rows = [[row[column] for column in _COLUMNS] for row in answer.rows]
    echo_table(rows, [column.upper().replace("_", " ") for column in _COLUMNS], "No sessions.")


@session.command()
@click.argument("name")
@control_options
def show(name: str, config: Path, as_json: bool) -> None:
    """Show one session: identity, address, state, sequence numbers.

    \b
    Example:
      oms-fix session show XNAS
    """
    answer = ask_daemon(config, "session show", {"session": name}, as_json=False)
    if as_json:
        echo_json(answer.rows[0])
        return
    for key, value in answer.rows[0].items():
        click.echo(f"{key.replace('_', ' '):<16} {value}")


def _change(name: str, config: Path, command: str, *, as_json: bool) -> ControlAnswer:
    return ask_daemon(config, f"session {command}", {"session": name}, as_json=as_json)


@session.command()
@click.argument("name")
@control_options
def add(name: str, config: Path, as_json: bool) -> None:
    """Bring up a session as its .cfg file has it now; a session that is there is changed to that.

    Sequence numbers go on where the store has them.

    \b
    Example:
      oms-fix session add XAMS
    """
    _change(name, config, "add", as_json=as_json)


@session.command()
@click.argument("name")
@control_options
def remove(name: str, config: Path, as_json: bool) -> None:
    """Log a session out and forget it; refused while it has open orders.

    One that is still in the .cfg files at the next start is disabled there.

    \b
    Example:
      oms-fix session remove XAMS
    """
    _change(name, config, "remove", as_json=as_json)


@session.command()
@click.argument("name")
@control_options
def enable(name: str, config: Path, as_json: bool) -> None:
    """Let a disabled session connect again.

    \b
    Example:
      oms-fix session enable XNAS
    """
    _change(name, config, "enable", as_json=as_json)


@session.command()
@click.argument("name")
@control_options
def disable(name: str, config: Path, as_json: bool) -> None:
    """Log a session out and keep it so, over restarts too, until it is enabled.

    \b
    Example:
      oms-fix session disable XNAS
    """
    _change(name, config, "disable", as_json=as_json)


@session.command()
@click.argument("name")
@control_options
def reset(name: str, config: Path, as_json: bool) -> None:
    """Set both sequence numbers back to 1, as agreed with the counterparty.

    A live session is logged out first.

    \b
    Example:
      oms-fix session reset XNAS
    """
    _change(name, config, "reset", as_json=as_json)


@session.command("set-seq")
@click.argument("name")
@click.option("--next-in", type=click.IntRange(min=1), help="MsgSeqNum(34) expected next.")
@click.option("--next-out", type=click.IntRange(min=1), help="MsgSeqNum(34) of our next message.")
@control_options
def set_seq(
    name: str, next_in: int | None, next_out: int | None, config: Path, as_json: bool
) -> None:
    """Set sequence numbers of a session that is not connected; what is left out stays.

    \b
    Example:
      oms-fix session set-seq XNAS --next-in 120 --next-out 97
    """
    if next_in is None and next_out is None:
        raise click.UsageError("give --next-in, --next-out or both")
    numbers = {"next_in": next_in, "next_out": next_out}
    given = {key: str(value) for key, value in numbers.items() if value is not None}
    ask_daemon(config, "session set-seq", {"session": name, **given}, as_json=as_json)
