"""The commands for Vertex AI; heavy imports stay inside them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.doctor import placeholders, refuse_submission
from pipeline.cli.doctor import schedules as schedule_findings
from pipeline.cli.options import load_config, with_config, with_config_options, with_launch
from pipeline.cli.quiet_imports import quiet_imports
from pipeline.errors import DONE, STOPPED, ConfigError, UserError

if TYPE_CHECKING:
    from pipeline.config.config import Config
    from pipeline.runners.vertex.schedule import Schedules


@click.command("compile")
@with_config_options
@with_launch
@click.option("--into", default="build/vertex", show_default=True, help="Folder to write to.")
def compile_command(
    config_name: str,
    overrides: tuple[str, ...],
    until: dt.date | None,
    ignore_champion: str | None,
    into: str,
) -> None:
    """Writes the PipelineJob that Vertex AI would receive, as JSON, and its pipelineSpec as YAML.

    It needs no data: days up to today stand in for a launch's. With --until it takes those of data.source.

    Example: evergreen compile --config prod
    """
    config = load_config(config_name, overrides).config
    from pipeline.runners.kfp.job_file import write_job
    from pipeline.runners.vertex import preview

    with quiet_imports("tfx.components"):
        job = preview.compiled(config, until, ignore_champion)
    for path in write_job(job, Path(into), f"{config.name}-{_stem(config_name)}"):
        click.echo(path)


def _stem(config_name: str) -> str:
    stem = Path(config_name).stem
    if not stem:
        raise ConfigError(f"no configuration file at {config_name!r}; give an existing .yaml file")
    return stem


@click.command()
@with_config_options
@with_launch
@click.option(
    "--job",
    type=click.Path(exists=True, dir_okay=False),
    help="Check this compiled .json file.",
)
@click.option(
    "--cached-in",
    type=click.Choice(["local", "vertex"]),
    help="Also check the outputs that this cache would reuse, as `submit` always does.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(
    config_name: str,
    overrides: tuple[str, ...],
    until: dt.date | None,
    ignore_champion: str | None,
    job: str | None,
    cached_in: str | None,
    as_json: bool,
) -> int:
    """Checks a compiled job before anything is sent: messages, references, values, code, requests, limits.

    Without --job it checks the job of a first run and of one beside a champion, and the schedules of the
    environment. It needs no data: days up to today stand in for a launch's. With --until it takes those of
    data.source.

    Example: evergreen check --config prod
    """
    config = load_config(config_name, overrides).config
    if not job and config.cloud and (left := [each.subject for each in placeholders(config.cloud)]):
        hold = "holds a placeholder" if len(left) == 1 else "hold placeholders"
        click.echo(
            f"evergreen: warning: a job could not be submitted yet: {', '.join(left)} still {hold}; "
            f"see `evergreen doctor --config {config_name}`",
            err=True,
        )
    from pipeline.runners.kfp.checks import result
    from pipeline.runners.kfp.job_file import read_job
    from pipeline.runners.vertex import preview

    with quiet_imports("tfx.components"):
        jobs = {job: read_job(Path(job))} if job else preview.jobs_by_shape(config, until, ignore_champion)
        from pipeline.runners.vertex.checks.all_checks import check_job

        checked = {name: check_job(each) for name, each in jobs.items()}
        if cached_in:
            for name, each in jobs.items():
                outputs = preview.check_cached_outputs(config, each, cached_in)
                checked[name] += (outputs,) if outputs.looked_at else ()  # no earlier run, nothing to reuse
    schedules = [] if job else [*schedule_findings(Path(config_name).stem)]
    if schedules:
        wrong = tuple(result.Fault(each.subject, each.problem) for each in schedules if each.problem)
        checked["infrastructure"] = (result.CheckResult("schedules", len(schedules), wrong),)
    if as_json:
        click.echo(json.dumps({name: result.as_values(each) for name, each in checked.items()}, indent=2))
    else:
        for name, results in checked.items():
            click.echo("\n".join((name, *result.as_lines(results))))
    return DONE if all(one.passed for each in checked.values() for one in each) else STOPPED


@click.command("submit")
@with_config_options
@with_launch
@click.option(
    "--attempt",
    type=click.IntRange(1, 99),
    default=1,
    help="2 or more to run again after a failure.",
)
@click.option(
    "--yes", is_flag=True, help="Submit although it may cost more than the limit, or a machine is unknown."
)
@click.option("--dry-run", is_flag=True, help="Resolve, compile, check and estimate; send nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def submit_command(
    config_name: str,
    overrides: tuple[str, ...],
    until: dt.date | None,
    ignore_champion: str | None,
    attempt: int,
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Sends a launch to Vertex AI, unless an equal one was sent before: then it shows that job.

    Example: evergreen submit --config prod --until 2013-03-31
    """
    config = load_config(config_name, overrides).config
    cloud = config.require_vertex()
    refuse_submission(config, cloud, Path(config_name).stem)
    from pipeline.runners.kfp.checks import result

    with quiet_imports("tfx.components"):
        from pipeline.runners.vertex import cost, submission

        prepared = submission.prepare(config, until, ignore_champion, attempt)
        click.echo("\n".join((f"window  {prepared.launch.window}", *prepared.launch.notes)), err=True)
        click.echo("\n".join(result.as_lines(prepared.results)), err=True)
        click.echo("\n".join(cost.as_lines(prepared.items, cloud)), err=True)
        for doubt in prepared.doubts:
            click.echo(f"evergreen: warning: {doubt}", err=True)
        if dry_run:
            return DONE if prepared.passed else STOPPED
        if prepared.refusal and not yes:
            raise UserError(prepared.refusal)
        sent = submission.send(prepared, config)
    failed = sent.state in ("PIPELINE_STATE_FAILED", "PIPELINE_STATE_CANCELLED")
    if as_json:
        click.echo(json.dumps({"job": prepared.id, **dataclasses.asdict(sent)}))
    else:
        was = f"was there already ({sent.state.removeprefix('PIPELINE_STATE_').lower()})"
        click.echo(f"{prepared.id}  {was if sent.repeated else 'submitted'}\n{sent.link}")
        if sent.repeated and failed:
            click.echo(f"to run it again: --attempt {attempt + 1}", err=True)
    return STOPPED if sent.repeated and failed else DONE


@click.command("jobs")
@with_config
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="The newest ones.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def jobs_command(config: Config, limit: int, as_json: bool) -> None:
    """Lists the pipeline's jobs on Vertex AI: state, what failed and why, where to look.

    Example: evergreen jobs --config prod
    """
    with quiet_imports():
        from pipeline.runners.vertex import jobs

        newest = jobs.recent(config.name, config.require_cloud(), limit)
    if as_json:
        click.echo(json.dumps(jobs.as_values(newest), indent=2))
        return
    click.echo(
        "\n".join(jobs.as_lines(newest)) if newest else "no jobs yet; start one with `evergreen submit`"
    )


@click.group()
def schedule() -> None:
    """Lists, pauses, resumes and runs the schedules that Terraform owns.

    Example: evergreen schedule list --config prod
    """


@schedule.command("list")
@with_config
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_schedules(config: Config, as_json: bool) -> None:
    """Lists the pipeline's schedules: state, cron, last and next time.

    Example: evergreen schedule list --config prod
    """
    schedules = _schedules(config).all()
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(each) for each in schedules], indent=2))
        return
    for each in schedules:
        click.echo(
            f"{each.id:<32}{each.state:<10}{each.cron:<16}{each.time_zone:<18}"
            f"last {each.last:<18}next {each.next}"
        )
    if not schedules:
        click.echo("no schedules; Terraform makes them")


def _switch(what: str, effect: str) -> click.Command:
    @click.command(what, help=f"{effect}\n\nExample: evergreen schedule {what} flights-daily --config prod")
    @with_config
    @click.argument("identifier", metavar="SCHEDULE")
    def command(config: Config, identifier: str) -> None:
        switched = _schedules(config).switch(identifier, what)
        click.echo(f"{switched.id}  {switched.state}")

    return command


for _what, _effect in {
    "pause": "Stops a schedule from starting runs.",
    "resume": "Lets a paused schedule start runs again.",
    "run": "Starts the run of a schedule now.",
}.items():
    schedule.add_command(_switch(_what, _effect))


def _schedules(config: Config) -> Schedules:
    with quiet_imports():
        from pipeline.runners.vertex.schedule import Schedules

        return Schedules(config.name, config.require_cloud())


VERTEX_COMMANDS: tuple[click.Command, ...] = (
    compile_command,
    check,
    submit_command,
    jobs_command,
    schedule,
)
