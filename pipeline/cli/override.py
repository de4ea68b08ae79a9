"""The commands `evergreen override add` and `evergreen override list`."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import day_argument, load_config, with_config, with_config_options

if TYPE_CHECKING:
    from pathlib import Path

    from components.gates.override import Override
    from pipeline.config.config import Config


@click.group()
def override() -> None:
    """Lists and adds overrides: checks that a named person lets fail, for a reason and until a day.

    Example: evergreen override list
    """


@override.command("list")
@with_config
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_overrides(config: Config, as_json: bool) -> None:
    """Lists the overrides of the configuration: in force, expired, or why a launch would refuse them.

    Example: evergreen override list
    """
    from pipeline.cli.one_line import one_line
    from pipeline.launch.overrides import EXPIRED, IN_FORCE, described, states_of

    listed = [
        *zip(config.overrides, states_of(config.overrides, _today(), config.max_override_days), strict=True)
    ]
    if as_json:
        values = [{**each.model_dump(mode="json"), "state": state} for each, state in listed]
        click.echo(json.dumps(values, indent=2))
        return
    for each, state in listed:
        is_known = state in (EXPIRED, IN_FORCE)
        click.echo(one_line(f"{state if is_known else 'refused':<9}{described(each)}: {each}"))
        if not is_known:
            click.echo(one_line(f"{'':<9}{state}"))
    if not config.overrides:
        click.echo("no overrides: every check that fails closes its gate")


@override.command()
@with_config_options
@click.argument("gate", type=click.Choice(["data", "model", "infra"]))
@click.argument("check")
@click.option("--subject", default="", metavar="WHERE", help="Where it may fail; everywhere, if left out.")
@click.option("--reason", required=True, metavar="TEXT", help="Why it is right to go on.")
@click.option("--by", required=True, metavar="WHO", help="Who says so.")
@click.option("--expires", required=True, type=day_argument, metavar="YYYY-MM-DD", help="The last day of it.")
def add(
    config_name: str,
    overrides: tuple[str, ...],
    gate: str,
    check: str,
    subject: str,
    reason: str,
    by: str,
    expires: dt.date,
) -> None:
    """Lets a CHECK of a GATE fail until a day, and writes so into the configuration.

    The line goes into the file that has the list of this configuration, which is base.yaml if none has one.

    Example: evergreen override add data "rows at least" --reason holidays --by Ada --expires 2026-01-06
    """
    from components.gates.override import Override
    from pipeline.data.write import overrides_edit, yaml_lines
    from pipeline.errors import ConfigError
    from pipeline.launch import overrides as rule
    from pipeline.launch.reason import name_of, reason_of

    loaded = load_config(config_name, overrides)
    reason, by = reason_of(reason, "--reason"), name_of(by, "--by")
    new = Override(gate=gate, check=check, subject=subject, reason=reason, by=by, expires=expires)  # type: ignore[arg-type]
    _refuse(loaded.config, new)
    path = _file_of(loaded.origins["overrides"])
    text = overrides_edit.added(path.read_bytes().decode(), new)
    if rule.described(new) in map(rule.described, _in_force(loaded.config)):
        raise ConfigError(f"there is an override of {rule.described(new)} already; change its line")
    yaml_lines.write(path, text)
    click.echo(f"wrote     {path.name}: {rule.described(new)} may fail: {new}")


def _refuse(config: Config, new: Override) -> None:
    from components.evaluator.metric_table import JUDGED
    from components.gates.check_names import fault_of
    from pipeline.errors import ConfigError
    from pipeline.launch import overrides as rule

    fault = fault_of(new.gate, new.check, JUDGED)
    if fault:
        raise ConfigError(fault)
    if new.expires < _today():
        raise ConfigError(f"--expires {new.expires} is in the past; choose a day from {_today()} on")
    rule.check(new, "override", _today(), config.max_override_days)


def _in_force(config: Config) -> list[Override]:
    return [each for each in config.overrides if each.expires >= _today()]


def _file_of(origin: str) -> Path:
    from pipeline.config import layers
    from pipeline.errors import ConfigError

    source = origin.rpartition(":")[0] or origin
    if source == layers.SET or origin == layers.SET:
        raise ConfigError("--set overrides=… hides the files' lists; leave it out")
    return layers.path_of("base.yaml" if source == "defaults.yaml" else source)


def _today() -> dt.date:
    return dt.datetime.now(dt.timezone.utc).date()
