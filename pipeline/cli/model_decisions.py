"""What the commands that decide about registered models do: find who is meant, record, tell what serves."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.model_values import serving, shown
from pipeline.cli.runs import read_runs
from pipeline.cli.who import who
from pipeline.errors import UserError
from pipeline.launch.reason import reason_of
from pipeline.lineage import alias_rule
from pipeline.lineage.events import Event, ModelVersion, State, decided, noted
from pipeline.lineage.mlmd_registry import MlmdRegistry
from pipeline.lineage.model_folder import ensure
from pipeline.lineage.models import ALIASES, Models
from pipeline.lineage.runs import run_with_id
from pipeline.lineage.serve_file import silenced, told_otherwise
from pipeline.lineage.state_machine import ROLLING
from pipeline.runners.workspace import Workspace

if TYPE_CHECKING:
    from pipeline.config.config import Config


@dataclasses.dataclass(frozen=True)
class Decider:
    """Who decides, and why."""

    name: str
    reason: str

    @classmethod
    def of(cls, reason: str, by: str | None) -> Decider:
        """Returns the one that the options --reason and --by say.

        Raises:
          ConfigError: one of them says nothing that can be recorded.
        """
        return cls(who(by), reason_of(reason, "--reason"))


def annotate_version(config: Config, text: str, note: str, writer: str) -> None:
    """Writes a note on the version that a text means."""
    known, found = _meant(config, text)
    _record(config, text, known, found, noted(known.name_of(found), note, who=writer), "has a new note")


def take_out(config: Config, text: str, decider: Decider, to: State) -> None:
    """Withdraws or quarantines the version that a text means."""
    known, found = _meant(config, text, to)
    move = decided(known.name_of(found), to, reason=decider.reason, who=decider.name)
    after = _record(config, text, known, found, move, f"is {to.value}: {decider.reason}")
    if after.live:
        try:
            ensure_files(config, after.live)  # after the decision: nobody waits for hashes
        except UserError as error:
            raise UserError(f"{error}; or withdraw that one too, or restore another") from error


def make_live(
    config: Config,
    text: str,
    decider: Decider,
    states: tuple[str, ...],
    otherwise: str,
    allow_quarantined: bool = False,
) -> None:
    """Lets the version that a text means serve.

    Args:
      config: the configuration.
      text: names it.
      decider: who lets it serve, and why.
      states: that it may have now.
      otherwise: the command that is for the other states.
      allow_quarantined: whether it may be quarantined.
    """
    known, found = _meant(config, text, State.LIVE)
    state = known.state(found)
    if state is not State.LIVE and state.value not in states:
        command = "rollout promote --full" if state in ROLLING else f"models {otherwise}"
        raise UserError(f"{found.version} is {state.value}; `evergreen {command}` is for it")
    move = decided(
        known.name_of(found),
        State.LIVE,
        reason=decider.reason,
        who=decider.name,
        allow_quarantined=allow_quarantined,
    )
    if state is State.LIVE and ensure_files(config, found):
        click.echo(serving(known))  # that was what there was to do
        return
    known.with_event(move)  # before files are looked at: it may be refused
    ensure_files(config, found)
    _record(config, text, known, found, move, f"is live: {decider.reason}")


def _meant(config: Config, text: str, to: State | None = None) -> tuple[Models, ModelVersion]:
    """Returns the models, published, and the version that a person means by a text.

    Who says `champion` means what serves. Where the last decision was not written until now, or was just the
    one that is asked for, that was another version, and the command would decide about the wrong one.
    """
    registry = registry_of(config)
    known = registry.read()
    told = told_otherwise(text, known, _workspace(config))
    known = registry.publish()
    if told is not None:
        now = known.alias(text)
        raise UserError(
            f"nothing was decided: {text} is {now.version if now else 'no version'} by an earlier decision, "
            f"which servers had not heard of (to them it was {told}) and have now; see `evergreen models "
            "list`"
        )
    if to is not None and text in ALIASES:
        alias_rule.check_not_repeated(text, to, known, dt.datetime.now(dt.timezone.utc))
    return known, known.find(text)


def _record(
    config: Config, text: str, known: Models, version: ModelVersion, event: Event, done: str
) -> Models:
    """Records an event, unless the text that named its version has come to mean another one."""
    meant = {text: version} if text in ALIASES else {}
    after = registry_of(config).append(event, meant=meant)
    click.echo(f"{shown(after, version)} {done}")
    click.echo(serving(after))
    for name in silenced(known, after):
        click.echo(f"evergreen: warning: {_unserved(name, after)}", err=True)
    return after


def _unserved(name: str, models: Models) -> str:
    assert models.live is not None
    return (
        f"by the name {name!r} nothing serves from now on: what is live is {models.live.address}; ask by the "
        f"name {models.live.model_name!r}, or let a version of {name!r} be live again"
    )


def ensure_files(config: Config, version: ModelVersion) -> bool:
    """Fetches a version's files again if they are not as they were recorded; returns whether it did."""
    source = ensure(version, run_with_id(read_runs(config, "local"), version.run_id), _workspace(config))
    if source:
        click.echo(f"the files of {version.version} were fetched again from {source}")
    return source is not None


def registry_of(config: Config) -> MlmdRegistry:
    """Returns the registry of the deployment on this machine."""
    return MlmdRegistry(_workspace(config))


def _workspace(config: Config) -> Workspace:
    return Workspace(Path(config.root).resolve())
