"""What a person wants to read when the demo is over."""

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from tabulate import tabulate

from oms_fix.model.enums import OrdStatus
from oms_fix.model.instruments import Instrument
from oms_fix.simulator.reconciliation import Reconciliation, connect, events

_MILLION = 1_000_000
_DUPLICATE_ORDER = 6  # OrdRejReason(103)
_DIFFERENCES_SHOWN_MAX = 20

_TIMES = """
select c.kind, e.kind, i.at, c.at, b.released_at
from commands c
join messages i on i.id = c.message_id
join events e on e.command_id = c.id
join messages o on o.event_id = e.id
join batches b on b.id = o.batch_id
where b.released_at is not null
"""
_ORDER = ("NewOrderSingle", "ChildPlaced")
_FILL = ("VenueExecutionReport", "OrderReported")
# Steps by name: what came in and went out, and from which column of the above to which.
_READ, _DECIDED, _RELEASED = 2, 3, 4
_STEPS = {
    "order: read to decided": (_ORDER, _READ, _DECIDED),
    "order: decided to stored and sent on": (_ORDER, _DECIDED, _RELEASED),
    "order: read to sent on to the venue": (_ORDER, _READ, _RELEASED),
    "report: read to sent on to the client": (_FILL, _READ, _RELEASED),
}


_KINDS = ("OrderCaptured", "ChildPlaced", "ChildReported", "OrderReported", "OrderAnswered")


class Findings(Struct):
    """What the store says of a run: ``fills`` by order, ``notional`` by class and venue."""

    orders: int = 0
    children: int = 0
    children_rejected: int = 0
    replaced: int = 0
    fills: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    rejects: Counter[str] = field(default_factory=Counter)
    notional: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    milliseconds: dict[str, list[float]] = field(default_factory=dict)


def read_findings(store: Path, instruments: Mapping[str, Instrument]) -> Findings:
    """Count what is in the store."""
    found = Findings()
    symbols: dict[str, str] = {}
    last_status: dict[str, tuple[str, bool]] = {}
    for body in events(store, *_KINDS):
        match body["type"]:
            case "OrderCaptured":
                found.orders += 1
                symbols[body["order_id"]] = body["terms"]["symbol"]
            case "ChildPlaced":
                found.children += 1
            case "ChildReported":
                _child_report(found, body, instruments[symbols[body["order_id"]]])
            case "OrderReported":
                _order_report(found, body, last_status)
            case _:
                _duplicate(found, body["report"])
    for status, has_fills in last_status.values():
        found.statuses[_status_name(status, has_fills=has_fills)] += 1
    with closing(connect(store)) as connection:
        rows = connection.execute(_TIMES).fetchall()
    for step, (kinds, begin, end) in _STEPS.items():
        found.milliseconds[step] = sorted(
            (row[end] - row[begin]) / 1e6 for row in rows if row[:2] == kinds
        )
    return found


def _child_report(found: Findings, body: dict[str, Any], instrument: Instrument) -> None:
    if body["exec_type"] == "8":
        found.children_rejected += 1
    if body["exec_type"] != "F":
        return
    found.fills[body["order_id"]] += 1
    key = (instrument.asset_class.value, body["venue"])
    value = instrument.notional(Decimal(body["last_qty"]), Decimal(body["last_px"]))
    found.notional[key] = found.notional.get(key, Decimal(0)) + value


def _order_report(
    found: Findings, body: dict[str, Any], last_status: dict[str, tuple[str, bool]]
) -> None:
    report = body["report"]
    if report["exec_type"] == "5":
        found.replaced += 1
    if report["exec_type"] == "8":
        _reject(found, report)
    status = "8" if report["exec_type"] == "8" else report["ord_status"]
    last_status[body["order_id"]] = (status, Decimal(report["cum_qty"]) > 0)


def _duplicate(found: Findings, report: dict[str, Any]) -> None:
    """An order sent twice changes nothing, so that it is no order in the store, but is answered."""
    if report["exec_type"] == "8" and report.get("ord_rej_reason") == _DUPLICATE_ORDER:
        found.orders += 1
        found.statuses["rejected"] += 1
        _reject(found, report)


def _reject(found: Findings, report: dict[str, Any]) -> None:
    code, _, text = (report.get("text") or "no reason given").partition(":")
    found.rejects[code if code.isupper() else f"{code}:{text}"] += 1


def _status_name(status: str, *, has_fills: bool) -> str:
    name = OrdStatus(status).name.replace("_", " ").lower()
    return f"{name}, partly filled" if status == OrdStatus.CANCELED and has_fills else name


def summary_text(found: Findings, result: Reconciliation, steps: Mapping[str, float]) -> str:
    """Return the summary.

    Args:
        found: What the store says.
        result: The comparison of the ledgers.
        steps: The seconds that each step of the run took.
    """
    parts = [
        _counts(found),
        "Traded, million US dollars\n" + _notional(found),
        "Rejected, by reason\n" + _table(sorted(found.rejects.items()), ("reason", "orders")),
        "Time per step, milliseconds\n" + _latencies(found),
        "Run: " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in steps.items()),
        "Three independent ledgers\n" + reconciliation_text(result),
    ]
    return "\n\n".join(parts)


def reconciliation_text(result: Reconciliation) -> str:
    """Return the comparison of the ledgers: one line if all is well, else what is not."""
    sides = {"venues": result.venues, "store": result.store, "clients": result.clients}
    is_same = "=" if len({fills.count for fills in sides.values()}) == 1 else "/"
    counts = f" {is_same} ".join(f"{name} {fills.count}" for name, fills in sides.items())
    lines = [f"fills: {counts}"]
    if result.is_equal:
        lines.append(
            f"{result.orders} orders compared one by one (number of fills, sum of quantity, "
            "sum of quantity x price): all equal"
        )
        return "\n".join(lines)
    lines.append(f"{len(result.differences)} of {result.orders} orders differ")
    lines += [
        f"  {each.order_id}: "
        + ", ".join(
            f"{side} {fills.count} fills of {fills.quantity:f}"
            for side, fills in (
                ("venues", each.venues), ("store", each.store), ("clients", each.clients)
            )
        )
        for each in result.differences[:_DIFFERENCES_SHOWN_MAX]
    ]  # fmt: skip
    lines += [f"  {fault}" for fault in result.faults[:_DIFFERENCES_SHOWN_MAX]]
    return "\n".join(lines)


def _counts(found: Findings) -> str:
    rows: list[tuple[str, int]] = [("orders", found.orders)]
    rows += [(f"  {status}", count) for status, count in found.statuses.most_common()]
    rows += [
        ("replaced on the way", found.replaced),
        ("child orders at venues", found.children),
        ("  refused there", found.children_rejected),
        ("fills", found.fills.total()),
    ]
    return tabulate(rows, tablefmt="plain", colalign=("left", "right"))


def _notional(found: Findings) -> str:
    venues = sorted({venue for _, venue in found.notional})
    classes = sorted({asset_class for asset_class, _ in found.notional})
    rows = []
    for asset_class in classes:
        values = [found.notional.get((asset_class, venue), Decimal(0)) for venue in venues]
        rows.append((asset_class.replace("_", " "), *map(_millions, [*values, sum(values)])))
    totals = [
        sum((v for (_, at), v in found.notional.items() if at == venue), Decimal(0))
        for venue in venues
    ]
    rows.append(("total", *map(_millions, [*totals, sum(totals)])))
    return _table(rows, ("", *venues, "total"))


def _millions(value: Decimal | int) -> str:
    return f"{value / _MILLION:.2f}" if value else "-"


def _latencies(found: Findings) -> str:
    rows = [
        (step, len(times), *(f"{_percentile(times, share):.2f}" for share in (0.5, 0.99, 1.0)))
        for step, times in found.milliseconds.items()
        if times
    ]
    return _table(rows, ("", "count", "median", "99 %", "longest"))


def _percentile(times: list[float], share: float) -> float:
    return times[min(len(times) - 1, int(len(times) * share))]


def _table(rows: Iterable[tuple[object, ...]], headers: tuple[str, ...]) -> str:
    align = ("left", *("right" for _ in headers[1:]))
    listed = list(rows)
    if not listed:
        return "none"
    return tabulate(
        listed, headers=headers, tablefmt="simple", colalign=align, disable_numparse=True
    )
