"""``oms-fix snapshot``: the state written down, so that the next start need not fold all events."""

from pathlib import Path

import click

from oms_fix.cli.output import echo_json
from oms_fix.cli.store_option import reading_options, store_path
from oms_fix.journal.records import StoreError
from oms_fix.journal.snapshot import snapshot_path, take_snapshot


@click.command(short_help="Take a snapshot for a quicker start.")
@reading_options
def snapshot(config: Path, store: Path | None, as_json: bool) -> None:
    """Write the state as of the last event beside the message store, for a quicker start.

    The running system does so by itself now and then and when it stops; here it is done by hand.
    It reads the store only, and works beside the running system.

    \b
    Example:
      oms-fix snapshot --config config/oms.yaml
    """
    path = store_path(config, store)
    try:
        taken = take_snapshot(path)
    except (StoreError, OSError) as error:
        raise click.ClickException(str(error)) from error
    told = {"path": str(snapshot_path(path)), "event_id": taken.event_id}
    if as_json:
        echo_json(told)
    else:
        click.echo(f"{told['path']}: the state at event {taken.event_id}")
