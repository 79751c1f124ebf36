"""An order as a FIX message in a file, read as the client's session would read it."""

from pathlib import Path
from typing import BinaryIO

import click

from oms_fix.blotter.message_view import split, view
from oms_fix.cli.configured_path import configured_path
from oms_fix.cli.fix_text import find_messages
from oms_fix.fix.errors import ConfigError
from oms_fix.fix.message import DATA_TAGS, Message
from oms_fix.fix.settings import SessionSettings, load_settings
from oms_fix.gateway.translator import VERSIONS, DecodeError, translator
from oms_fix.model.commands import NewOrderSingle

_ENVELOPE = (8, 9, 35, 10)
_SENDER_COMP_ID = 49


def read_order(file: BinaryIO, client: str | None, config: Path) -> NewOrderSingle:
    """Return the one NewOrderSingle(D) in a file.

    Args:
        file: text with the message in it, its fields separated by SOH, ``|`` or ``^A``.
        client: SessionName of the client; None: of the client with that SenderCompID(49).
        config: oms.yaml, which says what the client sessions are, if it is there.

    Raises:
        click.ClickException: there is no such message, or more than one, or it cannot be read.
    """
    found = [(each.raw, view(each.raw)) for each in find_messages(iter(file.readline, b""))]
    orders = [(raw, seen.version) for raw, seen in found if seen.msg_type == "D"]
    if len(orders) != 1:
        count = "no" if not orders else f"{len(orders)} times"
        raise click.ClickException(
            f"{file.name}: {count} NewOrderSingle(D); allowed: one message, from 8=FIX on, with "
            "SOH, '|' or '^A' between fields"
        )
    ((raw, version),) = orders
    fields = split(raw, DATA_TAGS)
    wrong = next((value for tag, value in fields if tag == 0), None)
    if wrong is not None:
        text = wrong.decode("latin-1")
        raise click.ClickException(f"{file.name}: {text!r} is no field; allowed: tag=value")
    message = Message("D", [field for field in fields if field[0] not in _ENVELOPE], raw)
    name, spoken = _session(message, client, config)
    return _decode(file.name, name, spoken or version, message)


def _session(message: Message, client: str | None, config: Path) -> tuple[str, str | None]:
    """Return the client's session and its version, None where no configuration has it."""
    sender = message.text(_SENDER_COMP_ID)
    name = client or sender
    if name is None:
        text = "the order has no SenderCompID(49); name the client's session: --client NAME"
        raise click.ClickException(text)
    for session in _client_sessions(config):
        if name == (session.target_comp_id if client is None else session.name):
            return session.name, session.default_appl_ver_id or session.begin_string
    return name, None


def _client_sessions(config: Path) -> list[SessionSettings]:
    """Return the client sessions; none where the configuration cannot be read."""
    try:
        return load_settings(configured_path(config, "clients"))
    except (click.ClickException, ConfigError, OSError):
        return []


def _decode(file: str, name: str, version: str, message: Message) -> NewOrderSingle:
    if version not in VERSIONS:
        allowed = ", ".join(VERSIONS)
        raise click.ClickException(f"{version} has no orders here; allowed: {allowed}")
    try:
        order = translator(version).decode_from_client(name, message)
    except DecodeError as error:
        raise click.ClickException(f"{file}: the order would be refused: {error.text}") from error
    assert isinstance(order, NewOrderSingle), "35=D is one"
    return order
