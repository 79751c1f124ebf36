"""``oms-fix orders`` and ``oms-fix order show``: client orders, and all that happened to one."""

from pathlib import Path

import click

from oms_fix.blotter.biography import biography
from oms_fix.blotter.queries import (
    OPEN,
    AmbiguousOrderError,
    Blotter,
    OrderFilter,
    UnknownOrderError,
)
from oms_fix.blotter.rows import OrderRow
from oms_fix.cli.biography_text import echo_biography
from oms_fix.cli.order_actions import bust, cancel, correct, enter, force_done, place
from oms_fix.cli.output import counted, echo_json, echo_table, local_time, parse_time, zone_note
from oms_fix.cli.store_option import blotter_options, open_blotter
from oms_fix.model.enums import OrdStatus

_HEADERS = (
    "ORDER",
    "CLORDID",
    "CLIENT",
    "ACCOUNT",
    "SIDE",
    "QTY",
    "SYMBOL",
    "TYPE",
    "PRICE",
    "STATUS",
    "DONE",
    "LEFT",
    "AVG PX",
    "ENTERED",
    "TEXT",
)


def parse_status(value: str) -> str:
    """Return the name of an OrdStatus(39), or ``OPEN``, as the blotter has it.

    Args:
        value: the name; case does not matter, nor ``-`` for ``_``.

    Raises:
        click.BadParameter: there is no such status.
    """
    name = value.upper().replace("-", "_")
    allowed = [OPEN, *OrdStatus.__members__]
    if name not in allowed:
        names = ", ".join(each.lower() for each in allowed)
        raise click.BadParameter(f"{value!r} is no order status; allowed: {names}")
    return name


@click.command(short_help="List client orders.")
@click.option(
    "--status",
    type=parse_status,
    metavar="STATUS",
    multiple=True,
    help="Only with this OrdStatus(39), or 'open'; may be given several times.",
)
@click.option("--account", help="Only of this Account(1).")
@click.option("--symbol", help="Only in this Symbol(55).")
@click.option("--client", help="Only from this client session.")
@click.option(
    "--since", type=parse_time, metavar="TIME", help="Only entered since: 09:30, 15m, 2026-11-23."
)
@click.option("--limit", type=click.IntRange(min=1), help="At most so many, the newest.")
@blotter_options
def orders(
    status: tuple[str, ...],
    account: str | None,
    symbol: str | None,
    client: str | None,
    since: int | None,
    limit: int | None,
    config: Path,
    store: Path | None,
    as_json: bool,
) -> None:
    """List client orders as their clients were last told of them, oldest first.

    \b
    Example:
      oms-fix orders --status open --symbol AAPL
      oms-fix orders --status rejected --since 15m --json
    """
    wanted = OrderFilter(
        status=status, account=account, symbol=symbol, client=client, since=since, limit=limit
    )
    with open_blotter(config, store) as blotter:
        rows = blotter.orders(wanted)
    if as_json:
        echo_json(rows)
    else:
        _echo_orders(rows)


def _echo_orders(rows: list[OrderRow]) -> None:
    lines = [
        (
            row.order_id,
            row.cl_ord_id,
            row.client,
            row.account,
            row.side,
            row.order_qty,
            row.symbol,
            row.ord_type,
            row.price,
            row.ord_status,
            row.cum_qty,
            row.leaves_qty,
            row.avg_px,
            local_time(row.entered_at),
            row.text,
        )
        for row in rows
    ]
    echo_table(lines, _HEADERS, "No orders.")
    if lines:
        click.echo(f"\n{counted(len(lines), 'order')}. {zone_note()}")


@click.group(short_help="See one order with all that happened to it, or intervene in it.")
def order() -> None:
    """See one order, or intervene in it.

    Every intervention is journaled with the operator's name and reason, and the client hears of it.

    \b
    Example:
      oms-fix order show C-1001
      oms-fix order cancel C-1001 --reason 'client called'
    """


for _command in (bust, cancel, correct, enter, force_done, place):
    order.add_command(_command)


@order.command(short_help="Show an order's biography.")
@click.argument("order_id", metavar="ID")
@blotter_options
def show(order_id: str, config: Path, store: Path | None, as_json: bool) -> None:
    """Show the biography of the order with OrderID(37) or ClOrdID(11) ID.

    Every step with its time and latency; every check of the order and of its replaces with its
    outcome and, where it has a limit, what was used of that before and after; each routing decision
    with every venue considered and, where they are known, its book, fees, expected price, cost in
    basis points against the mid, and health; every child order, every fill, every FIX message in
    and out.

    \b
    Example:
      oms-fix order show C-1001
      oms-fix order show C-1001 --json
    """
    with open_blotter(config, store) as blotter:
        story = biography(blotter, _find(blotter, order_id))
    if as_json:
        echo_json(story)
    else:
        echo_biography(story)


def _find(blotter: Blotter, order_id: str) -> OrderRow:
    try:
        return blotter.find_order(order_id)
    except UnknownOrderError as error:
        near = f"; did you mean {', '.join(error.near)}" if error.near else ""
        raise click.ClickException(f"{error}{near}") from error
    except AmbiguousOrderError as error:
        lines = [
            f"  {row.order_id}  {row.client}  {row.side} {row.symbol}  {row.ord_status}"
            for row in error.orders
        ]
        text = "\n".join([f"{error}; name one by its OrderID:", *lines])
        raise click.ClickException(text) from error
