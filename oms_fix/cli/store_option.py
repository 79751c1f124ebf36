"""What the commands that read the store have in common: its options, and opening it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from oms_fix.blotter.queries import Blotter
from oms_fix.cli.configured_path import configured_path
from oms_fix.journal.records import StoreError

Command = Callable[..., None]

_DAY = "oms_fix.day"
_FILE = click.Path(dir_okay=False, path_type=Path)
_OPTIONS: tuple[Callable[[Command], Command], ...] = (
    click.option("--json", "as_json", is_flag=True, help="Write JSON, times in UTC."),
    click.option("--store", type=_FILE, help="The store's file, in place of --config."),
    click.option(
        "--config",
        type=_FILE,
        default=Path("config/oms.yaml"),
        envvar="OMS_FIX_CONFIG",
        show_envvar=True,
        show_default=True,
        help="The configuration that names the store.",
    ),
)


def reading_options(function: Command) -> Command:
    """Add ``--config``, ``--store`` and ``--json`` to a command."""
    for option in _OPTIONS:
        function = option(function)
    return function


def store_path(config: Path, store: Path | None) -> Path:
    """Return the file that ``--store`` or else the configuration names."""
    return store or configured_path(config, "store", "or name the store itself: --store FILE")


def blotter_options(function: Command) -> Command:
    """Add ``--day`` and the options of ``reading_options`` to a command."""
    day = click.option(
        "--day",
        metavar="DATE",
        expose_value=False,
        callback=_remember_day,
        help="Only the file of this earlier trading day, such as 2026-11-20.",
    )
    return reading_options(day(function))


def _remember_day(context: click.Context, _option: click.Parameter, value: str | None) -> None:
    context.meta[_DAY] = value


@contextmanager
def open_blotter(config: Path, store: Path | None) -> Iterator[Blotter]:
    """Open the blotter of a store; whatever is wrong with the store ends the command."""
    try:
        day = click.get_current_context().meta.get(_DAY)
        path = store_path(config, store)
        with Blotter.open(path, progress=_show_progress, day=day) as blotter:
            if blotter.model.fallback:
                click.echo(f"note: {blotter.model.fallback}; read into memory", err=True)
            yield blotter
    except StoreError as error:
        raise click.ClickException(str(error)) from error


def _show_progress(last_event_id: int) -> None:
    """Tell of a long first reading, on a terminal."""
    if sys.stderr.isatty():
        click.echo(f"reading the store: {last_event_id} events so far", err=True)
