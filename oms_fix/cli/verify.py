"""``oms-fix verify``: whether the message store is as it was written."""

import sys
from pathlib import Path

import click

from oms_fix.cli.output import counted, echo_json
from oms_fix.cli.store_option import reading_options, store_path
from oms_fix.journal.records import StoreError
from oms_fix.journal.verify import Verification, verify_all
from oms_fix.journal.verify import verify as verify_now


@click.command(short_help="Verify that the message store is as it was written.")
@click.option("--all", "all_days", is_flag=True, help="The files of earlier trading days, too.")
@reading_options
def verify(all_days: bool, config: Path, store: Path | None, as_json: bool) -> None:
    """Verify that the message store is as it was written, and decides the same again.

    SQLite's own check; the checksum chain over every row; the session numbers; all commands run
    through the core anew, which must come to the very same events; and the snapshot. Names the
    first batch and row, and the first event, that are wrong. Works beside the running system. Exit
    status 1 if anything is wrong.

    \b
    Example:
      oms-fix verify --config config/oms.yaml
      oms-fix verify --all --json
    """
    path = store_path(config, store)
    try:
        found = verify_all(path, show_progress) if all_days else [verify_now(path, show_progress)]
    except StoreError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        echo_json(found)
    else:
        for file in found:
            _echo(file)
    if any(file.problems for file in found):
        sys.exit(1)


def _echo(file: Verification) -> None:
    commands, events = counted(file.commands, "command"), counted(file.events, "event")
    click.echo(f"{file.store}: {file.batches} batches, {commands}, {events}")
    for problem in file.problems:
        click.echo(f"WRONG {problem.part}: {problem.text}")
    if not file.problems:
        click.echo("As it was written: file, chain, session numbers, events, snapshot.")
    if file.no_snapshot:
        click.echo(f"No snapshot that can be used: {file.no_snapshot}")


def show_progress(part: str, done: int, total: int) -> None:
    """Tell how far it is, on a terminal."""
    if sys.stderr.isatty():
        end = "\n" if done == total else "\r"
        click.echo(f"{part}: {done} of {total}{end}", err=True, nl=False)
