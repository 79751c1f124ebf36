"""``oms-fix archive``: files of earlier trading days, compressed and deleted as one wishes."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from oms_fix.cli.configured_path import configured_path
from oms_fix.cli.control_option import config_option
from oms_fix.cli.output import echo_json
from oms_fix.journal.archive import archive as archive_files
from oms_fix.settings.configuration import read_oms
from oms_fix.settings.trading_day import Retention, TradingDay


@click.command(short_help="Compress and delete old files of the message store.")
@config_option
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def archive(config: Path, as_json: bool) -> None:
    """Compress and delete the files of earlier trading days, as ``retention`` of oms.yaml says.

    The running system does so by itself after the end of each trading day. Compressed files are
    found like the others, by --day and by resends; it takes a moment longer.

    \b
    Example:
      oms-fix archive --config config/oms.yaml
    """
    store = configured_path(config, "store")
    oms = read_oms(config).document
    fields = {} if oms is None else oms.fields
    retention = fields.get("retention", Retention())
    day: TradingDay | None = fields.get("trading_day")
    zone = ZoneInfo("UTC" if day is None else day.time_zone)
    try:
        done = archive_files(
            store,
            datetime.now(UTC).astimezone(zone).date(),
            retention.compress_after_days,
            retention.delete_after_days,
        )
    except (OSError, sqlite3.Error) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        echo_json(done)
        return
    click.echo(f"compressed: {', '.join(done.compressed) or 'nothing'}")
    click.echo(f"deleted: {', '.join(done.deleted) or 'nothing'}")
