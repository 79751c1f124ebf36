"""What types cannot say of checks and routes: names that must exist, sums, order of the rules."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from oms_fix.core.conditions import operands, problem_with
from oms_fix.model.checks import Check, ReviewTerms
from oms_fix.model.routes import BrokerAlgo, Direct, Manual, Route, Split
from oms_fix.model.rules import ClientAgreement
from oms_fix.model.venues import VenueTerms
from oms_fix.settings.problems import Problem
from oms_fix.settings.references import References, refer
from oms_fix.settings.single_checks import check_problems
from oms_fix.settings.yaml_file import Document, Mark


class RuleChecker:
    """Checks the rules of one file; problems go to the list it was given."""

    def __init__(self, path: str, references: References, problems: list[Problem]) -> None:
        self._path = path
        self._references = references
        self._problems = problems

    def _note(self, line: int, text: str | None) -> None:
        if text is not None:
            self._problems.append(Problem(self._path, line, text))

    def checks(self, checks: Iterable[Check], marks: list[Mark]) -> None:
        """Check the rules of checks.yaml."""
        rules = list(zip(checks, marks, strict=True))
        self._common(rules)
        for check, mark in rules:
            for line, text in check_problems(check, mark, self._references):
                self._note(line, text)

    def reviews(self, terms: ReviewTerms, mark: Mark) -> None:
        """Check how orders are reviewed."""
        first, second = terms.four_eyes_notional, terms.two_approvals_notional
        if first is not None and second is not None and second < first:
            text = f"two_approvals_notional {second} is below four_eyes_notional {first}"
            line = mark.at("two_approvals_notional").line
            self._note(line, f"{text}; allowed: the same or more")

    def routes(self, routes: Iterable[Route], marks: list[Mark]) -> None:
        """Check the rules of routing.yaml."""
        rules = list(zip(routes, marks, strict=True))
        self._common(rules)
        self._reachable(rules)
        for route, mark in rules:
            self._venues(route, _venue_marks(route, mark))
            if isinstance(route, Split):
                self._percentages(route, mark.at("legs").line)

    def _common(self, rules: Iterable[tuple[Check | Route, Mark]]) -> None:
        first: dict[str, int] = {}
        for rule, mark in rules:
            line = mark.at("id").line
            if rule.id in first:
                where = f"it is on line {first[rule.id]} already"
                self._note(line, f"duplicate id {rule.id!r}, {where}; allowed: each id once")
            first.setdefault(rule.id, line)
            for key, value in rule.when.items():
                self._entry(key, value, mark.at("when").at(key))

    def _entry(self, key: str, value: str | list[str], mark: Mark) -> None:
        """Check one entry of a condition."""
        problem = problem_with(key, value)
        if problem is not None:
            self._note(mark.line, problem)
            return
        what = key.lower()
        marks = mark.items if isinstance(value, list) else [mark]
        for name, item in zip(operands(value), marks, strict=True):
            self._note(item.line, refer(name, what, self._references.named(what)))

    def _venues(self, route: Route, venues: list[tuple[str, Mark]]) -> None:
        seen = set()
        for venue, mark in venues:
            self._note(mark.line, refer(venue, "venue", self._references.venues))
            if venue in seen:
                text = f"venue {venue!r} is twice in {route.id}; allowed: each venue once"
                self._note(mark.line, text)
            seen.add(venue)

    def agreements(self, agreements: Iterable[ClientAgreement], marks: list[Mark]) -> None:
        """Check the agreements with clients of routing.yaml."""
        clients: set[str] = set()
        phoned: set[str] = set()
        for agreement, mark in zip(agreements, marks, strict=True):
            line = mark.at("session").line
            self._note(line, refer(agreement.session, "client", self._references.clients))
            if agreement.session in clients:
                self._note(line, f"client {agreement.session!r} is here twice; allowed: once")
            clients.add(agreement.session)
            for venue, item in zip(agreement.phones, mark.at("phones").items, strict=True):
                self._note(item.line, refer(venue, "venue", self._references.venues))
                if venue in phoned:
                    text = f"venue {venue!r} is phoned by two clients; allowed: one"
                    self._note(item.line, text)
                phoned.add(venue)

    def venues(self, venues: Iterable[VenueTerms], marks: list[Mark]) -> None:
        """Check what routing.yaml says of venues."""
        seen: set[str] = set()
        for venue, mark in zip(venues, marks, strict=True):
            line = mark.at("session").line
            self._note(line, refer(venue.session, "venue", self._references.venues))
            if venue.session in seen:
                self._note(line, f"venue {venue.session!r} is here twice; allowed: once")
            seen.add(venue.session)

    def _percentages(self, route: Split, line: int) -> None:
        total = sum((leg.percent for leg in route.legs), Decimal(0))
        if total != 100:
            text = f"percentages of {route.id} sum to {total.normalize():f}; allowed: exactly 100"
            self._note(line, text)

    def _reachable(self, rules: list[tuple[Route, Mark]]) -> None:
        """Note routes all of whose orders an earlier one takes: its conditions hold with theirs."""
        for position, (route, mark) in enumerate(rules):
            for earlier, earlier_mark in rules[:position]:
                if earlier.when.items() <= route.when.items():
                    taker = f"{earlier.id!r} on line {earlier_mark.line} takes all its orders"
                    text = f"route {route.id!r} is never reached, {taker}"
                    self._note(mark.line, f"{text}; allowed: the narrower route first")
                    break


def _venue_marks(route: Route, mark: Mark) -> list[tuple[str, Mark]]:
    """Return each venue that a route names, with its mark."""
    match route:
        case Direct():
            return [(route.venue, mark.at("venue"))]
        case Split():
            legs = zip(route.legs, mark.at("legs").items, strict=True)
            return [(leg.venue, item.at("venue")) for leg, item in legs]
        case BrokerAlgo():
            return [(route.venue, mark.at("venue"))]
        case Manual():
            return []
        case _:
            return list(zip(route.venues, mark.at("venues").items, strict=True))


def check_checks(document: Document[Any], references: References, problems: list[Problem]) -> None:
    """Check what could be read of checks.yaml."""
    checker = RuleChecker(document.path, references, problems)
    checker.checks(document.fields.get("checks", ()), document.mark.at("checks").items)
    if "reviews" in document.fields:
        checker.reviews(document.fields["reviews"], document.mark.at("reviews"))


def check_routes(document: Document[Any], references: References, problems: list[Problem]) -> None:
    """Check what could be read of routing.yaml."""
    checker = RuleChecker(document.path, references, problems)
    checker.routes(document.fields.get("routes", ()), document.mark.at("routes").items)
    checker.agreements(document.fields.get("clients", ()), document.mark.at("clients").items)
    checker.venues(document.fields.get("venues", ()), document.mark.at("venues").items)
