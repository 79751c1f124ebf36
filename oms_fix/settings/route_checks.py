"""What types cannot say of routes: their venues, how they go on, whether orders ever get there."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from msgspec import Struct

from oms_fix.model.routes import (
    BrokerAlgo,
    DarkFirst,
    Direct,
    Iceberg,
    Manual,
    Post,
    Remainder,
    Route,
    Split,
    Spray,
    Sweep,
    Taking,
)
from oms_fix.model.venues import NO_TERMS, VenueKind, VenueTerms
from oms_fix.settings.coverage import covers
from oms_fix.settings.references import Known, References, refer
from oms_fix.settings.yaml_file import Mark

Problems = Iterator[tuple[int, str]]
Marked = list[tuple[Route, Mark]]
Terms = Mapping[str, VenueTerms] | None

_WITH_A_BOOK = (VenueKind.LIT, VenueKind.DEALER)


class RouteNames(Struct, frozen=True):
    """What routes may name, beside what all rules may.

    Attributes:
        routes: the routes of the file, faulty ones too.
        terms: what venues.yaml says of venues, by name; None if that could not be read.
    """

    routes: Known
    terms: Terms


def route_problems(rules: Marked, references: References, names: RouteNames) -> Problems:
    """Yield what is wrong with routes, each problem with its line."""
    for route, mark in rules:
        yield from _venue_problems(route, venue_marks(route, mark), references)
        yield from _size_problems(route, mark)
        if isinstance(route, Split):
            yield from _percentages(route, mark.at("legs").line)
        if isinstance(route, Taking):
            yield from _onward_problems(route, mark, names.routes)
        if names.terms is not None:
            yield from _kind_problems(route, mark, names.terms)
    yield from _unreachable(rules)
    yield from _circles(rules)


def venue_marks(route: Route, mark: Mark) -> list[tuple[str, Mark]]:
    """Return each venue that a route names, with its mark."""
    match route:
        case Direct() | BrokerAlgo():
            return [(route.venue, mark.at("venue"))]
        case Split():
            legs = zip(route.legs, mark.at("legs").items, strict=True)
            return [(leg.venue, item.at("venue")) for leg, item in legs]
        case Manual():
            return []
        case _:
            return list(zip(route.venues, mark.at("venues").items, strict=True))


def _venue_problems(
    route: Route, venues: list[tuple[str, Mark]], references: References
) -> Problems:
    seen = set()
    for venue, mark in venues:
        problem = refer(venue, "venue", references.venues)
        if problem is not None:
            yield mark.line, problem
        if venue in seen:
            yield mark.line, f"venue {venue!r} is twice in {route.id}; allowed: each venue once"
        seen.add(venue)


def _size_problems(route: Route, mark: Mark) -> Problems:
    """Yield what child orders would have to be larger for than they may be."""
    size = route.child_size_max
    for key in ("quantity_min", "display_quantity"):
        value = getattr(route, key, None)
        if size is not None and value is not None and value > size:
            text = f"{key} {value:f} of {route.id} is above its child_size_max {size:f}"
            yield mark.at(key).line, f"{text}; allowed: at most that"


def _percentages(route: Split, line: int) -> Problems:
    total = sum((leg.percent for leg in route.legs), Decimal(0))
    if total != 100:
        text = f"percentages of {route.id} sum to {total.normalize():f}; allowed: exactly 100"
        yield line, text


def _onward_problems(route: Taking, mark: Mark, routes: Known) -> Problems:
    """Yield that nothing, or two things, are said of what a strategy leaves."""
    if route.then is None and route.remainder is None:
        text = f"{route.id} does not say what becomes of what it leaves"
        yield mark.line, f"{text}; allowed: one of then, remainder"
    elif route.then is not None and route.remainder is not None:
        text = f"{route.id} has both then and remainder; allowed: one of them"
        yield mark.at("remainder").line, text
    problem = None if route.then is None else refer(route.then, "route", routes)
    if problem is not None:
        yield mark.at("then").line, problem


# --- what venues are like -----------------------------------------------------------------------


def _kind_problems(route: Route, mark: Mark, terms: Mapping[str, VenueTerms]) -> Problems:
    """Yield venues that a strategy cannot make anything of."""
    match route:
        case BrokerAlgo():
            offered = (each.name for each in terms.get(route.venue, NO_TERMS).algorithms)
            among = Known(frozenset(offered), f"venues.yaml for {route.venue}")
            problem = refer(route.algorithm, "algorithm", among)
            if problem is not None:
                yield mark.at("algorithm").line, problem
        case DarkFirst():
            yield from _dark_problems(route, mark, terms)
        case Sweep() | Spray() | Post() | Iceberg():
            for venue, item in venue_marks(route, mark):
                kind = terms.get(venue, NO_TERMS).kind
                if kind not in _WITH_A_BOOK:
                    text = f"venue {venue!r} of {route.id} is {kind} and has no book to see"
                    strategy = route.__struct_config__.tag
                    yield item.line, f"{text}; allowed for {strategy}: {_one_of(_WITH_A_BOOK)}"
        case _:
            pass


def _dark_problems(route: DarkFirst, mark: Mark, terms: Mapping[str, VenueTerms]) -> Problems:
    kinds = {terms.get(venue, NO_TERMS).kind for venue in route.venues}
    if VenueKind.DARK not in kinds:
        text = f"no venue of {route.id} is dark"
        yield mark.at("venues").line, f"{text}; allowed: at least one of kind dark in venues.yaml"
    elif route.remainder is Remainder.POST and kinds.isdisjoint(_WITH_A_BOOK):
        text = f"what {route.id} leaves could be posted at none of its venues"
        others = f"then, remainder cancel, a venue of {_one_of(_WITH_A_BOOK)}"
        yield mark.at("remainder").line, f"{text}; allowed: {others}"


def _one_of(kinds: tuple[VenueKind, ...]) -> str:
    return f"kind {' or '.join(kinds)}"


# --- the order of the routes --------------------------------------------------------------------


def _unreachable(rules: Marked) -> Problems:
    """Yield routes all of whose orders an earlier one takes, unless another route leads there."""
    led_to = {route.then for route, _ in rules if isinstance(route, Taking)}
    for position, (route, mark) in enumerate(rules):
        if route.id in led_to:
            continue
        for earlier, earlier_mark in rules[:position]:
            if covers(earlier.when, route.when):
                taker = f"{earlier.id!r} on line {earlier_mark.line} takes all its orders"
                text = f"route {route.id!r} is never reached, {taker}"
                yield mark.line, f"{text}; allowed: the narrower route first"
                break


def _circles(rules: Marked) -> Problems:
    """Yield chains of routes, by their ``then``, that come back to where they began."""
    then = {route.id: route.then for route, _ in reversed(rules) if isinstance(route, Taking)}
    told: set[str] = set()
    for route, mark in rules:
        chain = [route.id]
        following = then.get(route.id)
        while following is not None and following not in chain:
            chain.append(following)
            following = then.get(following)
        if following == route.id and told.isdisjoint(chain):
            told.update(chain)
            way = " > ".join([*chain, route.id])
            text = f"what {route.id} leaves comes back to it: {way}"
            yield mark.at("then").line, f"{text}; allowed: a chain of routes that ends"
