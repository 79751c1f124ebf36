"""The commands of a store decided once more: the core must come to the very same events."""

import sqlite3
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import msgspec

from oms_fix.core.engine import UndecidedError, handle
from oms_fix.core.orders.state import State
from oms_fix.journal.differences import first_difference
from oms_fix.journal.earlier_records import as_told_by
from oms_fix.journal.rows import body, decode_command, decode_event
from oms_fix.model.commands import Command
from oms_fix.model.events import Event


class StoredEventText(NamedTuple):
    """An event of the store, not decoded yet."""

    id: int
    command_id: int
    text: str


class Decision(NamedTuple):
    """A command of the store with the events that it led to; ``version`` is that of the records."""

    command_id: int
    batch_id: int
    at: int
    text: str
    events: list[StoredEventText]
    version: int


class OtherDecisionError(Exception):
    """The core decides otherwise than the store has it; the text names the first difference."""


def decisions(store: sqlite3.Connection) -> Iterator[Decision]:
    """Yield every command with its events, oldest first.

    Raises:
        OtherDecisionError: there are events of no command.
    """
    events = map(
        StoredEventText._make, store.execute("select id, command_id, body from events order by id")
    )
    groups = groupby(events, itemgetter(1))
    group = next(groups, None)
    commands = store.execute(
        "select commands.id, batch_id, at, body, version from commands"
        " join batches on batches.id = batch_id order by commands.id"
    )
    for command_id, batch_id, at, text, version in commands:
        mine: list[StoredEventText] = []
        if group is not None and group[0] == command_id:
            mine = list(group[1])
            group = next(groups, None)
        yield Decision(command_id, batch_id, at, text, mine, version)
    if group is not None:
        event = next(group[1])
        raise OtherDecisionError(f"event {event.id} is of no command, or not in the order of them")


def decide_again(state: State, decision: Decision) -> None:
    """Have the core decide on a command as it did then.

    Args:
        state: as of the command before; changed as the core decides now.
        decision: what the store has.

    Raises:
        OtherDecisionError: the events are others.
    """
    try:
        _decide_again(state, decision)
    except msgspec.DecodeError as error:
        text = f"command {decision.command_id} or an event of it cannot be read: {error}"
        raise OtherDecisionError(text) from error


def _decide_again(state: State, decision: Decision) -> None:
    command = decode_command(decision.text)
    try:
        computed = handle(state, command, decision.at)
    except UndecidedError:
        computed = []
    for stored, event in zip(decision.events, computed, strict=False):
        if stored.text != body(event):
            _compare(decision, command, stored, event)
    there, now = len(decision.events), len(computed)
    if there > now:
        event = decode_event(decision.events[now].text)
        text = f"event {decision.events[now].id} ({_kind(event)}) is not decided any more"
        raise OtherDecisionError(f"{_named(decision, command)}: {text}")
    if there < now:
        text = f"{_kind(computed[there])} is decided now, which the store does not have"
        raise OtherDecisionError(f"{_named(decision, command)}: {text}")


def _compare(decision: Decision, command: Command, stored: StoredEventText, event: Event) -> None:
    """Compare values, not texts: a later version may write a field that an earlier left out."""
    told = as_told_by(decision.version, event)
    difference = first_difference(decode_event(stored.text), told)
    if difference is not None:
        text = f"event {stored.id} ({_kind(event)}): {difference}"
        raise OtherDecisionError(f"{_named(decision, command)}: {text}")


def _named(decision: Decision, command: Command) -> str:
    return f"command {decision.command_id} ({_kind(command)})"


def _kind(content: Command | Event) -> str:
    return type(content).__name__
