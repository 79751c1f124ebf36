"""What records of earlier versions do not tell, so that days of then can be decided again.

Version 1: checks told of no numbers and of no time.
"""

from msgspec import structs

from oms_fix.model.events import CheckResult, ChecksEvaluated, Event


def as_told_by(version: int, event: Event) -> Event:
    """Return an event of now as records of a version had it."""
    if version < 2 and isinstance(event, ChecksEvaluated):
        results = tuple(_without_numbers(each) for each in event.results)
        return structs.replace(event, results=results, at=None)
    return event


def _without_numbers(result: CheckResult) -> CheckResult:
    return structs.replace(result, used=None, after=None, limit=None)
