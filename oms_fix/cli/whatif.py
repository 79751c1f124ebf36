"""``oms-fix whatif``: a recorded day under other rules."""

from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import click
from msgspec import Struct, structs

from oms_fix.blotter.wording import describe_terms, figure, number
from oms_fix.cli.check import load_or_tell
from oms_fix.cli.output import counted, echo_json, echo_table, local_time, zone_note
from oms_fix.cli.verify import show_progress
from oms_fix.cli.whatif_routing_text import echo_rerouted, rerouted_as_json
from oms_fix.journal.records import StoreError
from oms_fix.journal.whatif import HELD, REJECTED, Difference, WhatIf, what_if
from oms_fix.journal.whatif_routing import RoutingWhatIf, what_if_routed
from oms_fix.model.rules import ReferenceData, Rules

_HEADERS = (
    "TIME",
    "ORDER",
    "CLIENT",
    "CLORDID",
    "WHAT",
    "NOTIONAL",
    "THEN",
    "UNDER NEW",
    "REASONS",
)


class _Sum(Struct, frozen=True):
    """How many differ in one way, and their notional; of ``unknown`` nobody knows it."""

    count: int
    notional: Decimal
    unknown: int


@click.command(short_help="Replay a day under other rules: what would differ.")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    required=True,
    metavar="NEW",
    help="oms.yaml, or its folder, with the other checks, routes, venues, instruments ...",
)
@click.option(
    "--journal",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    metavar="DAY",
    help="The store's file of the day: that of now, or an earlier one, compressed or not.",
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON, times in UTC.")
def whatif(config: Path, journal: Path, as_json: bool) -> None:
    """Replay a day under other rules; list what would be judged or routed otherwise, and why.

    Every order and replace that the checks looked at that day is judged by the checks of NEW, with
    the instruments, accounts and markets of NEW, at the time of then and with the totals of then.
    What NEW stops uses no limit afterwards. What was rejected and would pass has no executions,
    since nobody knows how it would have been filled; an order of which NEW stops a replace stays
    as it stood then.

    Every order that was routed that day, and that NEW does not stop, is routed by NEW too: on the
    books, positions and connections of the moment at which it was first routed. Listed is what
    would have gone elsewhere, with the expected cost of both in basis points against the mid and
    in base currency. What the venues would have made of it nobody knows.

    Nothing is changed; works beside the running system. Problems of NEW are told as by oms-fix
    check, with exit status 1.

    \b
    Example:
      oms-fix whatif --config config/tighter --journal var/oms-2026-11-20.db
      oms-fix whatif --config config/oms.yaml --journal var/oms.db --json
    """
    path = config / "oms.yaml" if config.is_dir() else config
    settings = load_or_tell(path, as_json=as_json).settings
    rules, reference, currency = settings.rules, settings.reference, settings.base_currency
    try:
        found = what_if(journal, rules, reference, partial(show_progress, "commands"))
        routed = _routed(journal, rules, reference, found)
    except StoreError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        told = _as_json(found, rules, reference, currency)
        echo_json(told | {"routing": rerouted_as_json(routed)})
    else:
        _echo(found, rules, reference, currency)
        echo_rerouted(routed, currency)


def _routed(journal: Path, rules: Rules, reference: ReferenceData, found: WhatIf) -> RoutingWhatIf:
    """Return how the orders that the new checks do not stop would be routed."""
    stopped = {
        each.order_id
        for each in found.differences
        if not each.is_replace and each.now in (REJECTED, HELD)
    }
    progress = partial(show_progress, "routing")
    return what_if_routed(journal, rules, reference, progress, stopped)


def _echo(found: WhatIf, rules: Rules, reference: ReferenceData, currency: str) -> None:
    lines = [
        (
            local_time(each.at),
            each.order_id,
            each.client,
            each.cl_ord_id,
            f"{'replace: ' if each.is_replace else ''}{describe_terms(each.terms)}",
            figure(each.notional),
            each.then,
            each.now,
            "; ".join(_reasons(each)),
        )
        for each in found.differences
    ]
    echo_table(lines, _HEADERS, "No differences.")
    judged = f"{counted(found.orders, 'order')} and {counted(found.replaces, 'replace')} judged"
    click.echo(f"\n{judged} by rules {rules.version}, reference data {reference.version}.")
    if found.not_judged:
        left = counted(found.not_judged, "replace")
        click.echo(f"{left} of orders that were stopped before not judged.")
    click.echo(f"{len(found.differences)} differ. {zone_note() if lines else ''}".rstrip())
    for way, sum_ in _summary(found).items():
        unknown = f", not known of {sum_.unknown}" if sum_.unknown else ""
        amount = number(figure(sum_.notional) or Decimal(0))
        click.echo(f"  {way}: {sum_.count}, notional {amount} {currency}{unknown}")


def _as_json(
    found: WhatIf, rules: Rules, reference: ReferenceData, currency: str
) -> dict[str, Any]:
    differences = [
        structs.asdict(each) | {"what": describe_terms(each.terms)} for each in found.differences
    ]
    return {
        "rules": rules.version,
        "reference_data": reference.version,
        "base_currency": currency,
        "orders": found.orders,
        "replaces": found.replaces,
        "not_judged": found.not_judged,
        "differing": len(found.differences),
        "summary": {way.replace(" ", "_"): sum_ for way, sum_ in _summary(found).items()},
        "differences": differences,
    }


def _reasons(each: Difference) -> tuple[str, ...]:
    """Return why the new rules judge so; where they find nothing, what was found then."""
    return each.why_now or tuple(f"then: {why}" for why in each.why_then)


def _summary(found: WhatIf) -> dict[str, _Sum]:
    """Return how many differ in which way, and what they are worth."""
    ways: dict[str, list[Difference]] = {
        way: [] for way in ("newly rejected", "newly held", "newly passed", "warned otherwise")
    }
    for each in found.differences:
        ways[_way(each)].append(each)
    return {way: _sum(those) for way, those in ways.items()}


def _way(each: Difference) -> str:
    if each.now == REJECTED:
        return "newly rejected"
    if each.now == HELD:
        return "newly held"
    return "newly passed" if each.then in (REJECTED, HELD) else "warned otherwise"


def _sum(those: list[Difference]) -> _Sum:
    known = [each.notional for each in those if each.notional is not None]
    return _Sum(len(those), sum(known, Decimal(0)), len(those) - len(known))
