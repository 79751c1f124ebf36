"""Check ``account_known``: the account is in the accounts file and open to this client."""

from oms_fix.core.compliance.finding import Finding
from oms_fix.core.compliance.rule import Rule
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.state import State
from oms_fix.model.order_checks import AccountKnown
from oms_fix.model.reasons import Reasons


def examine(_check: AccountKnown, subject: Subject, _state: State) -> Finding | None:
    """Return the violation, or None; an account without a list of clients is open to all."""
    account = subject.account
    if account is not None and (not account.clients or subject.client in account.clients):
        return None
    return Finding(Reasons.UNKNOWN_ACCOUNT, {"Account": subject.terms.account})


RULE = Rule(
    kind=AccountKnown,
    reasons=(Reasons.UNKNOWN_ACCOUNT,),
    source="SEC Rule 15c3-5(c)(2)(iii): only persons and accounts that are approved",
    examine=examine,
)
