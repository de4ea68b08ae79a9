"""The commands `evergreen models …`: registered models, their states, and which one serves."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pipeline.cli.model_stores import OnThisMachine, store_of
from pipeline.cli.options import with_config, with_store
from pipeline.cli.runs import read_models, read_runs
from pipeline.lineage.events import State

if TYPE_CHECKING:
    from pipeline.config.config import Config
    from pipeline.lineage.events import ModelVersion
    from pipeline.lineage.models import Models

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
        where = f"in {config.root}; `evergreen run`" if store == "local" else "on Vertex AI; a job"
        click.echo(f"no models are registered yet {where} registers one")
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
@with_store
@click.argument("version")
@click.option("--text", required=True, metavar="TEXT", help="The note, one line.")
@click.option("--by", metavar="WHO", help="Who writes it; who is logged in, if left out.")
def annotate(config: Config, store: str, version: str, text: str, by: str | None) -> None:
    """Writes a note on VERSION, which changes nothing; `list --search` finds it.

    Example: evergreen models annotate 1.0.3 --text "the first one with weather"
    """
    from pipeline.cli.model_decisions import annotate_version
    from pipeline.cli.who import who
    from pipeline.launch.reason import note_of

    annotate_version(store_of(config, store), version, note_of(text, "--text"), who(by))


@models.command()
@with_config
@with_store
@_decision
def approve(config: Config, store: str, version: str, reason: str, by: str | None) -> None:
    """Makes the candidate VERSION serve; what served is retired.

    Example: evergreen models approve 1.0.3 --reason "better on snow days"
    """
    from pipeline.cli.model_decisions import Decider, make_live

    make_live(store_of(config, store), version, Decider.of(reason, by), ("candidate",), "restore")


@models.command()
@with_config
@with_store
@_decision
@click.option("--allow-quarantined", is_flag=True, help="Serve it although it is quarantined.")
def restore(
    config: Config, store: str, version: str, reason: str, by: str | None, allow_quarantined: bool
) -> None:
    """Makes VERSION serve again, which was retired or withdrawn; fetches its files again if they are gone.

    Files of the champion that are gone or altered are fetched by `restore champion`.

    Example: evergreen models restore 1.0.2 --reason "1.0.3 is slower"
    """
    from pipeline.cli.model_decisions import Decider, make_live

    states = ("retired", "withdrawn", "quarantined")
    make_live(store_of(config, store), version, Decider.of(reason, by), states, "approve", allow_quarantined)


@models.command()
@with_config
@with_store
@_decision
@click.option("--quarantine", is_flag=True, help="Let it serve again only by restore --allow-quarantined.")
def withdraw(config: Config, store: str, version: str, reason: str, by: str | None, quarantine: bool) -> None:
    """Takes VERSION out of service; if it is the champion, the previous version serves on the next request.

    Who repeats this with `champion` within ten minutes is asked to name the version: the first command has
    changed what it means.

    Example: evergreen models withdraw champion --reason "wrong labels in May"
    """
    from pipeline.cli.model_decisions import Decider, take_out

    to = State.QUARANTINED if quarantine else State.WITHDRAWN
    take_out(store_of(config, store), version, Decider.of(reason, by), to)


@models.command("settle")
@with_config
@with_store
def settle_models(config: Config, store: str) -> None:
    """Completes what a run, a job or a command that died left undone: what serves follows the record.

    A candidate that it finds serves if `release.policy` says so.

    Example: evergreen models settle --from vertex --config prod
    """
    from pipeline.cli.model_values import serving

    click.echo(serving(store_of(config, store).settle()))


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

    registry = OnThisMachine(config).registry
    known: Models = registry.read()
    try:
        registry.publish()
    except (UserError, OSError) as error:
        click.echo(f"evergreen: warning: the server does not know yet what is decided: {error}", err=True)
    return known
