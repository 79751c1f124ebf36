"""What a session looks at in a message besides the dictionary: who sent it, when, and what for."""

from oms_fix.fix.message import Message
from oms_fix.fix.session_messages import SEQUENCE_RESET, appl_ver_id
from oms_fix.fix.settings import FIXT, SessionSettings
from oms_fix.fix.timestamps import NANOSECONDS, parse_timestamp
from oms_fix.fix.validation import Fault

_DIGITS_MAX = 18
_NEVER = 10**21  # nanoseconds; the years that a timestamp can name are fewer


def whole_number(value: bytes | None) -> int | None:
    """Return a field of digits as int; None if it is absent or anything else."""
    if value is None or not value.isdigit() or len(value) > _DIGITS_MAX:
        return None
    return int(value)


def is_possible_duplicate(message: Message) -> bool:
    """Whether PossDupFlag(43) is set."""
    return message.get(43) == b"Y"


def value_out_of_range(tag: int | None) -> Fault:
    """Return the fault of a number that the state of the session does not allow."""
    return Fault(5, tag, "Value is incorrect (out of range) for this tag")


class IdentityCheck:
    """Checks the CompIDs and SendingTime(52) (FIX 4.4 Volume 2, "CompID", "SendingTime").

    What is absent, empty or malformed is left to the dictionary, which names the tag.

    Attributes:
        latency_max: MaxLatency in nanoseconds; more than any clock can be off where none is set.
    """

    def __init__(self, settings: SessionSettings) -> None:
        self._settings = settings
        # As they should be on the wire: read as text only if they are not, byte for byte.
        self._sender = settings.target_comp_id.encode()
        self._target = settings.sender_comp_id.encode()
        self.latency_max = _NEVER
        if settings.check_latency:
            self.latency_max = settings.max_latency * NANOSECONDS

    def fault(self, message: Message, now: int) -> Fault | None:
        """Return what is wrong with who sent a message, or when, or None."""
        if self._settings.check_comp_id and self._is_of_others(message):
            return Fault(9, None, "CompID problem")
        if self._settings.check_latency:
            sent = parse_timestamp(message.get(52) or b"")
            if sent is not None and abs(now - sent) > self.latency_max:
                return Fault(10, None, "SendingTime accuracy problem")
        return None

    def _is_of_others(self, message: Message) -> bool:
        if message.get(49) == self._sender and message.get(56) == self._target:
            return False
        sender, target = message.text(49), message.text(56)
        return bool(sender and sender != self._settings.target_comp_id) or bool(
            target and target != self._settings.sender_comp_id
        )


def possible_duplicate_fault(message: Message, *, needs_original: bool) -> Fault | None:
    """Check OrigSendingTime(122) of a message with PossDupFlag(43)=Y.

    A SequenceReset(4) needs none: what it stands for has no one sending time.

    Args:
        message: the message.
        needs_original: RequiresOrigSendingTime.
    """
    value = message.get(122)
    if value is None:
        needed = needs_original and message.msg_type != SEQUENCE_RESET
        return Fault(1, 122, "Required tag missing") if needed else None
    original, sent = parse_timestamp(value), parse_timestamp(message.get(52) or b"")
    if original is not None and sent is not None and original > sent:
        return Fault(10, None, "SendingTime accuracy problem")
    return None


def logon_problem(message: Message, settings: SessionSettings) -> str | None:
    """Return why a Logon(A) that keeps to the dictionary cannot be agreed to, or None."""
    if message.get(98) != b"0":
        return "EncryptMethod(98) must be 0: use TLS for encryption"
    if whole_number(message.get(108)) is None:
        return "HeartBtInt(108) must not be negative"
    if settings.begin_string == FIXT and message.get(1137) != appl_ver_id(settings):
        return f"DefaultApplVerID(1137) must be {appl_ver_id(settings).decode()}"
    return None
