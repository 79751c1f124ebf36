"""What types cannot say of a check by itself: its times, its lists, its overrides."""

from collections.abc import Iterator
from datetime import datetime

from oms_fix.core.conditions import operands
from oms_fix.model.check_base import LimitCheck, Override
from oms_fix.model.checks import Check
from oms_fix.model.exposure_checks import BuyingPower, Cash, Concentration
from oms_fix.model.order_checks import MaximumMaturity, PermittedOrders, RestrictedList
from oms_fix.settings.references import References, refer
from oms_fix.settings.times import is_date, moment_of
from oms_fix.settings.yaml_file import Mark

Problems = Iterator[tuple[int, str]]

_RESTRICTED = {
    "symbols": "symbol", "issuers": "issuer", "sectors": "sector", "countries": "country",
}  # fmt: skip
_PERMITTED = ("ord_types", "times_in_force", "security_types", "venues", "asset_classes")
_OVERRIDDEN = ("account", "strategy", "desk", "group", "client")


def check_problems(check: Check, mark: Mark, references: References) -> Problems:
    """Yield what is wrong with a check, each problem with its line."""
    yield from _times(check, mark)
    yield from _lacking(check, mark, references)
    if isinstance(check, LimitCheck):
        yield from _overrides(check, mark, references)
    if isinstance(check, RestrictedList):
        yield from _restricted(check, mark, references)
    if isinstance(check, PermittedOrders) and not _has_any(check, _PERMITTED):
        yield mark.line, f"{check.id} permits nothing; allowed: {_some_of(_PERMITTED)}"
    if isinstance(check, MaximumMaturity):
        day = check.counted_from
        if day is not None and not is_date(day):
            text = f"counted_from of {check.id} is {day!r}, which is no date"
            yield mark.at("counted_from").line, f"{text}; allowed: a day such as 2026-11-23"


def _times(check: Check, mark: Mark) -> Problems:
    found: dict[str, datetime] = {}
    for key in ("effective_from", "effective_until"):
        text = getattr(check, key)
        moment = None if text is None else moment_of(text)
        if moment is not None:
            found[key] = moment
        elif text is not None:
            problem = f"{key} of {check.id} is {text!r}, which is no time"
            yield mark.at(key).line, f"{problem}; allowed: one such as 2026-11-23T09:30:00-05:00"
    if len(found) == 2 and found["effective_until"] <= found["effective_from"]:
        until = f"effective_until of {check.id} is {check.effective_until}"
        after = f"allowed: a time after its effective_from {check.effective_from}"
        yield mark.at("effective_until").line, f"{until}; {after}"


def _restricted(check: RestrictedList, mark: Mark, references: References) -> Problems:
    if not _has_any(check, tuple(_RESTRICTED)):
        yield mark.line, f"{check.id} restricts nothing; allowed: {_some_of(tuple(_RESTRICTED))}"
    for key, what in _RESTRICTED.items():
        for name, item in zip(getattr(check, key), mark.at(key).items, strict=True):
            problem = refer(name, what, references.named(what))
            if problem is not None:
                yield item.line, problem


def _overrides(check: LimitCheck, mark: Mark, references: References) -> Problems:
    first: dict[tuple[str, str], int] = {}
    for override, item in zip(check.overrides, mark.at("overrides").items, strict=True):
        names = _names(override)
        if len(names) != 1:
            given = " and ".join(names) or "nobody"
            text = f"an override of {check.id} names {given}"
            yield item.line, f"{text}; allowed: one of {', '.join(_OVERRIDDEN)}"
            continue
        line = item.line
        what, name = names.popitem()
        problem = refer(name, what, references.named(what))
        if problem is not None:
            yield item.at(what).line, problem
        if (what, name) in first:
            where = f"it is on line {first[what, name]} already"
            text = f"duplicate override for {what} {name!r} in {check.id}, {where}"
            yield line, f"{text}; allowed: each once"
        first.setdefault((what, name), line)


def _lacking(check: Check, mark: Mark, references: References) -> Problems:
    """Yield that an account has not what the check needs: all its orders would violate it.

    Told of checks without conditions but for accounts; others may leave the account out.
    """
    if isinstance(check, Concentration):
        key, lacking = "value", references.valueless
    elif isinstance(check, BuyingPower | Cash):
        key, lacking = "cash", references.cashless
    else:
        return
    if check.when.keys() - {"Account"}:
        return
    asked = check.when.get("Account")
    for account in lacking:
        if asked is None or (account in operands(asked)) is not _is_unequal(asked):
            text = f"{check.id} needs the {key} of account {account!r}, which has none"
            yield mark.line, f"{text}; allowed: {key} in accounts.yaml, or conditions without it"


def _is_unequal(asked: str | list[str]) -> bool:
    return isinstance(asked, str) and asked.lstrip().startswith("!=")


def _names(override: Override) -> dict[str, str]:
    """Return what an override names, by kind."""
    given = {what: getattr(override, what) for what in _OVERRIDDEN}
    return {what: name for what, name in given.items() if name is not None}


def _has_any(check: Check, keys: tuple[str, ...]) -> bool:
    return any(getattr(check, key) for key in keys)


def _some_of(keys: tuple[str, ...]) -> str:
    return f"at least one of {', '.join(keys)}"
