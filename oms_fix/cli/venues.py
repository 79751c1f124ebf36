"""``oms-fix venues``: how venues answer, from the running system."""

from pathlib import Path

import click

from oms_fix.cli.control_option import ask_daemon, control_options
from oms_fix.cli.output import echo_table

_COLUMNS = {
    "venue": "VENUE",
    "kind": "KIND",
    "state": "STATE",
    "suspended": "SUSPENDED",
    "open_orders": "OPEN",
    "this_second": "THIS SECOND",
    "acknowledged": "ACKNOWLEDGED",
    "rejected": "REJECTED",
    "timed_out": "TIMED OUT",
    "filled": "FILLED",
    "latency": "LATENCY",
    "traded": "TRADED TODAY",
    "fees": "FEES",
}


@click.command(short_help="See how venues answer, and restore one.")
@click.option("--restore", metavar="NAME", help="Let a suspended venue have orders again.")
@click.option("--reason", help="Why it is restored; needed with --restore.")
@control_options
def venues(config: Path, as_json: bool, restore: str | None, reason: str | None) -> None:
    """List the venues, and how each has answered its last child orders.

    ACKNOWLEDGED, REJECTED, TIMED OUT and FILLED are of these, see spec/venue_health.md. Of a venue
    that venues.yaml does not describe nothing is kept.

    \b
    Example:
      oms-fix venues
      oms-fix venues --json
      oms-fix venues --restore XNAS --reason "they have restarted it"
    """
    if restore is None and reason is None:
        answer = ask_daemon(config, "venues", as_json=as_json)
        if not as_json:
            rows = [[row.get(key, "") for key in _COLUMNS] for row in answer.rows]
            echo_table(rows, list(_COLUMNS.values()), "No venues.")
        return
    if restore is None or reason is None:
        raise click.UsageError("--restore and --reason go together")
    ask_daemon(config, "venues restore", {"venue": restore, "reason": reason}, as_json=as_json)
