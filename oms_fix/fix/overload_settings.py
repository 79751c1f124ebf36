"""What a session has been told about too much: of us for the peer, and of the peer for us."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from msgspec import Struct

from oms_fix.fix.settings_file import whole


class RateLimitAction(StrEnum):
    """What becomes of application messages above MaxMessagesPerSecond."""

    DELAY = "delay"
    REJECT = "reject"


class OverloadSettings(Struct, frozen=True, kw_only=True):
    """Overload keys of one session in snake case; see ``spec/configuration.md``."""

    max_backlog_bytes: int = 64 * 1024 * 1024
    max_backlog_seconds: int = 30
    max_messages_per_second: int = 0  # no limit
    rate_limit_action: RateLimitAction = RateLimitAction.DELAY
    max_order_age_seconds: int = 0  # no limit


def _number(attribute: str, least: int, most: int) -> tuple[str, Callable[[str], object], str]:
    return attribute, whole(least, most), f"a whole number from {least} to {most}"


_ACTIONS: Mapping[str, RateLimitAction] = {each.value: each for each in RateLimitAction}
_DAY_SECONDS = 86_400

# Key to attribute, reader (raises ValueError, KeyError), and what is allowed.
OVERLOAD_KEYS: Mapping[str, tuple[str, Callable[[str], object], str]] = {
    # Less could cut off a peer in good health over one answer to a ResendRequest(2).
    "MaxBacklogBytes": _number("max_backlog_bytes", 1024 * 1024, 999_999_999),
    "MaxBacklogSeconds": _number("max_backlog_seconds", 1, _DAY_SECONDS),
    "MaxMessagesPerSecond": _number("max_messages_per_second", 0, 1_000_000),
    "RateLimitAction": ("rate_limit_action", _ACTIONS.__getitem__, " or ".join(_ACTIONS)),
    "MaxOrderAgeSeconds": _number("max_order_age_seconds", 0, _DAY_SECONDS),
}
