"""``oms-fix passwd``: passwords of counterparties, kept as salted hashes."""

import sys
from pathlib import Path

import click

from oms_fix.fix.credentials import is_user_name, set_password
from oms_fix.fix.errors import ConfigError


@click.command(short_help="Set the password that a counterparty logs on with.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("user")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read one line from standard input.")
def passwd(file: Path, user: str, from_stdin: bool) -> None:
    """Set the password that USER logs on with, in the FILE that CredentialsFile names.

    The password is asked for twice and not shown. FILE is made if there is none; it holds a salted
    hash of each password and is readable by its owner only. A running system takes a new password
    with the next logon.

    \b
    Example:
      oms-fix passwd sessions/credentials BUYSIDE44
      pass show buyside44 | oms-fix passwd --stdin sessions/credentials BUYSIDE44
    """
    if not is_user_name(user):
        raise click.ClickException(
            f"no user can be called {user!r}; allowed: printable ASCII without ':', no '#' in front"
        )
    password = _from_stdin() if from_stdin else _asked()
    if not password or b"\x01" in password:
        raise click.ClickException("a password needs at least one character, and none of them SOH")
    try:
        is_new = set_password(file, user, password)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{file}: cannot be written: {error.strerror}") from error
    click.echo(f"{file}: password of {'new ' if is_new else ''}user {user} set")


def _asked() -> bytes:
    if not is_on_terminal():
        raise click.ClickException("no terminal to ask on; --stdin reads from standard input")
    password = click.prompt("Password", hide_input=True, confirmation_prompt="Again")
    return str(password).encode()


def is_on_terminal() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin.isatty()


def _from_stdin() -> bytes:
    return sys.stdin.buffer.readline().rstrip(b"\r\n")
