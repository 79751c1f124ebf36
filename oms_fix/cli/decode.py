"""``oms-fix decode``: FIX messages for people."""

from typing import BinaryIO

import click
import msgspec

from oms_fix.blotter.message_view import view
from oms_fix.cli.fix_text import FoundMessage, find_messages
from oms_fix.cli.message_text import field_lines
from oms_fix.cli.output import plain


@click.command(short_help="Pretty-print FIX messages from a file or stdin.")
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object a line.")
def decode(file: BinaryIO, as_json: bool) -> None:
    """Pretty-print the FIX messages in FILE, or in standard input.

    Messages of any version, one or many, alone or in the lines of a log; fields separated by SOH,
    "|" or "^A". Passwords and raw data are shown as ***.

    \b
    Example:
      oms-fix decode fix.log
      echo '8=FIX.4.4|9=5|35=0|10=163|' | oms-fix decode
      tail -f fix.log | oms-fix decode --json -
    """
    count = 0
    for count, found in enumerate(find_messages(iter(file.readline, b"")), start=1):
        if as_json:
            _echo_json(found)
        else:
            _echo_text(found, count)
    if count == 0:
        raise click.ClickException(
            "no FIX message found; one starts with 8=FIX and has SOH, '|' or '^A' between fields"
        )


def _echo_json(found: FoundMessage) -> None:
    content = {"prefix": found.prefix, "complete": found.complete} | plain(view(found.raw))
    click.echo(msgspec.json.encode(content).decode())


def _echo_text(found: FoundMessage, count: int) -> None:
    message = view(found.raw)
    if count > 1:
        click.echo()
    head = f"{message.name}({message.msg_type}), {message.version}"
    lack = "" if found.complete else ", no CheckSum(10): cut off"
    click.echo(f"{found.prefix}  {head}{lack}".strip())
    for line in field_lines(message):
        click.echo(line)
