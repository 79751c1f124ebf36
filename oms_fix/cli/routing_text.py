"""Routing decisions as text for a terminal: every venue looked at, and what it comes to."""

from decimal import Decimal

import click

from oms_fix.blotter.biography import RoutingEntry
from oms_fix.blotter.wording import figure, number
from oms_fix.cli.output import echo_table, local_time, without_empty
from oms_fix.model.routing import Onward, RouteLeg

_HEADERS = (
    "VENUE",
    "QTY",
    "PRICE",
    "TIF",
    "MIN QTY",
    "MAX FLOOR",
    "OTHER FIELDS",
    "BEST",
    "DISPLAYED",
    "EXPECTED PX",
    "FEES",
    "COST BP",
    "HEALTH",
    "WHY",
)


def echo_routing(entries: list[RoutingEntry]) -> None:
    """Write each decision: the rule, the venues, the expected cost; when, if there are several."""
    if not entries:
        click.echo("Not routed.")
    for count, entry in enumerate(entries):
        if count:
            click.echo()
        when = f"{local_time(entry.at)}  " if len(entries) > 1 else ""
        rules = f"version {entry.rules_version} of the rules"
        click.echo(f"{when}{entry.reason}; strategy {entry.strategy}; {rules}\n")
        lines, headers = without_empty(map(_leg, entry.legs), _HEADERS)
        echo_table(lines, headers, "No venues.")
        for line in _outcome(entry):
            click.echo(line)


def _leg(leg: RouteLeg) -> tuple[object, ...]:
    return (
        leg.venue,
        leg.quantity,
        leg.price,
        "" if leg.time_in_force is None else leg.time_in_force.name,
        leg.min_qty,
        leg.max_floor,
        " ".join(f"{each.tag}={each.value}" for each in leg.other_fields),
        leg.best,
        leg.displayed,
        figure(leg.expected_px),
        figure(leg.fees),
        figure(leg.cost_bp),
        leg.health,
        leg.reason,
    )


def _outcome(entry: RoutingEntry) -> list[str]:
    """Return what a decision comes to, where that is known: its cost, and how the order goes on."""
    costs = [
        f"{what} {_shown(value)}{unit}"
        for what, value, unit in (
            ("cost", entry.cost_bp, " bp"),
            ("impact", entry.impact_bp, " bp"),
            ("mid", entry.mid, ""),
        )
        if value is not None
    ]
    if costs and entry.cost_bp is None:
        costs.insert(0, "cost not known")
    lines = [f"Expected: {', '.join(costs)}."] if costs else []
    if entry.onward is not None:
        lines.append(f"What is left then: {describe_onward(entry.onward)}.")
    if entry.desk:
        lines.append(f"Placed by desk {entry.desk}.")
    return ["", *lines] if lines else []


def describe_onward(onward: Onward) -> str:
    """Return how an order goes on: ``route sweep, post``."""
    remainder = "" if onward.remainder is None else f", {onward.remainder}"
    return f"route {onward.route_id}{remainder}"


def _shown(value: Decimal) -> str:
    return number(figure(value) or Decimal(0))
