"""What a session has been told about asking its venue where our orders stand."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from oms_fix.fix.settings_file import whole


class OrderStatusSettings(Struct, frozen=True, kw_only=True):
    """Order status keys of one session in snake case; see ``spec/configuration.md``."""

    reconciliation: str = "each"
    timeout_seconds: int = 10


_WAYS = {way: way for way in ("each", "mass", "none")}

# Key to attribute, reader (raises ValueError, KeyError), and what is allowed.
ORDER_STATUS_KEYS: Mapping[str, tuple[str, Callable[[str], object], str]] = {
    "OrderReconciliation": ("reconciliation", _WAYS.__getitem__, " or ".join(_WAYS)),
    "OrderStatusTimeout": (
        "timeout_seconds",
        whole(1, 3600),
        "a whole number from 1 to 3600",
    ),
}
