"""A session as the daemon sees it."""

from msgspec import Struct

from oms_fix.fix.link import Link
from oms_fix.gateway.translator import Translator


class Member(Struct):
    """One session: its link, who it is to us, how its messages are read.

    ``epoch`` counts the resets of its sequence numbers.
    """

    link: Link
    translator: Translator
    is_client: bool
    epoch: int

    @property
    def name(self) -> str:
        """SessionName."""
        return self.link.session.name
