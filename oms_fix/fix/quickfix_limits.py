"""What a session with Engine=quickfix cannot have, so that it shows before anyone connects.

QuickFIX's binding has neither TLS nor time zones, and of most of our own keys it knows nothing. A
``.cfg`` with Engine=quickfix is to mean what it means to QuickFIX, so these are refused, also where
our side of the connection could do it. Bounds of the connection hold for every engine.
"""

from collections.abc import Iterator
from importlib.util import find_spec
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oms_fix.fix.settings import SessionSettings

INSTALL = "Engine=quickfix needs the extra quickfix: pip install 'oms-fix[quickfix]'"

# Key, the attribute it sets, and why not: refused where it is given and is not the default.
_REFUSED = (
    ("SocketUseSSL", "security.socket_use_ssl", "QuickFIX's binding has no TLS"),
    ("CredentialsFile", "security.credentials_file", "QuickFIX would see and keep the passwords"),
    ("Username", "security.username", "QuickFIX's Logon(A) has no credentials"),
    ("PasswordFile", "security.password", "QuickFIX's Logon(A) has no credentials"),
    ("DataDictionaryOverlay", "data_dictionary_overlay", "QuickFIX reads whole dictionaries"),
    ("MaxMessagesPerSecond", "overload.max_messages_per_second", "QuickFIX has no such limit"),
    ("MaxOrderAgeSeconds", "overload.max_order_age_seconds", "QuickFIX sends all of them again"),
    ("RequiresOrigSendingTime", "requires_orig_sending_time", "QuickFIX always requires it"),
)


def check_quickfix(settings: "SessionSettings") -> Iterator[tuple[str, str]]:
    """Yield the key to blame and what is wrong, for a session with Engine=quickfix."""
    if find_spec("quickfix") is None:
        yield "Engine", INSTALL
    usual = type(settings)(
        name="",
        connection_type=settings.connection_type,
        begin_string="",
        sender_comp_id="",
        target_comp_id="",
    )
    for key, attribute, reason in _REFUSED:
        value = attrgetter(attribute)
        if value(settings) != value(usual):
            yield key, _refusal(key, reason)
    schedule = settings.schedule
    if schedule is not None and schedule.time_zone != "UTC":
        yield "TimeZone", _refusal("TimeZone", "QuickFIX knows no time zones; allowed: UTC")
    if schedule is not None and schedule.holidays is not None:
        yield "Holidays", _refusal("Holidays", "QuickFIX knows no holidays")
    if settings.connection_type == "initiator" and settings.heart_bt_int == 0:
        yield "HeartBtInt", _refusal("HeartBtInt=0", "QuickFIX needs at least 1")
    for key, comp_id in (
        ("SenderCompID", settings.sender_comp_id),
        ("TargetCompID", settings.target_comp_id),
    ):
        if "/" in comp_id:
            yield key, _refusal(f"a / in {key}", "QuickFIX names files after it")


def _refusal(what: str, reason: str) -> str:
    return f"{what} is not for Engine=quickfix: {reason}"
