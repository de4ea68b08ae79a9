"""The address of a released model: `champion`, a version, or a name and a version, such as flights/1.0.2."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from pipeline.errors import ConfigError, UserError
from pipeline.lineage.champion import champion
from pipeline.lineage.runs import Run, run_with_id

CHAMPION = "champion"


@dataclasses.dataclass(frozen=True)
class Release:
    """A released model.

    Attributes:
      name: what the model is called.
      version: MAJOR.MINOR.PIPELINE.
      run: that released it first; later ones may have taken it from the cache.
    """

    name: str
    version: str
    run: Run

    @property
    def address(self) -> str:
        """Name and version: unique, but where an earlier version of this template gave a number twice."""
        return f"{self.name}/{self.version}"


def releases(runs: list[Run]) -> list[Release]:
    """Returns every released model once, oldest first.

    Args:
      runs: oldest first.
    """
    found: dict[tuple[str, str, str], Release] = {}
    for run in runs:
        if run.release and run.released:
            each = Release(run.released_name or "", run.released, run)
            found.setdefault((each.name, each.version, run.release.properties.get("model_uri", "")), each)
    return list(found.values())


def several_names(released: Sequence[Release]) -> bool:
    """Returns whether models of more than one name were released: then a version alone does not say which."""
    return len({each.name for each in released}) > 1


def run_behind(runs: list[Run], model: str) -> Run:
    """Returns the run that made a released model.

    Args:
      runs: oldest first.
      model: its address; the id of its run where an address is that of two models.

    Raises:
      UserError: there is no such release; the message names those that there are.
      ConfigError: more than one model has this address; the message names what tells them apart.
    """
    standing = champion(runs) if model == CHAMPION else None
    of_champion = run_with_id(runs, standing.run_id) if standing else None
    if of_champion:
        return of_champion
    released = releases(runs)
    found = [each for each in released if model in (each.version, each.address)]
    found = found or [each for each in released if model == each.run.id]
    if not found:
        raise UserError(f"no release {model!r}; released: {_listed(released)}")
    if len(found) > 1:
        raise ConfigError(f"{len(found)} models are {model!r}; name one of {_choices(found)}")
    return found[0].run


def _listed(released: Sequence[Release]) -> str:
    named = several_names(released)
    shown = (each.address if named else each.version for each in released)
    return ", ".join(dict.fromkeys(shown)) or "none yet"


def _choices(found: Sequence[Release]) -> str:
    """Returns addresses that tell releases apart; the ids of their runs where these do not."""
    addresses = [each.address for each in found]
    if len(set(addresses)) == len(found):
        return ", ".join(addresses)
    return ", ".join(f"{each.run.id} ({each.address})" for each in found)
