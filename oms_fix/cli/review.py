"""``oms-fix review``: orders and replaces that checks hold until operators have decided."""

from pathlib import Path

import click
from msgspec import Struct

from oms_fix.blotter.biography import CheckEntry, biography
from oms_fix.cli.control_option import Command, ask_daemon, control_options
from oms_fix.cli.output import counted, echo_json, echo_table, local_time, zone_note
from oms_fix.cli.store_option import open_blotter

_Row = dict[str, str | int]

_NAME = click.argument("name", metavar="REVIEW")
_COLUMNS = (
    "review",
    "order_id",
    "kind",
    "client",
    "cl_ord_id",
    "account",
    "side",
    "order_qty",
    "symbol",
    "notional",
    "codes",
)
_SINCE = ("since", "until", "approvals")


class _Line(Struct, frozen=True):
    """One line of an order's history."""

    at: int
    what: str


@click.group(short_help="See what is held for review, approve or reject it.")
def review() -> None:
    """See orders and replaces that a check holds for review, approve or reject them.

    Every decision is journaled with the operator's name and reason, refused ones too. Who the
    operator is, the operating system says.

    \b
    Example:
      oms-fix review list
      oms-fix review approve C-1001 --reason 'client confirmed the size'
    """


@review.command("list")
@control_options
def list_(config: Path, as_json: bool) -> None:
    """List what is held for review at this moment, the oldest order first.

    \b
    Example:
      oms-fix review list
      oms-fix review list --json
    """
    answer = ask_daemon(config, "review list", as_json=False)
    if as_json:
        echo_json(answer.rows)
        return
    lines = [[*(row[column] for column in _COLUMNS), *_since(row)] for row in answer.rows]
    headers = [column.upper().replace("_", " ") for column in (*_COLUMNS, *_SINCE)]
    echo_table(lines, headers, "Nothing is held for review.")
    if lines:
        click.echo(f"\n{counted(len(lines), 'review')}. {zone_note()}")


def _since(row: _Row) -> tuple[str, str, str]:
    """Return since when something is held, until when, and the approvals there are and needed."""
    since, until = (local_time(int(row[name])) for name in ("opened_at", "until_at"))
    return since, until, f"{row['approvals']}/{row['approvals_needed']}"


@review.command()
@_NAME
@control_options
def show(name: str, config: Path, as_json: bool) -> None:
    """Show one review: the terms, all check results, the approvals, and the order's history.

    REVIEW is the review, the ClOrdID(11) under review, or the OrderID(37).

    \b
    Example:
      oms-fix review show C-1001
      oms-fix review show C-1001 --json
    """
    row, *more = ask_daemon(config, "review show", {"review": name}, as_json=False).rows
    checks, history = _story(config, row)
    holds = [each for each in more if "check" in each]
    approvals = [each for each in more if "approved_at" in each]
    if as_json:
        found = {"holds": holds, "approvals": approvals, "checks": checks, "history": history}
        echo_json({"review": row, **found})
        return
    for key, value in row.items():
        shown = local_time(int(value)) if key.endswith("_at") else value
        click.echo(f"{key.replace('_', ' '):<16} {shown}")
    _echo_checks(checks)
    lines = [
        (local_time(int(each["approved_at"])), each["operator"], each["reason"])
        for each in approvals
    ]
    click.echo("\nApprovals")
    echo_table(lines, ("TIME", "OPERATOR", "REASON"), "None yet.")
    click.echo("\nHistory")
    echo_table([(local_time(each.at), each.what) for each in history], ("TIME", "WHAT"), "None.")
    click.echo(f"\n{zone_note()}")


def _story(config: Path, row: _Row) -> tuple[list[CheckEntry], list[_Line]]:
    """Return the check results of what is under review, and what has become of its order so far."""
    with open_blotter(config, None) as blotter:
        story = biography(blotter, blotter.find_order(str(row["order_id"])))
    checks = [each for each in story.checks if each.cl_ord_id == row["cl_ord_id"]]
    decided = [step for step in story.steps if step.step == "decided"]
    return checks, [_Line(step.at, detail) for step in decided for detail in step.details]


def _echo_checks(checks: list[CheckEntry]) -> None:
    click.echo("\nChecks")
    lines = [
        (
            local_time(each.at),
            each.result.check_id,
            each.result.outcome,
            each.result.code,
            each.result.detail,
        )
        for each in checks
    ]
    echo_table(lines, ("TIME", "CHECK", "OUTCOME", "CODE", "DETAIL"), "None applied.")


def _decision(function: Command) -> Command:
    """Add REVIEW, ``--reason``, ``--config`` and ``--json`` to a command."""
    reason = click.option("--reason", required=True, help="Why; it is journaled.")
    return _NAME(reason(control_options(function)))


def _decide(name: str, reason: str, config: Path, command: str, *, as_json: bool) -> None:
    told = {"review": name, "reason": reason}
    ask_daemon(config, f"review {command}", told, as_json=as_json)


@review.command()
@_decision
def approve(name: str, reason: str, config: Path, as_json: bool) -> None:
    """Approve what you have seen; with the last approval it is checked again and goes on.

    REVIEW is the review, or the ClOrdID(11) under review. If the client has replaced the terms
    since, nothing is approved.

    \b
    Example:
      oms-fix review approve C-1001 --reason 'client confirmed the size'
    """
    _decide(name, reason, config, "approve", as_json=as_json)


@review.command()
@_decision
def reject(name: str, reason: str, config: Path, as_json: bool) -> None:
    """Reject what you have seen; the client is told, with the reason.

    REVIEW is the review, or the ClOrdID(11) under review.

    \b
    Example:
      oms-fix review reject C-1001 --reason 'ten times the usual size, client agrees'
    """
    _decide(name, reason, config, "reject", as_json=as_json)
