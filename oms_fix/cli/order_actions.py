"""What operators do about orders: ``oms-fix order cancel``, ``force-done``, ``place`` and so on."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import click

from oms_fix.cli.control_option import Command, ask_daemon, control_options
from oms_fix.model.enums import OrdType, Side, TimeInForce

_Choice = TypeVar("_Choice", bound=StrEnum)

_ORDER = click.argument("order_id", metavar="ORDER")
_EXECUTION = click.argument("exec_id", metavar="EXEC")


def _common(function: Command) -> Command:
    """Add ``--reason``, ``--config`` and ``--json`` to a command."""
    help_ = "Why; it is journaled, and the client is told."
    return control_options(click.option("--reason", required=True, help=help_)(function))


def _one_of(enum: type[_Choice]) -> Callable[[str], _Choice]:
    """Return what reads a value of an enumeration by its name: ``sell-short``."""

    def read(value: str) -> _Choice:
        name = value.upper().replace("-", "_")
        if name not in enum.__members__:
            names = ", ".join(each.lower().replace("_", "-") for each in enum.__members__)
            raise click.BadParameter(f"{value!r} is none; allowed: {names}")
        return enum[name]

    return read


@click.command()
@_ORDER
@_common
def cancel(order_id: str, reason: str, config: Path, as_json: bool) -> None:
    """Have the venues cancel an open order; the client is told Canceled once they have.

    ORDER is the OrderID(37), or a ClOrdID(11).

    \b
    Example:
      oms-fix order cancel C-1001 --reason 'client called, its line is down'
    """
    arguments = {"order": order_id, "reason": reason}
    ask_daemon(config, "order cancel", arguments, as_json=as_json)


@click.command("force-done")
@_ORDER
@_common
def force_done(order_id: str, reason: str, config: Path, as_json: bool) -> None:
    """End an order at once whose venue does not say where it stands.

    The client is told Done For Day; Canceled, if it has asked for that or the order is no day
    order. The venues get a cancel for when they are back; what they have filled all the same is
    booked and passed on.

    \b
    Example:
      oms-fix order force-done C-1001 --reason 'XNAS is down, its desk confirms 300 done'
    """
    arguments = {"order": order_id, "reason": reason}
    ask_daemon(config, "order force-done", arguments, as_json=as_json)


@click.command()
@_ORDER
@_EXECUTION
@_common
def bust(order_id: str, exec_id: str, reason: str, config: Path, as_json: bool) -> None:
    """Take an execution back as its venue has said by phone.

    EXEC is our ExecID(17), as `oms-fix executions` has it, or the venue's.

    \b
    Example:
      oms-fix order bust C-1001 T5K2V-E17 --reason 'XNAS called: erroneous trade'
    """
    arguments = {"order": order_id, "exec_id": exec_id, "reason": reason}
    ask_daemon(config, "order bust", arguments, as_json=as_json)


@click.command()
@_ORDER
@_EXECUTION
@click.option("--quantity", help="What LastQty(32) is; as it was, if left out.")
@click.option("--price", help="What LastPx(31) is; as it was, if left out.")
@_common
def correct(
    order_id: str,
    exec_id: str,
    quantity: str | None,
    price: str | None,
    reason: str,
    config: Path,
    as_json: bool,
) -> None:
    """Correct an execution as its venue has said by phone.

    EXEC is our ExecID(17), as `oms-fix executions` has it, or the venue's.

    \b
    Example:
      oms-fix order correct C-1001 T5K2V-E17 --price 190.20 --reason 'XNAS called'
    """
    if quantity is None and price is None:
        raise click.UsageError("give --quantity, --price or both")
    arguments = {"order": order_id, "exec_id": exec_id, "reason": reason}
    changes = {"quantity": quantity, "price": price}
    arguments |= {key: value for key, value in changes.items() if value is not None}
    ask_daemon(config, "order correct", arguments, as_json=as_json)


@click.command()
@_ORDER
@click.option("--venue", required=True, help="SessionName of the venue.")
@click.option("--quantity", help="How much of it; all that is left, if left out.")
@click.option("--reason", required=True, help="Why; it is journaled.")
@control_options
def place(
    order_id: str, venue: str, quantity: str | None, reason: str, config: Path, as_json: bool
) -> None:
    """Place an order, or a part of it, that waits at a desk.

    It goes to the venue with the order's own terms. What a venue rejects or cancels of it waits at
    the desk again.

    \b
    Example:
      oms-fix order place C-1001 --venue XNAS --quantity 300 --reason 'bid for by phone'
    """
    arguments = {"order": order_id, "venue": venue, "reason": reason}
    arguments |= {} if quantity is None else {"quantity": quantity}
    ask_daemon(config, "order place", arguments, as_json=as_json)


@click.command()
@click.option("--client", required=True, help="The session of the client whose order it is.")
@click.option("--side", required=True, type=_one_of(Side), metavar="SIDE", help="buy, sell ...")
@click.option("--symbol", required=True, help="Symbol(55).")
@click.option("--quantity", "order_qty", required=True, help="OrderQty(38).")
@click.option("--price", help="Price(44); makes it a limit order.")
@click.option("--stop-price", "stop_px", help="StopPx(99); makes it a stop order.")
@click.option(
    "--time-in-force",
    type=_one_of(TimeInForce),
    metavar="TIF",
    default="day",
    show_default=True,
    help="day, good-till-cancel, immediate-or-cancel ...",
)
@click.option("--expire-date", help="ExpireDate(432) of a good-till-date order, such as 20261231.")
@click.option("--account", help="Account(1).")
@click.option("--cl-ord-id", help="ClOrdID(11), if the client has one; else the OrderID(37).")
@_common
def enter(
    client: str,
    side: Side,
    time_in_force: TimeInForce,
    reason: str,
    config: Path,
    as_json: bool,
    **given: str | None,
) -> None:
    """Enter an order that a client has given by phone.

    It is checked and routed like any other, and the client's session is told of it from New on; it
    can be replaced and canceled by the client. What is refused, the client does not hear of.

    \b
    Example:
      oms-fix order enter --client BUYSIDE44 --side buy --symbol AAPL --quantity 300
        --price 190.25 --account GROWTH --reason 'phoned by J. Doe, 14:05'
    """
    arguments = {key: value for key, value in given.items() if value is not None}
    arguments |= {"client": client, "side": side.value, "time_in_force": time_in_force.value}
    arguments |= {"ord_type": _ord_type(given), "reason": reason}
    ask_daemon(config, "order enter", arguments, as_json=as_json)


def _ord_type(given: dict[str, str | None]) -> str:
    """Return OrdType(40), as the prices that are given have it."""
    if given["stop_px"] is None:
        return OrdType.MARKET if given["price"] is None else OrdType.LIMIT
    return OrdType.STOP if given["price"] is None else OrdType.STOP_LIMIT
