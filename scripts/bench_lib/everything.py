"""``scripts/bench all``: the benchmarks one after the other, and the page of their figures."""

import subprocess
import sys
from pathlib import Path

import click
import msgspec

from bench_lib.performance import BENCHMARKS, Benchmark, figures_of, table, write_page

_LONGEST_S = 1800


@click.command("all")
@click.option(
    "--rounds", type=click.IntRange(1, 50), default=3, show_default=True, help="Beside peers."
)
@click.option(
    "--page",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the figures as a page, such as spec/performance.md, with a picture beside it.",
)
@click.option("--json", "as_json", is_flag=True, help="Write the reports of all as JSON.")
def everything(rounds: int, page: Path | None, as_json: bool) -> None:
    """Run all benchmarks but soak and kill-switch; what counts of each as one table.

    Routing and recovery run with fewer orders than by themselves, so that all of it takes less than
    ten minutes.

    \b
    Example:
      scripts/bench all --rounds 5 --page spec/performance.md
    """
    written: dict[str, bytes] = {}
    for number, benchmark in enumerate(BENCHMARKS, 1):
        click.echo(f"{number} of {len(BENCHMARKS)}: {benchmark.name}", err=True)
        written[benchmark.name] = _report(benchmark, rounds)
    if page is not None:
        write_page(page, written)
    if as_json:
        reports = {name: msgspec.Raw(text) for name, text in written.items()}
        click.echo(msgspec.json.format(msgspec.json.encode(reports)).decode())
    else:
        click.echo(table(figures_of(written)))


def _report(benchmark: Benchmark, rounds: int) -> bytes:
    """Run a benchmark in a process of its own; return what it writes as JSON."""
    command = [sys.executable, "-m", "bench_lib", *benchmark.arguments, "--json"]
    if benchmark.takes_rounds:
        command += ["--rounds", str(rounds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, timeout=_LONGEST_S, check=False)
    if done.returncode:
        raise click.ClickException(f"{benchmark.name} failed")
    return done.stdout
