"""``oms-fix verify``: whether the message store is as it was written."""

import sys
from pathlib import Path

import click

from oms_fix.cli.output import counted, echo_json
from oms_fix.cli.store_option import reading_options, store_path
from oms_fix.journal.records import StoreError
from oms_fix.journal.verify import verify as verify_store


@click.command(short_help="Verify that the message store is as it was written.")
@reading_options
def verify(config: Path, store: Path | None, as_json: bool) -> None:
    """Verify that the message store is as it was written, and decides the same again.

    SQLite's own check; the checksum chain over every row; the session numbers; and all commands run
    through the core anew, which must come to the very same events. Names the first batch and row,
    and the first event, that are wrong. Works beside the running system. Exit status 1 if anything
    is wrong.

    \b
    Example:
      oms-fix verify --config config/oms.yaml
    """
    try:
        found = verify_store(store_path(config, store), _show_progress)
    except StoreError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        echo_json(found)
    else:
        commands, events = counted(found.commands, "command"), counted(found.events, "event")
        click.echo(f"{found.store}: {found.batches} batches, {commands}, {events}")
        for problem in found.problems:
            click.echo(f"WRONG {problem.part}: {problem.text}")
        if not found.problems:
            click.echo("As it was written: file, chain, session numbers, events, snapshot.")
        if found.no_snapshot:
            click.echo(f"No snapshot that can be used: {found.no_snapshot}")
    if found.problems:
        sys.exit(1)


def _show_progress(part: str, done: int, total: int) -> None:
    """Tell how far it is, on a terminal."""
    if sys.stderr.isatty():
        end = "\n" if done == total else "\r"
        click.echo(f"{part}: {done} of {total}{end}", err=True, nl=False)
