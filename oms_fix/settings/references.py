"""What rules may refer to: names of sessions, accounts, instruments, and what is said of those."""

from collections.abc import Iterable

from msgspec import Struct

from oms_fix.core.wording import allowed
from oms_fix.model.instruments import Account


class Known(Struct, frozen=True):
    """Names that may be referred to, and the file they stand in."""

    names: frozenset[str]
    place: str


class References(Struct, frozen=True, kw_only=True):
    """What rules may refer to; None for what could not be read, which is then not checked.

    ``valueless`` and ``cashless`` are the accounts whose value or cash nobody knows.
    """

    venues: Known | None = None
    clients: Known | None = None
    accounts: Known | None = None
    groups: Known | None = None
    desks: Known | None = None
    strategies: Known | None = None
    symbols: Known | None = None
    issuers: Known | None = None
    sectors: Known | None = None
    countries: Known | None = None
    markets: Known | None = None
    market_data: Known | None = None
    valueless: tuple[str, ...] = ()
    cashless: tuple[str, ...] = ()

    def named(self, key: str) -> Known | None:
        """Return what a condition or an override may name, by its key in small letters."""
        return {
            "account": self.accounts,
            "client": self.clients,
            "country": self.countries,
            "desk": self.desks,
            "group": self.groups,
            "issuer": self.issuers,
            "market": self.markets,
            "sector": self.sectors,
            "strategy": self.strategies,
            "symbol": self.symbols,
        }.get(key)


def known_of_accounts(accounts: Iterable[Account], place: str) -> References:
    """Return what is said of accounts, and may be referred to."""
    given = tuple(accounts)
    return References(
        accounts=known((each.id for each in given), place),
        groups=known((each.group for each in given), place),
        desks=known((each.desk for each in given), place),
        strategies=known((each.strategy for each in given), place),
        valueless=tuple(each.id for each in given if each.value is None),
        cashless=tuple(each.id for each in given if each.cash is None),
    )


def known(names: Iterable[str], place: str) -> Known:
    """Return names to refer to; an empty one is none."""
    return Known(frozenset(names) - {""}, place)


def refer(name: str, what: str, among: Known | None) -> str | None:
    """Return what is wrong with a reference to ``what`` and what is allowed, or None."""
    # A name with a * is that of a template, which makes sessions whose names fit it.
    if among is None or name in among.names or any(_fits(name, each) for each in among.names):
        return None
    return f"unknown {what} {name!r}; {allowed(name, among.names, among.place)}"


def _fits(name: str, pattern: str) -> bool:
    before, star, after = pattern.partition("*")
    longer = len(name) > len(before) + len(after)
    return bool(star) and longer and name.startswith(before) and name.endswith(after)
