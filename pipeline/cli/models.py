"""The commands `evergreen models …`: registered models, their states, and which one serves."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pipeline.cli.options import with_config, with_store
from pipeline.cli.runs import read_models, read_runs
from pipeline.lineage.events import State

if TYPE_CHECKING:
    from pipeline.config.config import Config
    from pipeline.lineage.events import Event, ModelVersion
    from pipeline.lineage.models import Models
    from pipeline.runners.workspace import Workspace

STATES = tuple(state.value for state in State)
Command = TypeVar("Command", bound=Callable[..., Any])


@click.group()
def models() -> None:
    """Shows registered models and decides which one serves; a decision is in force on the next request.

    A run registers a candidate; one that was made live serves. VERSION is 1.0.3, `champion` (what serves),
    `previous` (what served before it), or flights/1.0.3 where there are several names.

    Example: evergreen models withdraw champion --reason "wrong labels in May"
    """


def _decision(command: Command) -> Command:
    """Adds the options of every command that decides something, and its argument."""
    command = click.option("--by", metavar="WHO", help="Who decides so; who is logged in, if left out.")(
        command
    )
    command = click.option("--reason", required=True, metavar="TEXT", help="Why; it is recorded.")(command)
    return click.argument("version")(command)


@models.command("list")
@with_config
@with_store
@click.option("--state", type=click.Choice(STATES), help="Only versions that have this state.")
@click.option("--search", metavar="TEXT", help="Only versions that have this text in what is known of them.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_models(config: Config, store: str, state: str | None, search: str | None, as_json: bool) -> None:
    """Lists registered models by number: state, window, and why it has that state.

    Example: evergreen models list --state candidate
    """
    from pipeline.cli.model_values import serving, summary, table

    known = _published(config) if store == "local" else read_models(config, store)
    found = [
        each
        for each in known.versions
        if (state is None or known.state(each).value == state) and _has(known, each, search)
    ]
    if as_json:
        click.echo(json.dumps([summary(known, each) for each in found], indent=2))
        return
    if not known.versions:
        click.echo(f"no models are registered yet in {config.root}; `evergreen run` registers one")
        return
    click.echo("\n".join(table(known, found)) if found else "no registered model is so")
    click.echo(serving(known))


@models.command()
@with_config
@with_store
@click.argument("version")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(config: Config, store: str, version: str, as_json: bool) -> None:
    """Prints all that is known of VERSION: facts, metrics, gates, what was decided of it, notes.

    Example: evergreen models show champion
    """
    from pipeline.cli.model_values import page, serving, whole
    from pipeline.lineage.runs import run_with_id

    known = read_models(config, store)
    found = known.find(version)
    values = whole(known, found, run_with_id(read_runs(config, store), found.run_id))
    if as_json:
        click.echo(json.dumps(values, indent=2))
        return
    click.echo("\n".join(page(values)))
    click.echo(serving(known))


@models.command()
@with_config
@with_store
@click.argument("before")
@click.argument("after")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def diff(config: Config, store: str, before: str, after: str, as_json: bool) -> None:
    """Prints what differs from BEFORE to AFTER: data, code, columns, hyperparameters, metrics, files.

    Example: evergreen models diff previous champion
    """
    import dataclasses

    from pipeline.cli.model_diff import Made, compared, page
    from pipeline.cli.model_values import serving
    from pipeline.lineage.runs import run_with_id

    known, runs = read_models(config, store), read_runs(config, store)
    found = [known.find(before), known.find(after)]
    made = [Made(each, known.state(each).value, run_with_id(runs, each.run_id)) for each in found]
    if as_json:
        sections = compared(*made).items()
        click.echo(json.dumps({name: dataclasses.asdict(section) for name, section in sections}, indent=2))
        return
    click.echo("\n".join(page(*made)))
    click.echo(serving(known))


@models.command()
@with_config
@click.argument("version")
@click.option("--text", required=True, metavar="TEXT", help="The note, one line.")
@click.option("--by", metavar="WHO", help="Who writes it; who is logged in, if left out.")
def annotate(config: Config, version: str, text: str, by: str | None) -> None:
    """Writes a note on VERSION, which changes nothing; `list --search` finds it.

    Example: evergreen models annotate 1.0.3 --text "the first one with weather"
    """
    from pipeline.cli.who import who
    from pipeline.launch.reason import reason_of
    from pipeline.lineage.events import noted

    text, writer = reason_of(text, "--text"), who(by)
    _decide(config, version, lambda name: noted(name, text, who=writer), "has a new note")


@models.command()
@with_config
@_decision
def approve(config: Config, version: str, reason: str, by: str | None) -> None:
    """Makes the candidate VERSION serve; what served is retired.

    Example: evergreen models approve 1.0.3 --reason "better on snow days"
    """
    _make_live(config, version, ("candidate",), "restore", reason, by)


@models.command()
@with_config
@_decision
@click.option("--allow-quarantined", is_flag=True, help="Serve it although it is quarantined.")
def restore(config: Config, version: str, reason: str, by: str | None, allow_quarantined: bool) -> None:
    """Makes VERSION serve again, which was retired or withdrawn; fetches its files again if they are gone.

    Files of the champion that are gone or altered are fetched by `restore champion`.

    Example: evergreen models restore 1.0.2 --reason "1.0.3 is slower"
    """
    states = ("retired", "withdrawn", "quarantined")
    _make_live(config, version, states, "approve", reason, by, allow_quarantined)


@models.command()
@with_config
@_decision
@click.option("--quarantine", is_flag=True, help="Let it serve again only by restore --allow-quarantined.")
def withdraw(config: Config, version: str, reason: str, by: str | None, quarantine: bool) -> None:
    """Takes VERSION out of service; if it is the champion, the previous version serves on the next request.

    Example: evergreen models withdraw champion --reason "wrong labels in May"
    """
    from pipeline.cli.who import who
    from pipeline.errors import UserError
    from pipeline.launch.reason import reason_of
    from pipeline.lineage.events import decided

    to = State.QUARANTINED if quarantine else State.WITHDRAWN
    why, by_whom = reason_of(reason, "--reason"), who(by)
    after = _decide(
        config, version, lambda name: decided(name, to, reason=why, who=by_whom), f"is {to.value}: {why}"
    )
    if after.live:
        try:
            _ensure(config, after.live)  # after the decision: nobody waits for hashes
        except UserError as error:
            raise UserError(f"{error}; or withdraw that one too, or restore another") from error


def _make_live(
    config: Config,
    text: str,
    states: tuple[str, ...],
    otherwise: str,
    reason: str,
    by: str | None,
    allow_quarantined: bool = False,
) -> None:
    from pipeline.cli.model_values import serving
    from pipeline.cli.who import who
    from pipeline.errors import UserError
    from pipeline.launch.reason import reason_of
    from pipeline.lineage.events import decided

    why, by_whom = reason_of(reason, "--reason"), who(by)
    known, found = _meant(config, text)
    state = known.state(found)
    if state is not State.LIVE and state.value not in states:
        raise UserError(f"{found.version} is {state.value}; `evergreen models {otherwise}` is for it")
    move = decided(
        known.name_of(found), State.LIVE, reason=why, who=by_whom, allow_quarantined=allow_quarantined
    )
    if state is State.LIVE and _ensure(config, found):
        click.echo(serving(known))  # that was what there was to do
        return
    known.with_event(move)  # before files are looked at: it may be refused
    _ensure(config, found)
    _record(config, found, move, f"is live: {why}")


def _decide(config: Config, text: str, event_of: Callable[[str], Event], done: str) -> Models:
    """Records an event on a version; returns the models after it."""
    known, found = _meant(config, text)
    return _record(config, found, event_of(known.name_of(found)), done)


def _meant(config: Config, text: str) -> tuple[Models, ModelVersion]:
    """Returns the models, published, and the version that a person means by a text.

    Who says `champion` means what serves. Where the last decision was not written until now, that was
    another version, and a repetition of the command would decide about the wrong one.
    """
    from pipeline.errors import UserError
    from pipeline.lineage.serve_file import told_otherwise

    registry = _registry(config)
    known = registry.read()
    told = told_otherwise(text, known, _workspace(config))
    known = registry.publish()
    if told is None:
        return known, known.find(text)
    now = known.alias(text)
    raise UserError(
        f"nothing was decided: {text} is {now.version if now else 'no version'} by an earlier decision, "
        f"which servers had not heard of (to them it was {told}) and have now; see `evergreen models list`"
    )


def _record(config: Config, version: ModelVersion, event: Event, done: str) -> Models:
    from pipeline.cli.model_values import serving, shown

    after = _registry(config).append(event)
    click.echo(f"{shown(after, version)} {done}")
    click.echo(serving(after))
    return after


def _ensure(config: Config, version: ModelVersion) -> bool:
    """Fetches a version's files again if they are not as they were recorded; returns whether it did."""
    from pipeline.lineage.model_folder import ensure
    from pipeline.lineage.runs import run_with_id

    source = ensure(version, run_with_id(read_runs(config, "local"), version.run_id), _workspace(config))
    if source:
        click.echo(f"the files of {version.version} were fetched again from {source}")
    return source is not None


def _has(known: Models, version: ModelVersion, text: str | None) -> bool:
    """Returns whether a text occurs in what is known of a version, in capitals or not."""
    from pipeline.cli.model_values import summary

    facts = {**version.facts, **summary(known, version)}
    said = [*_texts(facts), *(f"{step.reason} {step.who}" for step in known.history(version))]
    said += [note.who for note in known.notes(version)]
    return text is None or any(text.casefold() in each.casefold() for each in said)


def _texts(values: Any) -> Iterator[str]:
    """Yields every text in nested values, without the names that it stands under."""
    if isinstance(values, str):
        yield values
    else:
        for each in values.values() if isinstance(values, dict) else values:
            yield from _texts(each)


def _published(config: Config) -> Models:
    """Returns the models, and completes what a killed command left: the file that says what serves.

    Where it cannot be written (a full disk, a root that is read only), this is said, and they are shown.
    """
    from pipeline.errors import UserError

    registry = _registry(config)
    known: Models = registry.read()
    try:
        registry.publish()
    except (UserError, OSError) as error:
        click.echo(f"evergreen: warning: the server does not know yet what is decided: {error}", err=True)
    return known


def _registry(config: Config) -> Any:
    from pipeline.lineage.mlmd_registry import MlmdRegistry

    return MlmdRegistry(_workspace(config))


def _workspace(config: Config) -> Workspace:
    from pipeline.runners.workspace import Workspace

    return Workspace(Path(config.root).resolve())
