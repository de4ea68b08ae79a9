"""The command `evergreen config`."""

from __future__ import annotations

import json

import click

from pipeline.cli.options import load_config, with_config_options


@click.command()
@with_config_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON: values and their origins.")
def config(config_name: str, overrides: tuple[str, ...], as_json: bool) -> None:
    """Prints the whole configuration as a run would use it, and the file and line that each value comes from.

    Example: evergreen config --set window.days=30
    """
    from pipeline.config import printing

    loaded = load_config(config_name, overrides)
    click.echo(
        json.dumps(printing.as_values(loaded), indent=2) if as_json else "\n".join(printing.as_yaml(loaded))
    )
