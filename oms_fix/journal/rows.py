"""Records as rows of the store: what ``schema.sql`` has columns for, bodies as JSON."""

import msgspec

from oms_fix.journal.records import Batch, CommandRecord, EventRecord, MessageRecord
from oms_fix.model.commands import Command
from oms_fix.model.earlier import AnyCommand, AnyEvent, command_now, event_now
from oms_fix.model.events import Event

Row = tuple[object, ...]

TABLES = ("messages", "commands", "events")
"""The tables whose rows belong to batches, in the order in which a batch's rows are counted."""

RECORD_VERSION = 2
"""How bodies are written now; goes up when an older reader could not read them any more, or when
they tell more of the same than they did."""

_encode = msgspec.json.Encoder().encode
_read_command = msgspec.json.Decoder(AnyCommand).decode
_read_event = msgspec.json.Decoder(AnyEvent).decode


def decode_command(text: str | bytes) -> Command:
    """Return a command of the store, whatever version wrote it."""
    return command_now(_read_command(text))


def decode_event(text: str | bytes) -> Event:
    """Return an event of the store, whatever version wrote it."""
    return event_now(_read_event(text))


class Rows:
    """The rows of one batch.

    Attributes:
        header: number of the batch, version of its records, the session numbers it sets.
        messages: rows of the table of this name; so ``commands`` and ``events``.
    """

    __slots__ = ("commands", "events", "header", "messages")

    def __init__(
        self,
        header: tuple[int, int, str],
        messages: list[Row],
        commands: list[Row],
        events: list[Row],
    ) -> None:
        self.header = header
        self.messages = messages
        self.commands = commands
        self.events = events

    @property
    def all(self) -> list[Row]:
        """All rows, table by table, oldest first."""
        return [*self.messages, *self.commands, *self.events]


def rows_of(batch: Batch) -> Rows:
    """Return what is stored of a batch."""
    return Rows(
        (batch.id, RECORD_VERSION, _session_numbers(batch)),
        [_message_row(batch.id, record) for record in batch.messages],
        [_command_row(batch.id, record) for record in batch.commands],
        [_event_row(batch.id, record) for record in batch.events],
    )


def body(content: Command | Event) -> str:
    """Return a command or an event as it is stored."""
    return _encode(content).decode()


def _session_numbers(batch: Batch) -> str:
    numbers = {
        name: (each.epoch, each.next_in, each.next_out) for name, each in batch.sessions.items()
    }
    return _encode(numbers).decode()


def _message_row(batch_id: int, record: MessageRecord) -> Row:
    return (
        record.id,
        batch_id,
        record.at,
        record.session,
        record.epoch,
        record.direction,
        record.msg_seq_num,
        record.msg_type,
        record.event_id,
        record.raw,
    )


def _command_row(batch_id: int, record: CommandRecord) -> Row:
    command = record.command
    kind = type(command).__name__
    return record.id, batch_id, record.at, kind, record.message_id, body(command)


def _event_row(batch_id: int, record: EventRecord) -> Row:
    event = record.event
    order_id = getattr(event, "order_id", None) or None
    return record.id, batch_id, record.command_id, type(event).__name__, order_id, body(event)
