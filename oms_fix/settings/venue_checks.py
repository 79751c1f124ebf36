"""What types cannot say of venues: names that must exist, tiers without gaps, ticks in order."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from oms_fix.model.venues import Algorithm, VenueKind, VenueTerms
from oms_fix.settings.problems import Problem
from oms_fix.settings.references import References, refer
from oms_fix.settings.yaml_file import Document, Mark

Problems = Iterator[tuple[int, str]]


def check_venues(document: Document[Any], references: References, problems: list[Problem]) -> None:
    """Check what could be read of venues.yaml."""
    first: dict[str, int] = {}
    venues: tuple[VenueTerms, ...] = document.fields.get("venues", ())
    for venue, mark in zip(venues, document.mark.at("venues").items, strict=True):
        line = mark.at("session").line
        if venue.session in first:
            where = f"it is on line {first[venue.session]} already"
            text = f"duplicate venue {venue.session!r}, {where}; allowed: each venue once"
            problems.append(Problem(document.path, line, text))
        first.setdefault(venue.session, line)
        problems.extend(
            Problem(document.path, line, text)
            for line, text in _venue_problems(venue, mark, references)
        )


def _venue_problems(venue: VenueTerms, mark: Mark, references: References) -> Problems:
    """Yield what is wrong with a venue, each problem with its line."""
    named = (
        ("session", "venue", references.venues),
        ("market", "market", references.markets),
        ("market_data", "market data session", references.market_data),
    )
    for key, what, among in named:
        name = getattr(venue, key)
        problem = refer(name, what, among) if name else None
        if problem is not None:
            yield mark.at(key).line, problem
    yield from _tier_problems(venue, mark)
    yield from _tick_problems(venue, mark)
    yield from _algorithm_problems(venue, mark)


def _tier_problems(venue: VenueTerms, mark: Mark) -> Problems:
    """Yield where the tiers of fees do not follow upon each other, from 0 on and without end."""
    reached: Decimal | None = Decimal(0)
    line = mark.line
    for number, (tier, item) in enumerate(zip(venue.fees, mark.at("fees").items, strict=True), 1):
        name = f"tier {number} of fees of {venue.session}"
        line = item.at("volume_to").line
        if reached is None:
            text = f"{name} is never reached, the one before it has no end"
            yield item.line, f"{text}; allowed: volume_to in all tiers but the last"
        elif tier.volume_from != reached:
            fault = "leaves a gap" if tier.volume_from > reached else "overlaps with what is before"
            text = f"{name} is from {tier.volume_from:f} on, which {fault}"
            yield item.at("volume_from").line, f"{text}; allowed: volume_from {reached:f}"
        if tier.volume_to is not None and tier.volume_to <= tier.volume_from:
            text = f"{name} is from {tier.volume_from:f} to {tier.volume_to:f}"
            yield line, f"{text}; allowed: a volume_to above its volume_from"
        reached = tier.volume_to
    if venue.fees and reached is not None:
        text = f"fees of {venue.session} say nothing of volumes from {reached:f} on"
        yield line, f"{text}; allowed: no volume_to in the last tier"


def _tick_problems(venue: VenueTerms, mark: Mark) -> Problems:
    items = mark.at("ticks").items
    for before, ticks, item in zip(venue.ticks, venue.ticks[1:], items[1:], strict=False):
        if ticks.price_from <= before.price_from:
            text = f"price_from {ticks.price_from:f} of ticks of {venue.session} is not above"
            text = f"{text} {before.price_from:f} before it"
            yield item.at("price_from").line, f"{text}; allowed: the lowest price first, each once"


def _algorithm_problems(venue: VenueTerms, mark: Mark) -> Problems:
    if venue.algorithms and venue.kind is not VenueKind.BROKER:
        text = f"{venue.session} has algorithms and is {venue.kind}; allowed: of kind broker"
        yield mark.at("algorithms").line, text
    names: set[str] = set()
    for algorithm, item in zip(venue.algorithms, mark.at("algorithms").items, strict=True):
        if algorithm.name in names:
            text = f"algorithm {algorithm.name!r} is twice in {venue.session}; allowed: each once"
            yield item.at("name").line, text
        names.add(algorithm.name)
        yield from _tag_problems(algorithm, item)


def _tag_problems(algorithm: Algorithm, mark: Mark) -> Problems:
    """Yield tags that are none, or that two things would be said in."""
    said = {algorithm.strategy_tag: "strategy_tag"}
    for name, tag in algorithm.parameter_tags.items():
        line = mark.at("parameter_tags").at(name).line
        if tag < 1:
            yield line, f"tag {tag} of {name} of {algorithm.name} is none; allowed: 1 or more"
        elif tag in said:
            text = f"tag {tag} of {name} of {algorithm.name} is that of {said[tag]}"
            yield line, f"{text}; allowed: each tag once"
        said.setdefault(tag, name)
