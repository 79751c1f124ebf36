"""Check ``minimum_rating``: a bond that is bought is rated well enough."""

from oms_fix.core.compliance.finding import Finding
from oms_fix.core.compliance.rule import Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.state import State
from oms_fix.model.order_checks import MinimumRating
from oms_fix.model.reasons import Reasons


def examine(check: MinimumRating, subject: Subject, _state: State) -> Finding | None:
    """Return the violation, or None; only what is bought and quoted in percent of par is a bond."""
    instrument = subject.instrument
    if instrument is None or not subject.is_buy or not instrument.asset_class.price_is_percent:
        return None
    rating = instrument.rating
    if rating is not None and rating.rank <= check.rating_min.rank:
        return None
    shown = "none" if rating is None else rating.value
    return Finding(Reasons.RATING, {"rating": shown, "rating_min": check.rating_min.value})


RULE = Rule(
    kind=MinimumRating,
    reasons=(Reasons.RATING,),
    source="the client's mandate",
    examine=examine,
)
