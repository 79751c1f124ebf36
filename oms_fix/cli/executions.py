"""``oms-fix executions``: what was traded."""

from pathlib import Path

import click

from oms_fix.blotter.queries import OrderFilter
from oms_fix.blotter.rows import ExecutionRow
from oms_fix.cli.output import counted, echo_json, echo_table, local_time, parse_time, zone_note
from oms_fix.cli.store_option import blotter_options, open_blotter

_HEADERS = (
    "TIME",
    "EXEC",
    "ORDER",
    "CLIENT",
    "ACCOUNT",
    "SIDE",
    "QTY",
    "SYMBOL",
    "PRICE",
    "CCY",
    "VENUE",
    "VENUE EXEC",
    "STATE",
)


@click.command(short_help="List executions.")
@click.option("--order", "order_id", help="Only of this OrderID(37).")
@click.option("--account", help="Only of this Account(1).")
@click.option("--symbol", help="Only in this Symbol(55).")
@click.option("--client", help="Only from this client session.")
@click.option(
    "--since", type=parse_time, metavar="TIME", help="Only traded since: 09:30, 15m, 2026-11-23."
)
@click.option("--limit", type=click.IntRange(min=1), help="At most so many, the newest.")
@blotter_options
def executions(
    order_id: str | None,
    account: str | None,
    symbol: str | None,
    client: str | None,
    since: int | None,
    limit: int | None,
    config: Path,
    store: Path | None,
    as_json: bool,
) -> None:
    """List executions as clients were told of them, oldest first.

    STATE is LIVE, or says that the venue corrected or busted the execution since.

    \b
    Example:
      oms-fix executions --symbol AAPL
      oms-fix executions --account ACC-01 --since 09:30 --json
    """
    wanted = OrderFilter(
        order_id=order_id,
        account=account,
        symbol=symbol,
        client=client,
        since=since,
        limit=limit,
    )
    with open_blotter(config, store) as blotter:
        rows = blotter.executions(wanted)
    if as_json:
        echo_json(rows)
    else:
        _echo_executions(rows)


def _echo_executions(rows: list[ExecutionRow]) -> None:
    lines = [
        (
            local_time(row.traded_at),
            row.exec_id,
            row.order_id,
            row.client,
            row.account,
            row.side,
            row.last_qty,
            row.symbol,
            row.last_px,
            row.currency,
            row.venue,
            row.venue_exec_id,
            row.state,
        )
        for row in rows
    ]
    echo_table(lines, _HEADERS, "No executions.")
    if lines:
        click.echo(f"\n{counted(len(lines), 'execution')}. {zone_note()}")
