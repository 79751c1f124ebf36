"""The command: one subcommand for each benchmark."""

import click

from bench_lib.checks import checks
from bench_lib.engine import engine
from bench_lib.everything import everything
from bench_lib.journal import journal
from bench_lib.kill_switch import kill_switch
from bench_lib.latency import latency
from bench_lib.market_data import market_data
from bench_lib.recovery import recovery
from bench_lib.route import route
from bench_lib.routing import routing
from bench_lib.routing_decision import routing_decision
from bench_lib.soak import soak


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def bench() -> None:
    """Measure oms-fix: the engine beside its peers, checks, store, routing, market data.

    What a figure is worth is its ratio to another one of the same machine and hour.

    \b
    Example:
      scripts/bench all --page spec/performance.md
    """


bench.add_command(checks)
bench.add_command(engine)
bench.add_command(everything)
bench.add_command(journal)
bench.add_command(kill_switch)
bench.add_command(latency)
bench.add_command(market_data)
bench.add_command(recovery)
bench.add_command(route)
bench.add_command(routing)
bench.add_command(routing_decision)
bench.add_command(soak)

if __name__ == "__main__":
    bench(prog_name="scripts/bench")
