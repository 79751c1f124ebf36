"""What a check says of an order that violates it."""

from msgspec import Struct

from oms_fix.model.reasons import Reasons


class Finding(Struct, frozen=True):
    """A violation: the reason to give, and what was compared, as ``key=value`` details."""

    reason: Reasons
    details: dict[str, object]

    @property
    def text(self) -> str:
        """The text for the client."""
        return self.reason.text(**self.details)
