"""What types cannot say of checks and routes: names that must exist, sums, reviews, impact."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from oms_fix.core.conditions import operands, problem_with
from oms_fix.core.wording import allowed
from oms_fix.model.checks import Check, ReviewTerms
from oms_fix.model.enums import AssetClass
from oms_fix.model.routes import ImpactTerms, Route
from oms_fix.model.rules import ClientAgreement
from oms_fix.settings.problems import Problem
from oms_fix.settings.references import Known, References, refer
from oms_fix.settings.route_checks import RouteNames, Terms, route_problems
from oms_fix.settings.single_checks import check_problems
from oms_fix.settings.yaml_file import Document, Mark

_ALL_OTHERS = "*"


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

    def routes(self, routes: Iterable[Route], marks: list[Mark], names: RouteNames) -> None:
        """Check the rules of routing.yaml."""
        rules = list(zip(routes, marks, strict=True))
        self._common(rules)
        for line, text in route_problems(rules, self._references, names):
            self._note(line, text)

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

    def impact(self, terms: Iterable[ImpactTerms], marks: list[Mark]) -> None:
        """Check what routing.yaml says of how orders move prices."""
        classes = [*(str(each) for each in AssetClass), _ALL_OTHERS]
        seen: set[str] = set()
        for each, mark in zip(terms, marks, strict=True):
            name, line = each.asset_class, mark.at("asset_class").line
            if name not in classes:
                self._note(line, f"unknown asset class {name!r}; {allowed(name, classes)}")
            elif name in seen:
                self._note(line, f"asset class {name!r} is here twice; allowed: each once")
            seen.add(name)


def check_checks(document: Document[Any], references: References, problems: list[Problem]) -> None:
    """Check what could be read of checks.yaml."""
    checker = RuleChecker(document.path, references, problems)
    checker.checks(document.fields.get("checks", ()), document.mark.at("checks").items)
    if "reviews" in document.fields:
        checker.reviews(document.fields["reviews"], document.mark.at("reviews"))


def check_routes(
    document: Document[Any], references: References, terms: Terms, problems: list[Problem]
) -> None:
    """Check what could be read of routing.yaml; ``terms`` as RouteNames has them."""
    checker = RuleChecker(document.path, references, problems)
    names = RouteNames(Known(document.ids, Path(document.path).name), terms)
    checker.routes(document.fields.get("routes", ()), document.mark.at("routes").items, names)
    checker.agreements(document.fields.get("clients", ()), document.mark.at("clients").items)
    checker.impact(document.fields.get("impact", ()), document.mark.at("impact").items)
