"""``oms-fix check``: everything that is wrong in a configuration, each with file and line."""

import json
import sys
from pathlib import Path

import click

from oms_fix.daemon.configuration import DaemonConfiguration, load
from oms_fix.settings.problems import Problem


@click.command()
@click.argument("config", type=click.Path(path_type=Path), default=Path("config"))
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
def check(config: Path, as_json: bool) -> None:
    """Check a configuration and report everything that is wrong in it.

    CONFIG is oms.yaml or the folder it is in, ./config by default. Every file that it names is
    checked too. Each problem is one line, "file:line: what is wrong; what is allowed"; the exit
    status is 1 if there is any.

    \b
    Example:
      oms-fix check config/samples/rebalance
    """
    path = config / "oms.yaml" if config.is_dir() else config
    loaded = load_or_tell(path, as_json=as_json)
    click.echo(_as_json([]) if as_json else f"{path}: good; {_summary(loaded)}")


def load_or_tell(path: Path, *, as_json: bool) -> DaemonConfiguration:
    """Return a configuration; problems of it are told, and end the command with status 1."""
    result = load(path)
    if isinstance(result, DaemonConfiguration):
        return result
    if as_json:
        click.echo(_as_json(result))
    else:
        for problem in result:
            click.echo(problem)
        click.echo(_count(result), err=True)
    sys.exit(1)


def _as_json(problems: list[Problem]) -> str:
    found = [{"file": p.path, "line": p.line, "text": p.text} for p in problems]
    return json.dumps({"good": not found, "problems": found}, indent=2)


def _summary(loaded: DaemonConfiguration) -> str:
    rules, reference = loaded.settings.rules, loaded.settings.reference
    counts = {
        "checks": rules.checks,
        "routes": rules.routes,
        "instruments": reference.instruments,
        "accounts": reference.accounts,
        "clients": loaded.clients,
        "venues": loaded.venues,
    }
    listed = ", ".join(f"{len(found)} {what}" for what, found in counts.items())
    return f"{listed}; rules {rules.version}, reference data {reference.version}"


def _count(problems: list[Problem]) -> str:
    files = len({problem.path for problem in problems})
    return f"{len(problems)} problem{'s' * (len(problems) > 1)} in {files} file{'s' * (files > 1)}"
