"""What a check says of an order that violates it."""

from collections.abc import Mapping

from msgspec import Struct

from oms_fix.model.reasons import Reasons


class Finding(Struct, frozen=True):
    """A violation: the reason to give, and what was compared, as ``key=value`` details.

    ``check_id`` and ``message`` are those of the check.
    """

    reason: Reasons
    details: Mapping[str, object]
    check_id: str = ""
    message: str = ""

    @property
    def text(self) -> str:
        """The text for the client."""
        text = self.reason.text(**self.details)
        return f"{text} ({self.message})" if self.message else text
