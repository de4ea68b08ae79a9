"""All registered models of a deployment, and what became of each. Decided on plain values."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from pipeline.errors import ConfigError, UserError
from pipeline.lineage.events import Event, ModelVersion, Move, Note, Registration, State
from pipeline.lineage.state_machine import RefusedMoveError, StateMachine, Step

if TYPE_CHECKING:
    from pipeline.lineage.runs import Artifact, Run

CHAMPION, PREVIOUS = "champion", "previous"
ALIASES = (CHAMPION, PREVIOUS)
RELEASED = "Release"  # who made a version live where no states are recorded
REASON = "version_reason"  # a property of a release's record; of several records of a model the first one's
WITHDRAWN = "withdrawn"  # a property of a release's record, where no states are recorded


@dataclasses.dataclass(frozen=True)
class Models:
    """All registered versions of a deployment, and what was decided of them: `StateMachine` draws the states.

    Attributes:
      versions: by number.
      events: in the order in which they were decided, whatever their clocks say.
    """

    versions: tuple[ModelVersion, ...] = ()
    events: tuple[Move | Note, ...] = ()

    def state(self, version: ModelVersion | str) -> State:
        """Returns the state of a version, given as itself or as `find` takes it."""
        return self._story.states.get(self._known(version), State.CANDIDATE)

    def history(self, version: ModelVersion | str) -> tuple[Step, ...]:
        """Returns how the state of a version changed, oldest first."""
        known = self._known(version)
        return tuple(step for step in self._story.steps if step.version == known)

    @property
    def steps(self) -> tuple[Step, ...]:
        """How the states of all versions changed, oldest first."""
        return tuple(self._story.steps)

    @property
    def rolling(self) -> ModelVersion | None:
        """The version that is being rolled out; None where none is."""
        return self._story.rolling

    def notes(self, version: ModelVersion | str) -> tuple[Note, ...]:
        """Returns the remarks on a version, oldest first."""
        known = self._known(version)
        return tuple(
            event for event in self.events if isinstance(event, Note) and self._named(event.version) == known
        )

    @property
    def live(self) -> ModelVersion | None:
        """The version that serves; None where nothing does."""
        return self._story.live

    def live_at(self, time: dt.datetime) -> ModelVersion | None:
        """Returns the version that was live at a time, given with its zone; None where none was."""
        before = [live for at, live in self._story.lives if at <= time]
        return before[-1] if before else None

    def live_last(self, model_name: str) -> ModelVersion | None:
        """Returns the version that was live last under a name, whatever became of it; None where none was."""
        were_live = (live for _, live in reversed(self._story.lives) if live)
        return next((each for each in were_live if each.model_name == model_name), None)

    def alias(self, name: str) -> ModelVersion | None:
        """Returns the version that is called `champion` (it is live) or `previous`; None where none is.

        The previous version was live last before the champion, and is retired: it serves again if the
        champion is withdrawn.
        """
        return self.live if name == CHAMPION else self._story.previous() if name == PREVIOUS else None

    def find(self, text: str) -> ModelVersion:
        """Returns the version of an address.

        Args:
          text: 1.0.3, an alias, or NAME/1.0.3; the id of its run where these are those of two models.

        Raises:
          UserError: there is no such version; the message names those that there are.
          ConfigError: more than one model has this address; the message names what tells them apart.
        """
        found = self.alias(text) if text in ALIASES else None
        if text in ALIASES and found is None and self.versions:
            before = f"served before {self.live.version}" if self.live else "served before"
            what = "nothing serves" if text == CHAMPION else f"none that could serve again {before}"
            raise UserError(f"no version is the {text}: {what}; `evergreen models list` names all")
        return found or self._named(text)

    def name_of(self, version: ModelVersion) -> str:
        """Returns the shortest text that no other version is found by, which events name it by."""
        names = (version.version, version.address, version.run_id)
        return next((each for each in names if self._by_name.get(each) == [version]), version.run_id)

    @property
    def several_names(self) -> bool:
        """Whether models of more than one name are registered: then a version alone does not say which."""
        return len({each.model_name for each in self.versions}) > 1

    def with_event(self, event: Event) -> Models:
        """Returns the models after an event; the same ones if they know its id already.

        Raises:
          RefusedMoveError: there is no way from the version's state to that one, or the number that is
            registered is another version's.
          UserError: there is no such version.
        """
        if isinstance(event, Registration):
            return self._with_version(event.version)
        if any(event.id == known.id for known in self.events):
            return self
        self._named(event.version)
        after = dataclasses.replace(self, events=(*self.events, event))
        _ = after._story  # tells all events, and refuses what cannot be
        return after

    def _with_version(self, version: ModelVersion) -> Models:
        for known in self.versions:
            if known == version:
                return self
            if known.number == version.number:
                raise RefusedMoveError(
                    f"the number {version.number} is that of {known.address}, which run {known.run_id} "
                    f"registered; {version.address} of run {version.run_id} needs another"
                )
        return dataclasses.replace(self, versions=in_order((*self.versions, version)))

    def _known(self, version: ModelVersion | str) -> ModelVersion:
        return self.find(version) if isinstance(version, str) else version

    def _named(self, text: str) -> ModelVersion:
        found = self._by_name.get(text, [])
        if not found:
            raise UserError(f"no model {text!r} is registered; registered: {self._listed()}")
        if len(found) > 1:
            raise ConfigError(f"{len(found)} models are {text!r}; name one of {_choices(found)}")
        return found[0]

    def _listed(self) -> str:
        named = [each for each in self.versions if each.version]
        shown = (each.address if self.several_names else each.version for each in named)
        return ", ".join(dict.fromkeys(shown)) or "none yet"

    @functools.cached_property
    def _by_name(self) -> Mapping[str, list[ModelVersion]]:
        """Versions by each of their names; a run's id is one where no version is called so."""
        names: dict[str, list[ModelVersion]] = {}
        for each in self.versions:
            if each.version:
                names.setdefault(each.version, []).append(each)
                names.setdefault(each.address, []).append(each)
        for each in self.versions:
            names.setdefault(each.run_id, [each])
        return names

    @functools.cached_property
    def _story(self) -> StateMachine:
        story = StateMachine()
        for event in self.events:
            if isinstance(event, Move):
                story.tell(self._named(event.version), event)
        return story


def _choices(found: Iterable[ModelVersion]) -> str:
    """Returns addresses that tell versions apart; the ids of their runs where these do not."""
    addresses = [each.address for each in found]
    if len(set(addresses)) == len(addresses):
        return ", ".join(addresses)
    return ", ".join(f"{each.run_id} ({each.address})" for each in found)


def in_order(versions: Iterable[ModelVersion]) -> tuple[ModelVersion, ...]:
    """Returns versions by number; of equal ones the one that was registered first is first."""
    return tuple(sorted(versions, key=lambda each: (each.number, each.registered)))


def names_of(versions: Iterable[ModelVersion]) -> Iterator[str]:
    """Yields the names that versions are registered by, each once."""
    yield from dict.fromkeys(each.model_name for each in versions)


def from_runs(runs: Iterable[Run]) -> Models:
    """Returns the models of runs whose releases served as soon as they were recorded.

    So it is where no states are recorded: in a store that an earlier version of this template wrote, and on
    Vertex AI. A release that has the property `withdrawn` was withdrawn; when is not known, so it counts from
    its release on. The ids of the moves are made from the records' and are the same whenever they are read.

    Args:
      runs: oldest first.
    """
    records = _records(runs)
    version_of = _versions(records)
    models = Models(in_order(version_of.values()))
    machine, moves = StateMachine(), []
    for record, run in records:
        version = version_of[_key(record, run)]
        for move in _moves(record, run, models.name_of(version)):
            if machine.states.get(version) is not move.to:  # a release that was recorded anew
                machine.tell(version, move)
                moves.append(move)
    return dataclasses.replace(models, events=tuple(moves))


def versions_of(runs: Iterable[Run]) -> tuple[ModelVersion, ...]:
    """Returns what the releases of runs registered, by number.

    A release that a later run found in the cache, or recorded anew because Release itself changed, is the
    same version: of the run that was first, with the facts that were recorded last.

    Args:
      runs: oldest first.
    """
    return in_order(_versions(_records(runs)).values())


def version_of(run: Run, models: Models) -> ModelVersion:
    """Returns the version that the release of a run registered.

    Args:
      run: one with a release.
      models: of its store.
    """
    assert run.release is not None
    key = _key(run.release, run)
    return next(each for each in models.versions if key_of(each) == key)


def key_of(version: ModelVersion) -> tuple[str, str, str]:
    """Returns what tells a version from all others, whoever read its release's record and when."""
    return version.model_name, version.version, version.facts.get("model_uri", "")


def record_of(runs: Iterable[Run], version: ModelVersion) -> Artifact:
    """Returns the newest record of the release that registered a version.

    Args:
      runs: oldest first.
      version: one of `versions_of` these runs.
    """
    return next(record for record, run in reversed(_records(runs)) if _key(record, run) == key_of(version))


def _records(runs: Iterable[Run]) -> list[tuple[Artifact, Run]]:
    """Returns the records of releases in the order in which they were made, each with its first run."""
    first: dict[int, tuple[Artifact, Run]] = {}
    for run in runs:
        if run.release:
            first.setdefault(run.release.id, (run.release, run))
    return [first[number] for number in sorted(first)]


def _key(record: Artifact, run: Run) -> tuple[str, str, str]:
    """Returns what is the same in all records of one model."""
    facts = record.properties
    return run.released_name or "", str(facts.get("version", "")), str(facts.get("model_uri", ""))


def _versions(records: Iterable[tuple[Artifact, Run]]) -> dict[tuple[str, str, str], ModelVersion]:
    found: dict[tuple[str, str, str], ModelVersion] = {}
    for record, run in records:
        facts = {key: str(value) for key, value in record.properties.items()}
        name, version, _ = key = _key(record, run)
        number = version.rpartition(".")[-1]
        new = ModelVersion(
            version, int(number) if number.isdecimal() else 0, name, run.id, record.created, facts
        )
        known = found.get(key, new)
        reason = {name: known.facts[name] for name in (REASON,) if name in known.facts}
        found[key] = dataclasses.replace(known, facts={**facts, **reason})
    return found


def _moves(record: Artifact, run: Run, version: str) -> Iterator[Move]:
    """Yields the decisions that the record of a release stands for."""
    at, why = record.created, f"released by run {run.id}"
    yield Move(f"release-{record.id}", version, State.LIVE, 1.0, why, RELEASED, at)
    if WITHDRAWN in record.properties:
        why = str(record.properties[WITHDRAWN]) or "no reason was recorded"
        yield Move(f"withdrawal-{record.id}", version, State.WITHDRAWN, 1.0, why, "not recorded", at)
