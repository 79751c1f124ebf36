"""The command: one subcommand for each benchmark."""

import click

from bench_lib.engine import engine


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def bench() -> None:
    """Measure oms-fix beside its peers.

    What a figure is worth is its ratio: both sides run in turns on the same machine.

    \b
    Example:
      scripts/bench engine --json > engine.json
    """


bench.add_command(engine)

if __name__ == "__main__":
    bench(prog_name="scripts/bench")
