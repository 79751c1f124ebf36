"""Checks of an order by itself: its fields, its instrument, its account."""

from typing import Annotated, ClassVar

from msgspec import Meta

from oms_fix.model.check_base import CheckBase, LimitCheck
from oms_fix.model.enums import AssetClass, OrdType, PriceReference, Rating, Side, TimeInForce
from oms_fix.model.rule_parts import Count, Day, Name, Positive

Sides = Annotated[
    tuple[Side, ...],
    Meta(description="Side(54) of the orders that are concerned; without it all are."),
]


class InstrumentKnown(CheckBase, frozen=True, kw_only=True, tag="instrument_known"):
    """The instrument is in instruments.csv."""


class AccountKnown(CheckBase, frozen=True, kw_only=True, tag="account_known"):
    """The account is in accounts.yaml and open to this client."""


class DuplicateClOrdID(CheckBase, frozen=True, kw_only=True, tag="duplicate_cl_ord_id"):
    """No other session has sent a ClOrdID(11) for this account: it is not the same order twice.

    A second use on the same session is refused whatever the checks are.
    """


class RestrictedList(CheckBase, frozen=True, kw_only=True, tag="restricted_list"):
    """The instrument, its issuer, sector or country is not on this list."""

    symbols: Annotated[
        tuple[Name, ...], Meta(description="Symbol(55) of each restricted instrument.")
    ] = ()
    issuers: Annotated[tuple[Name, ...], Meta(description="As in instruments.csv.")] = ()
    sectors: Annotated[tuple[Name, ...], Meta(description="As in instruments.csv.")] = ()
    countries: Annotated[tuple[Name, ...], Meta(description="As in instruments.csv.")] = ()
    sides: Sides = ()


class OrderQuantity(LimitCheck, frozen=True, kw_only=True, tag="order_quantity"):
    """OrderQty(38) is at most ``quantity_max`` units."""

    LIMIT: ClassVar[str] = "quantity_max"

    quantity_max: Positive


class OrderNotional(LimitCheck, frozen=True, kw_only=True, tag="order_notional"):
    """The order's value is at most ``notional_max`` in base currency."""

    LIMIT: ClassVar[str] = "notional_max"

    notional_max: Positive


class PriceCollar(LimitCheck, frozen=True, kw_only=True, tag="price_collar"):
    """The price is at most ``distance_max`` beyond the reference: above for buys, below for sells.

    In percent of the reference, or in ticks where ``in_ticks``. The reference is the first of
    ``references`` that there is. Stop orders are judged by StopPx(99) too.
    """

    LIMIT: ClassVar[str] = "distance_max"

    distance_max: Positive
    in_ticks: Annotated[bool, Meta(description="The distance is in ticks, not in percent.")] = False
    references: Annotated[
        tuple[PriceReference, ...],
        Meta(min_length=1, description="What the price is compared with, in order of preference."),
    ] = (PriceReference.MID, PriceReference.LAST, PriceReference.PREVIOUS_CLOSE)


class MarketOrder(CheckBase, frozen=True, kw_only=True, tag="market_order"):
    """The order has a limit: market orders, and stop orders without one, are not allowed."""


class PermittedOrders(CheckBase, frozen=True, kw_only=True, tag="permitted_orders"):
    """The order is of a kind that is permitted; what is left out is not looked at."""

    ord_types: Annotated[tuple[OrdType, ...], Meta(description="OrdType(40).")] = ()
    times_in_force: Annotated[tuple[TimeInForce, ...], Meta(description="TimeInForce(59).")] = ()
    security_types: Annotated[tuple[Name, ...], Meta(description="SecurityType(167).")] = ()
    venues: Annotated[tuple[Name, ...], Meta(description="ExDestination(100).")] = ()
    asset_classes: Annotated[
        tuple[AssetClass, ...], Meta(description="As in instruments.csv; so are derivatives ruled.")
    ] = ()


class LotSize(CheckBase, frozen=True, kw_only=True, tag="lot_size"):
    """OrderQty(38) is a multiple of the instrument's lot."""


class TickSize(CheckBase, frozen=True, kw_only=True, tag="tick_size"):
    """Price(44) and StopPx(99) are multiples of the instrument's tick."""


class ShortSale(CheckBase, frozen=True, kw_only=True, tag="short_sale"):
    """A short sale is located, and priced above the best bid where the price test is in force.

    Located: LocateReqd(114) is N, or the instrument is easy to borrow and no threshold security. A
    sale that is not marked short is one where the account does not hold what it sells.
    """


class TradingHours(CheckBase, frozen=True, kw_only=True, tag="trading_hours"):
    """The market is open; orders of several days, or for the opening, need not wait for it."""


class InstrumentStatus(CheckBase, frozen=True, kw_only=True, tag="instrument_status"):
    """The instrument is active by instruments.csv: neither halted nor suspended."""


class AccountStatus(CheckBase, frozen=True, kw_only=True, tag="account_status"):
    """The account is open by accounts.yaml; one that is reduce_only does not add to positions."""


class MinimumRating(CheckBase, frozen=True, kw_only=True, tag="minimum_rating"):
    """A bond that is bought is rated ``rating_min`` or better; one without a rating is not."""

    rating_min: Annotated[Rating, Meta(description="The worst rating that passes.")]


class MaximumMaturity(LimitCheck, frozen=True, kw_only=True, tag="maximum_maturity"):
    """A bond that is bought is due at most ``days_max`` days from ``counted_from``."""

    LIMIT: ClassVar[str] = "days_max"

    days_max: Count
    counted_from: Annotated[
        Day | None, Meta(description="Without it, the day of the order (UTC).")
    ] = None


class CurrencyHedge(LimitCheck, frozen=True, kw_only=True, tag="currency_hedge"):
    """A currency is sold only up to ``percent_max`` of what the account holds in it."""

    LIMIT: ClassVar[str] = "percent_max"

    percent_max: Positive
