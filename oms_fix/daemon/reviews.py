"""What operators see and decide of what is held for review; the core decides, and journals it."""

from collections.abc import Mapping

from oms_fix.blotter.wording import describe_event, describe_terms, number
from oms_fix.core.orders.order import Order, Review
from oms_fix.daemon.control import ControlAnswer, Handler
from oms_fix.daemon.sequencer import Sequencer
from oms_fix.model.reasons import Reasons
from oms_fix.model.reviews import DecideReview, ReviewDecided, ReviewDecision

Arguments = Mapping[str, str]
Row = dict[str, str | int]

_LENGTH_MAX = 200
_UNKNOWN = "unknown"


class ReviewOperations:
    """The commands about reviews that come over the control socket.

    Args:
        sequencer: takes the commands.
    """

    def __init__(self, sequencer: Sequencer) -> None:
        self._sequencer = sequencer

    @property
    def handlers(self) -> dict[str, Handler]:
        """What the control server is to know, by name."""
        return {
            "review list": self._list,
            "review show": self._show,
            **{f"review {each.value}": self._decision(each) for each in ReviewDecision},
        }

    async def _list(self, _operator: str, _arguments: Arguments) -> ControlAnswer:
        held = self._sequencer.state.held_for_review()
        rows = [_row(order, order.under_review) for order in held if order.under_review is not None]
        return ControlAnswer(done=True, rows=rows)

    async def _show(self, _operator: str, arguments: Arguments) -> ControlAnswer:
        """Rows: the review, then each violation that holds, then each approval."""
        name = arguments.get("review", "")
        found = self._named(name)
        if len(found) > 1:
            return _ambiguous(name, found)
        order = found[0] if found else None
        review = None if order is None else order.under_review
        if order is None or review is None:
            return _refused(Reasons.UNKNOWN_REVIEW.text(review=ascii(name[:_LENGTH_MAX])))
        holds: list[Row] = [
            {"check": each.check_id, "code": each.code, "text": each.text}
            for each in review.opened.holds
        ]
        approvals: list[Row] = [
            {"operator": each.operator, "reason": each.reason, "approved_at": each.at}
            for each in review.approvals
        ]
        return ControlAnswer(done=True, rows=[_row(order, review), *holds, *approvals])

    def _decision(self, decision: ReviewDecision) -> Handler:
        async def handle(operator: str, arguments: Arguments) -> ControlAnswer:
            name, reason = arguments.get("review", ""), arguments.get("reason", "")
            if not (name.isascii() and name.isprintable() and len(name) <= _LENGTH_MAX):
                value = ascii(name[:_LENGTH_MAX])
                return _refused(Reasons.INVALID_VALUE.text(field="review", value=value))
            found = self._named(name) or self._once_named(name)
            if len(found) > 1:
                return _ambiguous(name, found)
            order_id = found[0].order_id if found else ""
            return await self._decide(DecideReview(order_id, name, decision, operator, reason))

        return handle

    async def _decide(self, command: DecideReview) -> ControlAnswer:
        events = await self._sequencer.intervene(command)
        decided = next(each for each in events if isinstance(each, ReviewDecided))
        if decided.refused:
            return _refused(decided.refused)
        order = self._sequencer.state.orders[command.order_id]
        row: Row = {
            "order_id": order.order_id,
            "client": order.session,
            "cl_ord_id": order.cl_ord_id,
            "ord_status": order.ord_status.name,
            "approvals": decided.approvals,
            "approvals_needed": decided.approvals_needed,
        }
        lines = [f"{order.order_id}: {describe_event(each)}" for each in events]
        return ControlAnswer(done=True, lines=lines, rows=[row])

    def _named(self, name: str) -> list[Order]:
        """Return the orders with a review of this name, or of terms or an order of this name."""
        held = self._sequencer.state.held_for_review()
        for names_of in (_review_ids, _cl_ord_ids, _order_ids):
            found = [order for order in held if name in names_of(order)]
            if found:
                return found
        return []

    def _once_named(self, name: str) -> list[Order]:
        """Return the order that a name, of which nothing is held now, was of."""
        state = self._sequencer.state
        by_review = state.orders.get(name.rpartition("/")[0]) or state.orders.get(name)
        keys = ((each, name) for each in self._sequencer.members)
        by_cl_ord_id = (state.orders_by_cl_ord_id.get(key) for key in keys)
        found = [order for order in (by_review, *by_cl_ord_id) if order is not None]
        return found[:1]


def _review_ids(order: Order) -> list[str]:
    review = order.under_review
    return [] if review is None else [review.opened.review_id]


def _cl_ord_ids(order: Order) -> list[str]:
    review = order.under_review
    return [] if review is None else [review.opened.cl_ord_id]


def _order_ids(order: Order) -> list[str]:
    return [order.order_id]


def _row(order: Order, review: Review | None) -> Row:
    assert review is not None, "only what is under review is shown"
    opened = review.opened
    terms, notional = opened.terms, opened.notional
    return {
        "review": opened.review_id,
        "order_id": order.order_id,
        "kind": "order" if opened.orig_cl_ord_id is None else "replace",
        "client": order.session,
        "cl_ord_id": opened.cl_ord_id,
        "account": terms.account or "",
        "side": terms.side.name,
        "order_qty": number(terms.order_qty),
        "symbol": terms.symbol,
        "ord_type": terms.ord_type.name,
        "price": "" if terms.price is None else number(terms.price),
        "stop_px": "" if terms.stop_px is None else number(terms.stop_px),
        "time_in_force": terms.time_in_force.name,
        "in_place_of": "" if opened.orig_cl_ord_id is None else describe_terms(order.terms),
        "notional": _UNKNOWN if notional is None else number(notional),
        "codes": ",".join(each.code for each in opened.holds),
        "opened_at": opened.opened_at,
        "until_at": opened.until,
        "approvals": len(review.approvals),
        "approvals_needed": opened.approvals_needed,
        "four_eyes": "yes" if opened.four_eyes else "no",
        "entered_by": order.entered_by,
        "rules_version": opened.rules_version,
    }


def _ambiguous(name: str, found: list[Order]) -> ControlAnswer:
    reviews = ",".join(each for order in found for each in _review_ids(order))
    return _refused(Reasons.AMBIGUOUS.text(ClOrdID=name, name_one_of=reviews))


def _refused(text: str) -> ControlAnswer:
    return ControlAnswer(done=False, lines=[text], code=text.partition(":")[0])
