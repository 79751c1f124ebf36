"""``oms-fix schema``: the JSON Schemas of the YAML files, for editors."""

from pathlib import Path

import click

from oms_fix.settings.schema import SCHEMAS, schema_text


@click.command()
@click.argument("name", type=click.Choice(list(SCHEMAS)), required=False)
@click.option(
    "--write",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write NAME.json into this folder instead of printing.",
)
def schema(name: str | None, folder: Path | None) -> None:
    """Print the JSON Schema of a configuration file, for editors.

    NAME is the file without .yaml; without a NAME the names are listed, or with --write all
    schemas are written. Editors with a YAML language server find the schema by the comment
    "# yaml-language-server: $schema=..." at the head of the file.

    \b
    Examples:
      oms-fix schema routing
      oms-fix schema --write spec/schema
    """
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for chosen in [name] if name else SCHEMAS:
            path = folder / f"{chosen}.json"
            path.write_text(schema_text(chosen), encoding="utf-8")
            click.echo(path)
    elif name is not None:
        click.echo(schema_text(name), nl=False)
    else:
        click.echo("\n".join(SCHEMAS))
