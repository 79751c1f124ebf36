"""The ``oms-fix`` command: its subcommands, each imported only when it is used."""

from importlib import import_module
from typing import NamedTuple

import click

from oms_fix import __version__


class _Entry(NamedTuple):
    """Where a subcommand is defined, and what the list of commands says about it."""

    module: str
    name: str
    summary: str


COMMANDS = {
    "check": _Entry("check", "check", "Check a configuration and report every problem in it."),
    "schema": _Entry("schema", "schema", "Print JSON Schemas of the configuration files."),
    "run": _Entry("run", "run", "Run the order management system."),
    "reload": _Entry(
        "run", "reload", "Have the running system load checks, routes and venues anew."
    ),
    "status": _Entry("run", "status", "Show how the running system is doing."),
    "simulate": _Entry("simulate", "simulate", "Run simulated counterparties to trade against."),
    "echo": _Entry("echo", "echo", "Run the FIX engine alone, sending back what it gets."),
    "orders": _Entry("orders", "orders", "List client orders."),
    "order": _Entry("orders", "order", "Show one order with its story, or intervene in it."),
    "executions": _Entry("executions", "executions", "List executions."),
    "positions": _Entry("positions", "positions", "List positions per account and symbol."),
    "halt": _Entry("trading_state", "halt", "Halt trading: of all, or of one account, venue ..."),
    "reduce": _Entry("trading_state", "reduce", "Take only what reduces positions."),
    "resume": _Entry("trading_state", "resume", "Let trading go on."),
    "instrument": _Entry("instrument", "instrument", "Tell the running system of last prices."),
    "quotes": _Entry("quotes", "quotes", "Show the best bids and offers, and each venue's."),
    "marketdata": _Entry("marketdata", "marketdata", "Run the process that takes market data in."),
    "review": _Entry("review", "review", "Decide on orders that checks hold for review."),
    "session": _Entry("session", "session", "See and change the running system's sessions."),
    "sessions": _Entry("sessions", "sessions", "List FIX sessions and their sequence numbers."),
    "whatif": _Entry("whatif", "whatif", "Replay a day under other rules: what would differ."),
    "verify": _Entry("verify", "verify", "Verify that the message store is as it was written."),
    "snapshot": _Entry("snapshot", "snapshot", "Take a snapshot for a quicker start."),
    "archive": _Entry("archive", "archive", "Compress and delete old files of the message store."),
    "passwd": _Entry("passwd", "passwd", "Set the password that a counterparty logs on with."),
    "decode": _Entry("decode", "decode", "Pretty-print FIX messages from a file or stdin."),
}


class LazyGroup(click.Group):
    """A group that imports a subcommand only when it runs, so that each starts quickly."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # as in click
        """Return the names of all subcommands, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # as in click
        """Return a subcommand, importing it; None if there is no such."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command = getattr(import_module(f"oms_fix.cli.{entry.module}"), entry.name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002  # click's signature
        formatter: click.HelpFormatter,
    ) -> None:
        """Write the list of subcommands without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="oms-fix")
def main() -> None:
    """A FIX order management system and order router.

    \b
    Example:
      oms-fix check config
      oms-fix run --config config/oms.yaml
      oms-fix orders --status open
    """
