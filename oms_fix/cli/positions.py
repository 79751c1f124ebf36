"""``oms-fix positions``: what accounts hold by the trades in the store."""

from decimal import Decimal
from pathlib import Path

import click

from oms_fix.cli.output import echo_json, echo_table
from oms_fix.cli.store_option import blotter_options, open_blotter

_HEADERS = ("ACCOUNT", "SYMBOL", "QTY", "AVG COST", "COST", "REALISED", "CCY")
_CENT = Decimal("0.01")


@click.command(short_help="List positions per account and symbol.")
@click.option("--account", help="Only of this Account(1).")
@click.option("--symbol", help="Only in this Symbol(55).")
@blotter_options
def positions(
    account: str | None, symbol: str | None, config: Path, store: Path | None, as_json: bool
) -> None:
    """List positions per account and symbol: quantity, average cost, realised gain.

    They are the result of the trades in the store alone; a sale of what was held before shows as a
    short position. AVG COST is quoted like the price (percent of par for bonds); COST and REALISED
    are money in the instrument's currency, before fees.

    \b
    Example:
      oms-fix positions --account ACC-01
      oms-fix positions --symbol AAPL --json
    """
    with open_blotter(config, store) as blotter:
        rows = blotter.positions(account, symbol)
    if as_json:
        echo_json(rows)
        return
    lines = [
        (
            row.account,
            row.symbol,
            row.quantity,
            row.average_cost,
            row.cost.quantize(_CENT),
            row.realised.quantize(_CENT),
            row.currency,
        )
        for row in rows
    ]
    echo_table(lines, _HEADERS, "No positions.")
