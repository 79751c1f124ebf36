"""How the orders of a run were routed: by which strategies, on books or without, at what cost."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from tabulate import tabulate

from oms_fix.model.instruments import Instrument
from oms_fix.simulator.reconciliation import events

_KINDS = ("OrderCaptured", "OrderRouted")
_HEADERS = ("route", "strategy", "orders", "child orders", "value, million", "expected cost, bp")
_MILLION = 1_000_000
_ZERO = Decimal(0)


class Share(Struct):
    """What one strategy of one route was given.

    ``value`` is that of what was placed at a known cost, at the mid, ``cost`` that times its bp.
    """

    orders: set[str] = field(default_factory=set)
    children: int = 0
    value: Decimal = _ZERO
    cost: Decimal = _ZERO


class Routed(Struct):
    """The decisions of a run: by route and strategy, and the orders that were decided on books.

    ``venues``: at how many each order was placed first; ``steps``: how many decisions it took.
    """

    shares: dict[tuple[str, str], Share] = field(default_factory=dict)
    on_books: set[str] = field(default_factory=set)
    venues: dict[str, int] = field(default_factory=dict)
    steps: dict[str, int] = field(default_factory=dict)

    @property
    def example(self) -> str | None:
        """An order that is worth a look: first placed at most venues, then in few more steps."""
        return max(
            sorted(self.on_books),
            key=lambda order_id: (self.venues[order_id], -abs(self.steps[order_id] - 2)),
            default=None,
        )


def read_routed(store: Path, instruments: Mapping[str, Instrument]) -> Routed:
    """Count what the store says of routing."""
    found = Routed()
    symbols: dict[str, str] = {}
    for body in events(store, *_KINDS):
        if body["type"] == "OrderCaptured":
            symbols[body["order_id"]] = body["terms"]["symbol"]
        else:
            _decision(found, body, instruments[symbols[body["order_id"]]])
    return found


def _decision(found: Routed, body: dict[str, Any], instrument: Instrument) -> None:
    order_id = body["order_id"]
    placed = [each for each in body["legs"] if Decimal(each["quantity"])]
    share = found.shares.setdefault((body["route_id"], body["strategy"]), Share())
    share.orders.add(order_id)
    share.children += len(placed)
    if body.get("cost_bp") is not None and body.get("mid") is not None:
        quantity = sum((Decimal(each["quantity"]) for each in placed), _ZERO)
        value = instrument.notional(quantity, Decimal(body["mid"]))
        share.value += value
        share.cost += value * Decimal(body["cost_bp"])
    if any(each.get("best") is not None for each in body["legs"]):
        found.on_books.add(order_id)
    found.venues.setdefault(order_id, len(placed))
    found.steps[order_id] = found.steps.get(order_id, 0) + 1


def routed_text(found: Routed) -> str:
    """Return how orders were routed, for the summary of the demo."""
    rows = [
        (*names, len(share.orders), share.children, *_cost(share))
        for names, share in found.shares.items()
    ]
    table = tabulate(
        rows,
        headers=_HEADERS,
        tablefmt="simple",
        colalign=("left", "left", "right", "right", "right", "right"),
        disable_numparse=True,
    )
    counts = f"{len(found.on_books)} of {len(found.venues)} orders were routed on live books."
    meaning = "Expected cost: what is paid beyond the mid, and fees, of the value placed on books."
    return f"{table}\n{counts}\n{meaning}"


def _cost(share: Share) -> tuple[str, str]:
    if not share.value:
        return "-", "-"
    return f"{share.value / _MILLION:.2f}", f"{share.cost / share.value:.2f}"
