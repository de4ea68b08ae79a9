"""What the commands that decide about registered models do: find who is meant, record, tell what serves."""

from __future__ import annotations

import dataclasses
import datetime as dt

import click

from pipeline.cli.model_stores import ModelStore
from pipeline.cli.model_values import serving, shown
from pipeline.cli.who import who
from pipeline.errors import UserError
from pipeline.launch.reason import reason_of
from pipeline.lineage import alias_rule
from pipeline.lineage.beside_rule import judged_beside_another
from pipeline.lineage.events import Event, ModelVersion, State, decided, noted
from pipeline.lineage.models import ALIASES, Models
from pipeline.lineage.state_machine import ROLLING


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


def annotate_version(store: ModelStore, text: str, note: str, writer: str) -> None:
    """Writes a note on the version that a text means."""
    known, found = _meant(store, text)
    _record(store, text, known, found, noted(known.name_of(found), note, who=writer), "has a new note")


def take_out(store: ModelStore, text: str, decider: Decider, to: State) -> None:
    """Withdraws or quarantines the version that a text means."""
    known, found = _meant(store, text, to)
    move = decided(known.name_of(found), to, reason=decider.reason, who=decider.name)
    after = _record(store, text, known, found, move, f"is {to.value}: {decider.reason}")
    if after.live:
        try:
            store.ensure(after, after.live)  # after the decision: nobody waits for hashes
        except UserError as error:
            raise UserError(f"{error}; or withdraw that one too, or restore another") from error


def make_live(
    store: ModelStore,
    text: str,
    decider: Decider,
    states: tuple[str, ...],
    otherwise: str,
    allow_quarantined: bool = False,
) -> None:
    """Lets the version that a text means serve.

    Args:
      store: of the models.
      text: names it.
      decider: who lets it serve, and why.
      states: that it may have now.
      otherwise: the command that is for the other states.
      allow_quarantined: whether it may be quarantined.
    """
    known, found = _meant(store, text, State.LIVE)
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
    if state is State.LIVE and store.ensure(known, found):
        click.echo(serving(known))  # that was what there was to do
        return
    known.with_event(move)  # before files are looked at: it may be refused
    if state is State.CANDIDATE:
        warn_of_another_champion(known, found)
    store.ensure(known, found)
    _record(store, text, known, found, move, f"is live: {decider.reason}")


def warn_of_another_champion(known: Models, version: ModelVersion) -> None:
    """Says on stderr where a candidate was judged against another version than the one it replaces."""
    if said := judged_beside_another(version, known):
        click.echo(f"evergreen: warning: {said}", err=True)


def _meant(store: ModelStore, text: str, to: State | None = None) -> tuple[Models, ModelVersion]:
    """Returns the models, and the version that a person means by a text; refuses what was just decided."""
    known, found = store.meant(text)
    if to is not None and text in ALIASES:
        alias_rule.check_not_repeated(text, to, known, dt.datetime.now(dt.timezone.utc))
    return known, found or known.find(text)


def _record(
    store: ModelStore, text: str, known: Models, version: ModelVersion, event: Event, done: str
) -> Models:
    """Records an event, unless the text that named its version has come to mean another one."""
    meant = {text: version} if text in ALIASES else {}
    after = store.append(event, meant)
    click.echo(f"{shown(after, version)} {done}")
    click.echo(serving(after))
    for name in store.unserved(known, after):
        click.echo(f"evergreen: warning: {_unserved(name, after)}", err=True)
    return after


def _unserved(name: str, models: Models) -> str:
    assert models.live is not None
    return (
        f"by the name {name!r} nothing serves from now on: what is live is {models.live.address}; ask by the "
        f"name {models.live.model_name!r}, or let a version of {name!r} be live again"
    )
