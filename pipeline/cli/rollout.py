"""The commands `evergreen rollout …`: a candidate beside the live version, judged on live evidence."""

from __future__ import annotations

import json
import logging
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pipeline.cli.options import with_config, with_store
from pipeline.cli.quiet_imports import quiet_imports
from pipeline.errors import ConfigError, UserError

if TYPE_CHECKING:
    from pipeline.cli.model_decisions import Decider
    from pipeline.cli.model_stores import ModelStore
    from pipeline.config.config import Config
    from pipeline.lineage.events import ModelVersion
    from pipeline.lineage.models import Models
    from pipeline.rollout.controller import Controller
    from pipeline.rollout.doors import Labels

Command = TypeVar("Command", bound=Callable[..., Any])
_LONGEST_S = 86_400.0
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(s|m|h|)")
_EVERY_S = {"local": 5.0, "vertex": 60.0}  # an endpoint is measured by the minute
_SECONDS = {"s": 1.0, "": 1.0, "m": 60.0, "h": 3600.0}


@click.group()
def rollout() -> None:
    """Rolls a candidate out beside the champion by stages, and turns it back on live evidence.

    `run` decides by rule what becomes of it; the others are for a person. At most one is under way.

    Example: evergreen rollout start 1.0.3
    """


def _seconds(_: click.Context, __: click.Parameter, text: str | None) -> float | None:
    if text is None:
        return None
    match = _DURATION.fullmatch(text)
    seconds = float(match.group(1)) * _SECONDS[match.group(2)] if match else 0.0
    if not 0 < seconds <= _LONGEST_S:
        raise click.BadParameter(f"{text!r:.40} is no time up to 24h, as 5s or 2m")
    return seconds


def _decision(required: bool) -> Callable[[Command], Command]:
    """Adds the options of every command that decides something."""

    def with_options(command: Command) -> Command:
        command = click.option("--by", metavar="WHO", help="Who decides so; who is logged in, if left out.")(
            command
        )
        return click.option("--reason", required=required, metavar="TEXT", help="Why; it is recorded.")(
            command
        )

    return with_options


@rollout.command()
@with_config
@with_store
@click.argument("version", required=False)
@click.option("--ab", is_flag=True, help="Keep both in the last stage until a person decides.")
@_decision(required=False)
def start(
    config: Config, store: str, version: str | None, ab: bool, reason: str | None, by: str | None
) -> None:
    """Begins the rollout of the candidate VERSION, the newest if left out, by rollout.stages.

    Example: evergreen rollout start 1.0.3 --reason "more features"
    """
    from pipeline.cli.model_decisions import warn_of_another_champion
    from pipeline.cli.rollout_decisions import record
    from pipeline.lineage import rollout_moves
    from pipeline.lineage.release_policy import plan_by
    from serving.rollout.plan import AB

    models = _store(config, store)
    stages = models.stages()
    known = models.follow()
    found = known.find(version) if version else _newest(known)
    plan = stages.plan(uuid.uuid4().hex, kind=AB) if ab else plan_by(config.release.policy, stages)
    if ab and not plan.stages[-1].share:
        raise ConfigError("rollout.stages has no stage with a share above 0: nobody would get the candidate")
    decider = _decider(reason, by, "started by hand")
    move = rollout_moves.start(known, found, plan, reason=decider.reason, who=decider.name)
    known.with_event(move)  # before files are looked at: it may be refused
    warn_of_another_champion(known, found)
    models.ensure(known, found)
    record(models, known, move)


@rollout.command()
@with_config
@with_store
@click.option("--json", "as_json", is_flag=True, help="Print JSON; null where no rollout is under way.")
def status(config: Config, store: str, as_json: bool) -> None:
    """Prints what each guard knows beside its limit, and how much more is needed.

    Example: evergreen rollout status
    """
    from pipeline.cli.rollout_values import nothing_under_way, page, values
    from pipeline.lineage.rollouts import running

    models = _store(config, store)
    known = models.read()
    under_way = running(known)
    found = values(_controller(config, models).see(known, under_way), config) if under_way else None
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    click.echo("\n".join(page(found) if found else nothing_under_way(known)))
    if found and store == "vertex":
        click.echo("not seen    clients, answers and labels: an endpoint on Vertex AI shows none of them")


@rollout.command()
@with_config
@with_store
@_decision(required=False)
def pause(config: Config, store: str, reason: str | None, by: str | None) -> None:
    """Keeps the rollout in its stage until `resume`; the guards go on watching.

    Example: evergreen rollout pause --reason "a holiday"
    """
    from pipeline.cli.rollout_decisions import pause_or_resume

    pause_or_resume(_store(config, store), True, _decider(reason, by, "paused by hand"))


@rollout.command()
@with_config
@with_store
@_decision(required=False)
def resume(config: Config, store: str, reason: str | None, by: str | None) -> None:
    """Lets a paused rollout go on.

    Example: evergreen rollout resume
    """
    from pipeline.cli.rollout_decisions import pause_or_resume

    pause_or_resume(_store(config, store), False, _decider(reason, by, "resumed by hand"))


@rollout.command()
@with_config
@with_store
@click.option("--full", is_flag=True, help="Make it live now, whatever stages are left.")
@_decision(required=False)
def promote(config: Config, store: str, full: bool, reason: str | None, by: str | None) -> None:
    """Takes the rollout to its next stage, from the last one to live, without waiting for evidence.

    Example: evergreen rollout promote --full --reason "an urgent fix"
    """
    from pipeline.cli.rollout_decisions import of_now, record
    from pipeline.lineage import rollout_moves
    from pipeline.lineage.events import State

    models = _store(config, store)
    known, under_way = of_now(models)
    decider = _decider(reason, by, "promoted by hand")
    following = under_way.stage + 1
    if under_way.fault and not full:
        raise UserError(under_way.fault)
    if full or following == len(under_way.plan.stages):
        move = rollout_moves.end(known, under_way, State.LIVE, reason=decider.reason, who=decider.name)
    else:
        move = rollout_moves.stage(known, under_way, following, reason=decider.reason, who=decider.name)
    record(models, known, move)


@rollout.command()
@with_config
@with_store
@_decision(required=True)
def rollback(config: Config, store: str, reason: str, by: str | None) -> None:
    """Turns the candidate back: it gets no request any more, and is quarantined.

    Example: evergreen rollout rollback --reason "complaints from Boston"
    """
    from pipeline.cli.rollout_decisions import end
    from pipeline.lineage.events import State

    end(_store(config, store), State.QUARANTINED, _decider(reason, by))


@rollout.command()
@with_config
@with_store
@_decision(required=True)
def cancel(config: Config, store: str, reason: str, by: str | None) -> None:
    """Ends the rollout, and says nothing against its version, which is a candidate again.

    release.policy does not begin it again; `start` does.

    Example: evergreen rollout cancel --reason "the wrong version"
    """
    from pipeline.cli.rollout_decisions import end
    from pipeline.lineage.events import State

    end(_store(config, store), State.CANDIDATE, _decider(reason, by))


@rollout.command()
@with_config
@with_store
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def history(config: Config, store: str, as_json: bool) -> None:
    """Lists all rollouts, oldest first: their stages, how each ended, and why.

    Example: evergreen rollout history
    """
    from pipeline.cli.rollout_values import past, table
    from pipeline.lineage.rollouts import rollouts_of

    found = [past(each) for each in rollouts_of(_store(config, store).read())]
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    where = f"in {config.root}" if store == "local" else "on Vertex AI"
    click.echo("\n".join(table(found)) if found else f"no rollout was started yet {where}")


@rollout.command()
@with_config
@with_store
@click.option("--once", is_flag=True, help="Look once, and end.")
@click.option(
    "--every", callback=_seconds, help="Time between two looks; 5s, and of Vertex AI 1m, if left out."
)
def run(config: Config, store: str, once: bool, every: float | None) -> None:
    """Decides by rule what becomes of the rollout: next stage, live, or turned back.

    Looks again and again until it is interrupted. It may be killed at any moment, and started twice.

    Example: evergreen rollout run --every 5s
    """
    from pipeline.cli.rollout_run import follow

    models = _store(config, store)
    labels = _labels(config) if store == "local" else None
    narrowed = config.model_copy(update={"rollout": models.stages()})
    follow(_controller(narrowed, models, labels), None if once else every or _EVERY_S[store])


def _labels(config: Config) -> Labels:
    from pipeline.rollout.labelled_spans import LabelledSpans
    from pipeline.runners.workspace import Workspace

    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # it calls the session's loader old-fashioned
    return LabelledSpans(config, Workspace(Path(config.root).resolve()), quiet_imports)


def _decider(reason: str | None, by: str | None, otherwise: str = "") -> Decider:
    from pipeline.cli.model_decisions import Decider

    return Decider.of(otherwise if reason is None else reason, by)


def _store(config: Config, store: str) -> ModelStore:
    from pipeline.cli.model_stores import store_of

    return store_of(config, store)


def _newest(known: Models) -> ModelVersion:
    from pipeline.lineage.release_policy import waiting

    found = waiting(known)
    if found is None:
        raise UserError("no candidate waits that is newer than what was live; see `evergreen models list`")
    return found


def _controller(config: Config, models: ModelStore, labels: Labels | None = None) -> Controller:
    from pipeline.rollout.controller import Controller

    return Controller(config, models.door(), labels)
