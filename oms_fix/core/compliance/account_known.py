"""Check ``account_known``: the account is in the accounts file and open to this client."""

from oms_fix.core.compliance.finding import Finding
from oms_fix.core.conditions import ConditionSubject
from oms_fix.core.orders.state import State
from oms_fix.model.checks import AccountKnown
from oms_fix.model.reasons import Reasons


def examine(_check: AccountKnown, subject: ConditionSubject, state: State) -> Finding | None:
    """Return the violation, or None; an account without a list of clients is open to all."""
    account = state.accounts.get(subject.terms.account or "")
    if account is not None and (not account.clients or subject.client in account.clients):
        return None
    return Finding(Reasons.UNKNOWN_ACCOUNT, {"Account": subject.terms.account})
