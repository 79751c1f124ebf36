"""Days and moments that have the right form and are still in no calendar."""

from datetime import date, datetime


def is_date(text: str) -> bool:
    """Return whether a text is a day of the calendar, written ``2026-11-23``."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def moment_of(text: str) -> datetime | None:
    """Return the time that a text with its zone says; None if there is no such time."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
