"""Which totals are above their limits as it is: told when rules or reference data are loaded.

Theory of operation
-------------------
A limit that is lowered concerns the next order; what is there already stays, and is reported. Each
check of totals is asked, by its own arithmetic, about an order of nothing on either side: what it
says is used before that order is what there is. Positions and what is open in an instrument are
looked at holding by holding, all else (gross, cash, turnover ...) once for the account, its group
or the firm, whichever the check is about: a firm's limit is held against the firm's totals.

An order has more to it than a holding. A check concerns a holding if its conditions on Account,
Symbol, the instrument (AssetClass, Issuer, Sector, Country, Market) and the account (Group, Desk,
Strategy) hold. A check with any other condition, on Side or Client say, is left out, because no
holding meets or fails it; so are overrides for clients. A limit on sums with a condition on the
instrument concerns whoever holds such an instrument. Limits on conduct are about what comes next,
and what nobody knows (an account without cash, say) is above nothing.

The time it takes grows with the holdings and the checks of totals, not with the orders; it is
bounded, and what was not looked at for that is told.
"""

from collections.abc import Iterator
from decimal import Decimal
from operator import itemgetter
from typing import NamedTuple

from msgspec import structs

from oms_fix.core.compliance.evaluate import limit_of
from oms_fix.core.compliance.rule import Measure
from oms_fix.core.compliance.rules import RULES
from oms_fix.core.compliance.subject import Subject, subject_of
from oms_fix.core.orders.compiled import CompiledCheck
from oms_fix.core.orders.exposure import ZERO, Totals
from oms_fix.core.orders.state import State
from oms_fix.model import exposure_checks as exposure
from oms_fix.model.check_base import Scope
from oms_fix.model.circumstances import LimitBreach, LimitsBreached
from oms_fix.model.enums import AssetClass, OrdType, Side
from oms_fix.model.instruments import Instrument
from oms_fix.model.order_checks import CurrencyHedge
from oms_fix.model.orders import OrderTerms

TOLD_MAX = 100
LOOKED_AT_MAX = 20_000
"""Holdings; so many take a quarter of a second, for which the router stands still."""

OF_HOLDINGS: frozenset[type] = frozenset(
    {
        exposure.PositionLimit,
        exposure.Concentration,
        exposure.IssueShare,
        exposure.VolumeShare,
        CurrencyHedge,
    }
)
OF_SUMS: frozenset[type] = frozenset(
    {
        exposure.GrossExposure,
        exposure.NetExposure,
        exposure.BuyingPower,
        exposure.Cash,
        exposure.DailyTurnover,
        exposure.DailyLoss,
        exposure.OpenOrderCount,
        exposure.OpenOrderValue,
    }
)
_MET_BY_ACCOUNTS = frozenset({"Account", "Group", "Desk", "Strategy"})
_MET_BY_HOLDINGS = _MET_BY_ACCOUNTS | frozenset(
    {"Symbol", "AssetClass", "Issuer", "Sector", "Country", "Market"}
)
_NO_INSTRUMENT = Instrument("", AssetClass.EQUITY, "", ZERO)
_BLANK = Totals()
_Owner = tuple[Scope, str]


class _Probe(NamedTuple):
    """An order of nothing, on either side."""

    buy: Subject
    sell: Subject


class _Probes(NamedTuple):
    """Of every holding; of every account, by its name, without an instrument."""

    holdings: list[_Probe]
    accounts: dict[str, _Probe]
    left_out: int


def limits_breached(state: State, now: int) -> LimitsBreached | None:
    """Return what is above its limit, or None; the first ``TOLD_MAX``, and how many more."""
    checks = [check for check in state.checks if _is_of_totals(check, now)]
    if not checks:
        return None
    probes = _probes(state, now)
    found = tuple(breach for check in checks for breach in _breaches(state, check, probes))
    if not found and not probes.left_out:
        return None
    return LimitsBreached(found[:TOLD_MAX], max(len(found) - TOLD_MAX, 0), probes.left_out)


def describe(told: LimitsBreached) -> Iterator[str]:
    """Yield a line for each breach; at the end how many more there are."""
    for each in told.breaches:
        whose = each.scope if each.scope is Scope.FIRM else f"{each.scope} {each.name or '(none)'}"
        of = f" {each.symbol}" if each.symbol else ""
        numbers = f"{each.measured} {each.used:f}, limit {each.limit:f}"
        yield f"check {each.check_id}: {whose}{of}: {numbers}"
    if told.more:
        yield f"and {told.more} more"
    if told.left_out:
        yield f"not looked at: {told.left_out} holdings beyond the first {LOOKED_AT_MAX}"


def _is_of_totals(compiled: CompiledCheck, now: int) -> bool:
    """Whether a check is in force and about what is there, not about orders."""
    check = compiled.check
    is_of_totals = type(check) in OF_HOLDINGS or type(check) in OF_SUMS
    in_force = compiled.starts <= now < compiled.ends
    return is_of_totals and in_force and check.when.keys() <= _MET_BY_HOLDINGS


def _breaches(state: State, compiled: CompiledCheck, probes: _Probes) -> list[LimitBreach]:
    """Return the breaches of one check: owner by owner, each instrument by itself."""
    check = compiled.check
    of_holdings = type(check) in OF_HOLDINGS
    needs_holdings = of_holdings or not check.when.keys() <= _MET_BY_ACCOUNTS
    found: dict[tuple[_Owner, str, Decimal], LimitBreach | None] = {}
    for probe in probes.holdings if needs_holdings else probes.accounts.values():
        subject = probe.buy
        owner = _owner(getattr(check, "per", Scope.ACCOUNT), subject)
        limit = limit_of(compiled, subject)
        assert limit is not None, "a check of totals has a limit"
        key = owner, subject.terms.symbol if of_holdings else "", limit
        if key in found or (compiled.applies is not None and not compiled.applies(subject)):
            continue
        asked = probe if of_holdings else probes.accounts[subject.terms.account or ""]
        found[key] = _breach(state, compiled, asked, owner, limit)
    return [breach for _, breach in sorted(found.items(), key=itemgetter(0)) if breach is not None]


def _breach(
    state: State, compiled: CompiledCheck, probe: _Probe, owner: _Owner, limit: Decimal
) -> LimitBreach | None:
    check = compiled.check
    worst: Measure | None = None
    for subject in probe:
        measure: Measure | None = compiled.judge(check, subject, state, limit)
        if measure is None or measure.used <= measure.limit:
            continue
        if worst is None or measure.used - measure.limit > worst.used - worst.limit:
            worst = measure
    if worst is None:
        return None
    name, symbol = RULES[type(check)].name, probe.buy.terms.symbol
    return LimitBreach(check.id, *owner, symbol, name, worst.used, worst.limit)


def _owner(per: Scope, subject: Subject) -> _Owner:
    """Return whose totals are looked at; of an account without group, a group that has none."""
    if per is Scope.ACCOUNT:
        return per, subject.terms.account or ""
    return per, "" if per is Scope.FIRM else subject.group or ""


def _probes(state: State, now: int) -> _Probes:
    """Return the orders of nothing that checks are asked about, accounts by name."""
    holdings: list[_Probe] = []
    accounts: dict[str, _Probe] = {}
    left_out = 0
    of_accounts = state.exposure.accounts
    for name in sorted({*of_accounts, *state.accounts}):
        totals = of_accounts.get(name, _BLANK)
        if name not in state.accounts and totals == _BLANK:
            continue
        accounts[name] = _probe(state, now, name, _NO_INSTRUMENT)
        for symbol in sorted(totals.holdings):
            if len(holdings) >= LOOKED_AT_MAX:
                left_out += 1
                continue
            instrument = state.instruments.get(symbol)
            holdings.append(_probe(state, now, name, instrument, symbol))
    return _Probes(holdings, accounts, left_out)


def _probe(
    state: State, now: int, account: str, instrument: Instrument | None, symbol: str = ""
) -> _Probe:
    unit = None if instrument is None else state.units.get(symbol, ZERO)
    buy, sell = (
        structs.replace(
            subject_of(state, "", "", _nothing(symbol, side, account), now),
            instrument=instrument,
            unit=unit,
            open_value=ZERO,
        )
        for side in (Side.BUY, Side.SELL)
    )
    return _Probe(buy, sell)


def _nothing(symbol: str, side: Side, account: str) -> OrderTerms:
    return OrderTerms(symbol, side, ZERO, OrdType.MARKET, account=account or None)
