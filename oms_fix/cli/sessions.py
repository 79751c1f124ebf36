"""``oms-fix sessions``: FIX sessions and their sequence numbers."""

from pathlib import Path

import click

from oms_fix.cli.output import echo_json, echo_table, local_time, zone_note
from oms_fix.cli.store_option import blotter_options, open_blotter

_HEADERS = ("SESSION", "STATE", "SINCE", "NEXT IN", "NEXT OUT", "RESETS", "REASON")
_STATES = {True: "logged on", False: "logged out", None: "never seen"}


@click.command(short_help="List FIX sessions and their sequence numbers.")
@blotter_options
def sessions(config: Path, store: Path | None, as_json: bool) -> None:
    """List FIX sessions as the store has them.

    NEXT IN and NEXT OUT are the next MsgSeqNum(34) each way, RESETS how often both went back to 1.
    The state is the last one recorded: of a system that was killed, it is from before that.

    \b
    Example:
      oms-fix sessions
      oms-fix sessions --json
    """
    with open_blotter(config, store) as blotter:
        rows = blotter.sessions()
    if as_json:
        echo_json(rows)
        return
    lines = [
        (
            row.name,
            _STATES[row.logged_on],
            local_time(row.changed_at),
            row.next_in,
            row.next_out,
            row.epoch,
            row.reason,
        )
        for row in rows
    ]
    echo_table(lines, _HEADERS, "No sessions.")
    if lines:
        click.echo(f"\n{zone_note()}")
