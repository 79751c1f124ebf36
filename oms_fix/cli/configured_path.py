"""Where oms.yaml says a file is, for commands that need only that of the configuration."""

from os.path import normpath
from pathlib import Path

import click

from oms_fix.settings.configuration import read_oms


def configured_path(config: Path, key: str, otherwise: str | None = None) -> Path:
    """Return the path that oms.yaml gives for ``key``; nothing else in it matters here.

    Args:
        config: oms.yaml.
        key: one of its keys.
        otherwise: what else the user can do, told if there is no such path.

    Raises:
        click.ClickException: it gives none, or cannot be read.
    """
    oms = read_oms(config)
    name = None if oms.document is None else oms.document.fields.get(key)
    if not isinstance(name, str):
        lines = [str(problem) for problem in oms.problems] or [f"{config}: names no {key}"]
        raise click.ClickException("\n".join([*lines, otherwise] if otherwise else lines))
    return Path(normpath(config.parent / name))
