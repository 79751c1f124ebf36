"""How a day would have been routed under other rules: as text for a terminal, and as JSON."""

from decimal import Decimal
from typing import Any

import click
from msgspec import structs

from oms_fix.blotter.wording import describe_terms, figure, number
from oms_fix.cli.output import counted, echo_table, local_time, zone_note
from oms_fix.cli.routing_text import describe_onward
from oms_fix.journal.whatif_routing import ExpectedCost, Rerouted, Routed, RoutingWhatIf

_HEADERS = (
    "TIME",
    "ORDER",
    "CLIENT",
    "CLORDID",
    "WHAT",
    "THEN",
    "BP",
    "COST",
    "UNDER NEW",
    "BP",
    "COST",
)


def echo_rerouted(found: RoutingWhatIf, currency: str) -> None:
    """Write the orders that would be routed otherwise, and what all is expected to cost."""
    click.echo("\nRouting\n=======")
    echo_table(map(_line, found.rerouted), _HEADERS, "No order would be routed otherwise.")
    compared = f"{counted(found.orders, 'order')} compared by where each was first routed"
    note = f" {zone_note()}" if found.rerouted else ""
    click.echo(f"\n{compared}; {len(found.rerouted)} otherwise.{note}")
    for which, cost in (("of all", found.cost), ("of those", found.cost_of_rerouted)):
        if cost.orders or cost.unknown:
            click.echo(f"  expected cost {which}: {_summary(cost, currency)}")


def rerouted_as_json(found: RoutingWhatIf) -> dict[str, Any]:
    """Return the same for programs."""
    return {
        "orders": found.orders,
        "rerouted": len(found.rerouted),
        "cost": _cost_as_json(found.cost),
        "cost_of_rerouted": _cost_as_json(found.cost_of_rerouted),
        "differences": [
            structs.asdict(each)
            | {
                "what": describe_terms(each.terms),
                "then": _routed_as_json(each.then),
                "now": _routed_as_json(each.now),
            }
            for each in found.rerouted
        ],
    }


def _line(each: Rerouted) -> tuple[object, ...]:
    return (
        local_time(each.at),
        each.order_id,
        each.client,
        each.cl_ord_id,
        describe_terms(each.terms),
        *_cells(each.then),
        *_cells(each.now),
    )


def _cells(routed: Routed) -> tuple[object, ...]:
    return _describe(routed), figure(routed.cost_bp), figure(routed.cost)


def _describe(routed: Routed) -> str:
    """Return a decision in a line: ``halves (split): A 60, B 40``."""
    parts = [f"{leg.venue} {number(leg.quantity)}" for leg in routed.placed]
    line = ", ".join(parts) or f"nowhere ({routed.why_not or f'desk {routed.desk}'})"
    if routed.route_id:
        line = f"{routed.route_id} ({routed.strategy}): {line}"
    return line if routed.onward is None else f"{line}; then {describe_onward(routed.onward)}"


def _summary(cost: ExpectedCost, currency: str) -> str:
    if not cost.orders:
        return "not known"
    then = f"{_amount(cost.bp_then)} bp, {_amount(cost.cost_then)} {currency} then"
    now = f"{_amount(cost.bp_now)} bp, {_amount(cost.cost_now)} {currency} under new"
    unknown = f"; not known of {cost.unknown}" if cost.unknown else ""
    return f"{then}; {now}{unknown}"


def _amount(value: Decimal | None) -> str:
    return number(figure(value) or Decimal(0))


def _cost_as_json(cost: ExpectedCost) -> dict[str, Any]:
    return structs.asdict(cost) | {"bp_then": cost.bp_then, "bp_now": cost.bp_now}


def _routed_as_json(routed: Routed) -> dict[str, Any]:
    return structs.asdict(routed) | {"cost": routed.cost}
