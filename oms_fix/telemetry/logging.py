"""What the daemon says while it runs: for people on a terminal, JSON lines otherwise.

One line an occurrence, times in UTC in JSON and in the local zone on a terminal. Secrets never
reach the output: whatever goes by the name of one, and whatever looks like one inside raw FIX, is
masked last of all, so that no call to the log has to think of it.
"""

import logging
import re
import sys
from typing import Any, TextIO

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

_HIDDEN = "***"
_SECRET_NAMES = frozenset({"password", "new_password", "raw_data", "secret"})

# Password(554), NewPassword(925), RawData(96), EncryptedPassword(1402), EncryptedNewPassword(1404).
_SECRET_FIELDS = re.compile(r"(^|[\x01|^])(554|925|96|1402|1404)=[^\x01|]*")


def mask_secrets(_logger: WrappedLogger, _method: str, event_dict: EventDict) -> EventDict:
    """Mask secrets in a log entry, by name and in raw FIX (structlog processor)."""
    for key, value in event_dict.items():
        event_dict[key] = _HIDDEN if key in _SECRET_NAMES else _masked(value)
    return event_dict


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return _SECRET_FIELDS.sub(rf"\1\2={_HIDDEN}", value)
    if isinstance(value, list | tuple):
        return [_masked(each) for each in value]
    return value


def configure(level: str = "info", stream: TextIO | None = None) -> None:
    """Send the log of this process, the FIX engine's included, to ``stream`` (standard error).

    Args:
        level: debug, info, warning or error.
        stream: where to; a terminal gets text for people, anything else JSON lines.
    """
    out = sys.stderr if stream is None else stream
    people = out.isatty()
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(
            fmt="%H:%M:%S.%f" if people else "iso", utc=not people, key="at"
        ),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        mask_secrets,
    ]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(timestamp_key="at")
        if people
        else structlog.processors.JSONRenderer()
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(root.level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
