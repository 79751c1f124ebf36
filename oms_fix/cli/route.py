"""``oms-fix route explain``: what would be done with an order, and why."""

from pathlib import Path
from typing import Any, BinaryIO

import click
from click.core import ParameterSource
from msgspec import structs

from oms_fix.blotter.biography import routing_entry
from oms_fix.blotter.wording import describe_event, describe_terms, figure
from oms_fix.cli.check import load_or_tell
from oms_fix.cli.order_file import read_order
from oms_fix.cli.output import (
    duration,
    echo_json,
    echo_table,
    local_time,
    parse_time,
    without_empty,
    zone_note,
)
from oms_fix.cli.routing_text import echo_routing
from oms_fix.cli.store_option import reading_options, store_path
from oms_fix.core.orders.books import is_usable
from oms_fix.journal.explain import Explanation, explain
from oms_fix.journal.records import StoreError
from oms_fix.model.commands import NewOrderSingle
from oms_fix.model.events import ChecksEvaluated, ChildPlaced, OrderCaptured
from oms_fix.model.market_data import VenueBook
from oms_fix.model.routing import OrderRouted

_TOLD_ABOVE = OrderCaptured | ChecksEvaluated | OrderRouted | ChildPlaced
_CHILD_HEADERS = ("VENUE", "QTY", "TYPE", "PRICE", "TIF", "MIN QTY", "MAX FLOOR")
_CHECK_HEADERS = ("CHECK", "OUTCOME", "USED", "AFTER", "LIMIT", "CODE", "DETAIL")
_BOOK_HEADERS = ("VENUE", "BID", "BID QTY", "OFFER", "OFFER QTY", "AGE", "LEFT OUT")


@click.group(short_help="Explain where an order would go, and why.")
def route() -> None:
    """Explain where an order would go, and why.

    \b
    Example:
      oms-fix route explain order.fix --at 14:30
    """


@route.command("explain", short_help="Say what would be done with an order, without doing it.")
@click.argument("order", type=click.File("rb"), metavar="ORDER.fix")
@click.option(
    "--at",
    type=parse_time,
    metavar="TIME",
    help="As of when: 09:30, 15m, 2026-11-23T09:30; else after all that is stored.",
)
@click.option("--client", metavar="NAME", help="Its session; else that of SenderCompID(49).")
@reading_options
@click.pass_context
def explain_order(
    context: click.Context,
    order: BinaryIO,
    at: int | None,
    client: str | None,
    config: Path,
    store: Path | None,
    as_json: bool,
) -> None:
    """Say what would be done with the NewOrderSingle(D) in ORDER.fix, without doing it.

    The state of TIME is made from the store: positions, limits, books, sessions, rules. On it the
    core decides as it would have: checks, the rule that matches, every venue that is considered
    with its book, fees and expected cost, the child orders with their terms, what the client is
    told. Fields of the message are separated by SOH, "|" or "^A"; "-" is standard input. Nothing is
    written, and nobody hears of it; works beside the running system.

    Where --config is given, the rules, instruments, accounts and markets of that configuration
    decide, in place of those of TIME; and the store is the one that it names, unless --store names
    another, such as the file of an earlier day.

    \b
    Example:
      oms-fix route explain order.fix
      oms-fix route explain order.fix --at 14:30 --client BUYSIDE42
      oms-fix route explain order.fix --at 14:30 --config config/other/oms.yaml --store var/oms.db
    """
    others = None
    if context.get_parameter_source("config") is ParameterSource.COMMANDLINE:
        settings = load_or_tell(config, as_json=as_json).settings
        others = (settings.rules, settings.reference)
    command = read_order(order, client, config)
    try:
        found = explain(store_path(config, store), command, at, others)
    except StoreError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        echo_json(_as_json(command, found))
    else:
        _echo(command, found)


def _echo(order: NewOrderSingle, found: Explanation) -> None:
    click.echo(f"{describe_terms(_captured(found).terms)}, from {order.session}")
    versions = f"rules {found.rules}, reference data {found.reference_data}"
    click.echo(f"As of {local_time(found.at)} by {versions}. {zone_note()}")
    if found.is_known:
        click.echo(f"ClOrdID {order.cl_ord_id} was used by then; looked at as if it were another.")
    _section("Checks")
    echo_table(_checks(found), _CHECK_HEADERS, "None looked at it.")
    _section("Books")
    books = without_empty((_book(each, found.at) for each in found.books), _BOOK_HEADERS)
    echo_table(*books, "None was seen.")
    _section("Routing")
    echo_routing([routing_entry(found.at, each) for each in _of(found, OrderRouted)])
    _section("Children")
    echo_table(*without_empty(_children(found), _CHILD_HEADERS), "None.")
    _section("Outcome")
    for line in _outcome(found):
        click.echo(line)


def _section(title: str) -> None:
    click.echo(f"\n{title}\n{'=' * len(title)}")


def _of(found: Explanation, kind: type) -> list[Any]:
    return [event for event in found.events if isinstance(event, kind)]


def _captured(found: Explanation) -> OrderCaptured:
    """Return the order as it is taken up; a ClOrdID(11) that nobody has used always is."""
    captured = _of(found, OrderCaptured)[0]
    assert isinstance(captured, OrderCaptured)
    return captured


def _checks(found: Explanation) -> list[tuple[object, ...]]:
    return [
        (
            each.check_id,
            each.outcome,
            figure(each.used),
            figure(each.after),
            figure(each.limit),
            each.code,
            each.detail,
        )
        for event in _of(found, ChecksEvaluated)
        for each in event.results
    ]


def _book(book: VenueBook, now: int) -> tuple[object, ...]:
    """Return the best of both sides, how old it is, and why it is left out, if so."""
    bid = structs.astuple(book.bids[0]) if book.bids else (None, None)
    offer = structs.astuple(book.offers[0]) if book.offers else (None, None)
    problem = "" if is_usable(book) else book.out or f"market {book.status}"
    return (book.venue, *bid, *offer, duration(now - book.at), problem)


def _children(found: Explanation) -> list[tuple[object, ...]]:
    return [
        (
            event.venue,
            event.terms.order_qty,
            event.terms.ord_type.name,
            event.terms.price,
            event.terms.time_in_force.name,
            event.terms.min_qty,
            event.terms.max_floor,
        )
        for event in _of(found, ChildPlaced)
    ]


def _outcome(found: Explanation) -> list[str]:
    """Return what becomes of the order, in words."""
    lines = [describe_event(each) for each in found.events if not isinstance(each, _TOLD_ABOVE)]
    return lines or ["the client is told what the venue says"]


def _as_json(order: NewOrderSingle, found: Explanation) -> dict[str, Any]:
    captured = _captured(found)
    return {
        "at": found.at,
        "client": order.session,
        "cl_ord_id": order.cl_ord_id,
        "cl_ord_id_known": found.is_known,
        "what": describe_terms(captured.terms),
        "terms": captured.terms,
        "rules": found.rules,
        "reference_data": found.reference_data,
        "checks": [each for event in _of(found, ChecksEvaluated) for each in event.results],
        "books": found.books,
        "routing": [routing_entry(found.at, each) for each in _of(found, OrderRouted)],
        "children": [{"venue": e.venue, "terms": e.terms} for e in _of(found, ChildPlaced)],
        "outcome": _outcome(found),
    }
