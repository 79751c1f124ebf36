"""What a kind of check is made of, one file for each kind."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from msgspec import Struct

from oms_fix.core.compliance.finding import Finding
from oms_fix.core.compliance.subject import Subject
from oms_fix.core.orders.state import State
from oms_fix.model.check_base import CheckBase, LimitCheck
from oms_fix.model.reasons import Reasons

ZERO = Decimal(0)


class Measure(Struct, frozen=True, gc=False):
    """A number to be compared with a limit.

    Attributes:
        used: before this order.
        after: with it; above the limit it is a violation, if it is more than before.
        limit: in the same unit.
        stands: whether it is a violation though the order adds nothing.
    """

    used: Decimal
    after: Decimal
    limit: Decimal
    stands: bool = False


NOT_CONCERNED = Measure(ZERO, ZERO, ZERO)
"""The check has nothing to do with this order."""


class Rule(NamedTuple):
    """A kind of check.

    Attributes:
        kind: its schema.
        reasons: codes of its violations.
        source: where it comes from.
        unit: of its limit and numbers; empty if it has none.
        name: what its number is called in texts; ``in_money``: it is in base currency;
            ``keeps_digits``: it is told as it is, for it is a count, or as the order has it.
        examine: returns the violation, or None; of a check without a limit.
        measure: returns the number; None if nobody knows it. Of a check with a limit.
    """

    kind: type[CheckBase]
    reasons: tuple[Reasons, ...]
    source: str
    examine: Callable[[Any, Subject, State], Finding | None] | None = None
    measure: Callable[[Any, Subject, State, Decimal], Measure | None] | None = None
    unit: str = ""
    name: str = ""
    in_money: bool = False
    keeps_digits: bool = False

    @property
    def limit_name(self) -> str:
        """The name of the field that has the limit."""
        assert issubclass(self.kind, LimitCheck), "it has a limit"
        return self.kind.LIMIT
