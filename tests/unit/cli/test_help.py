from importlib.util import find_spec

import click
import pytest
from click.testing import CliRunner

from oms_fix import __version__
from oms_fix.cli.main import COMMANDS, main


def walk(path, command):
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            if command is main and find_spec(f"oms_fix.cli.{COMMANDS[name].module}") is None:
                continue
            yield from walk((*path, name), command.get_command(context, name))


TREE = list(walk((), main))


@pytest.mark.parametrize("path", [path for path, _ in TREE], ids=" ".join)
def test_help_has_an_example(path):
    """Every command explains itself, with an example."""
    result = CliRunner().invoke(main, [*path, "--help"])
    assert result.exit_code == 0
    assert "Example" in result.output


@pytest.mark.parametrize("name", COMMANDS)
def test_listed_in_the_main_help(name):
    """The list of commands names all of them, each with its summary."""
    output = " ".join(CliRunner().invoke(main, ["--help"]).output.split())
    assert f" {name} {COMMANDS[name].summary}" in output


def test_every_option_is_explained():
    """No option is without a word on what it does."""
    silent = [
        (path, option.name)
        for path, command in TREE
        for option in command.params
        if isinstance(option, click.Option) and not option.help
    ]
    assert silent == []


def test_version():
    """The version is that of the package."""
    result = CliRunner().invoke(main, ["--version"])
    assert result.output == f"oms-fix, version {__version__}\n"


def test_unknown_command():
    """A misspelt command is an error, exit status 2."""
    result = CliRunner().invoke(main, ["ordres"])
    assert result.exit_code == 2
    assert "No such command 'ordres'" in result.output
