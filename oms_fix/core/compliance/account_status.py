"""Check ``account_status``: the account is open, or the order only reduces its position."""

from oms_fix.core.compliance.figures import adds
from oms_fix.core.compliance.finding import Finding
from oms_fix.core.compliance.rule import Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.state import State
from oms_fix.model import enums
from oms_fix.model.order_checks import AccountStatus
from oms_fix.model.reasons import Reasons

_OPEN = enums.AccountStatus.OPEN


def examine(_check: AccountStatus, subject: Subject, state: State) -> Finding | None:
    """Return the violation, or None."""
    account = subject.account
    if account is None or account.status is _OPEN:
        return None
    if account.status is enums.AccountStatus.CLOSED:
        return Finding(Reasons.ACCOUNT_CLOSED, {"Account": account.id})
    if not adds(state, subject):
        return None
    return Finding(Reasons.REDUCE_ONLY, {"Account": account.id})


RULE = Rule(
    kind=AccountStatus,
    reasons=(Reasons.ACCOUNT_CLOSED, Reasons.REDUCE_ONLY),
    source="SEC Rule 15c3-5(c)(2)(iii): only persons and accounts that are approved",
    examine=examine,
)
