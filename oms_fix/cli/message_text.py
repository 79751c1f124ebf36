"""A FIX message as lines of text."""

from collections.abc import Iterator

from oms_fix.blotter.message_view import MessageView


def field_lines(message: MessageView) -> Iterator[str]:
    """Return a line for each field: tag, name, value, and what an enumerated value means."""
    width = max((len(field.name) for field in message.fields), default=0)
    for field in message.fields:
        meaning = "" if field.meaning is None else f"  {field.meaning}"
        yield f"{field.tag:>5} {field.name:<{width}} {field.value}{meaning}"
