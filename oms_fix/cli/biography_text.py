"""An order's biography as text for a terminal."""

import click

from oms_fix.blotter.biography import Biography, MessageEntry, Step
from oms_fix.blotter.rows import OrderRow
from oms_fix.blotter.wording import figure, number
from oms_fix.cli.message_text import field_lines
from oms_fix.cli.output import duration, echo_table, local_time, zone_note
from oms_fix.cli.routing_text import echo_routing
from oms_fix.fix.outputs import Direction


def echo_biography(story: Biography) -> None:
    """Write all of it, section by section."""
    _echo_order(story.order)
    _echo_steps(story.steps)
    _echo_checks(story)
    _section("Routing")
    echo_routing(story.routing)
    _echo_children(story)
    _echo_executions(story)
    _section("Messages")
    for entry in story.messages:
        _echo_message(entry)


def _section(title: str) -> None:
    click.echo(f"\n{title}\n{'=' * len(title)}")


def _echo_order(order: OrderRow) -> None:
    price = "" if order.price is None else f" at {number(order.price)}"
    what = f"{order.side} {number(order.order_qty)} {order.symbol} {order.ord_type}{price}"
    click.echo(f"Order {order.order_id}  {order.ord_status}")
    click.echo(f"  {what} {order.time_in_force}, account {order.account or '(none)'}")
    click.echo(f"  from {order.client}, ClOrdID {order.cl_ord_id}")
    quantities = f"done {number(order.cum_qty)}, left {number(order.leaves_qty)}"
    click.echo(f"  {quantities}, average price {number(order.avg_px)} {order.currency}".rstrip())
    if order.operator:
        click.echo(f"  operator {order.operator} has intervened")
    if order.text:
        click.echo(f"  {order.text}")


def _echo_steps(steps: list[Step]) -> None:
    _section("Steps")
    lines = []
    for step in steps:
        first, *more = step.details or [""]
        mark = "" if step.message is None else f"[{step.message}] "
        unsure = "" if step.recorded else " (time of encoding)"
        took = duration(step.took_ns)
        since = duration(step.elapsed_ns)
        lines.append((local_time(step.at), since, took, step.step, f"{mark}{first}{unsure}"))
        lines += [("", "", "", "", detail) for detail in more]
    echo_table(lines, ("TIME", "SINCE START", "TOOK", "STEP", "WHAT"), "No steps.")
    click.echo(
        f"\n{zone_note()} TOOK: decided since received or answered, sent and reported since\n"
        "decided, answered since sent. [n] is the message below."
    )


def _echo_checks(story: Biography) -> None:
    _section("Checks")
    echo_table(
        [
            (
                entry.cl_ord_id,
                entry.result.check_id,
                entry.result.outcome,
                figure(entry.result.used),
                figure(entry.result.after),
                figure(entry.result.limit),
                entry.result.code,
                entry.result.detail,
            )
            for entry in story.checks
        ],
        ("CLORDID", "CHECK", "OUTCOME", "USED", "AFTER", "LIMIT", "CODE", "DETAIL"),
        "None applied.",
    )
    if any(entry.result.limit is not None for entry in story.checks):
        click.echo("\nUSED: of the limit, before this order or replace. AFTER: with it.")


def _echo_children(story: Biography) -> None:
    _section("Children")
    echo_table(
        [
            (
                child.child_id,
                child.venue,
                child.cl_ord_id,
                child.venue_order_id,
                child.order_qty,
                child.price,
                child.ord_status,
                child.cum_qty,
                child.leaves_qty,
                child.avg_px,
                child.text,
            )
            for child in story.children
        ],
        (
            "CHILD",
            "VENUE",
            "CLORDID",
            "VENUE ORDER",
            "QTY",
            "PRICE",
            "STATUS",
            "DONE",
            "LEFT",
            "AVG PX",
            "TEXT",
        ),
        "None.",
    )


def _echo_executions(story: Biography) -> None:
    _section("Executions")
    echo_table(
        [
            (
                local_time(row.traded_at),
                row.exec_id,
                row.last_qty,
                row.last_px,
                row.venue,
                row.child_id,
                row.venue_exec_id,
                row.state,
            )
            for row in story.executions
        ],
        ("TIME", "EXEC", "QTY", "PRICE", "VENUE", "CHILD", "VENUE EXEC", "STATE"),
        "None.",
    )


def _echo_message(entry: MessageEntry) -> None:
    content = entry.content
    way = "from" if entry.direction is Direction.IN else "to"
    at = entry.at if entry.sent_at is None else entry.sent_at
    title = f"[{entry.number}] {local_time(at)} {way} {entry.session}: "
    click.echo(f"\n{title}{content.name}({content.msg_type}), {content.version}")
    click.echo(f"  {content.raw}")
    for line in field_lines(content):
        click.echo(f"  {line}")
