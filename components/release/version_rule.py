"""The rule of a version's number, MAJOR.MINOR.PIPELINE: computed from what the model is, never typed.

PIPELINE is the number that Pusher gave, which no other model of the deployment has. MAJOR rises where a
client or a reader of the answers has to change something; MINOR, where the model was made in another way.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping

NAMES = {
    "signature": "the signature",
    "label": "the label",
    "columns": "the columns",
    "hyperparameters": "the hyperparameters",
    "code": "the trainer's code",
}
_MAJOR = ("signature", "label")


@dataclasses.dataclass(frozen=True)
class Recipe:
    """What a model's version depends on; texts are only compared, and an empty one is not known.

    Attributes:
      signature: what a request holds and what an answer, or a digest of it.
      label: what is predicted: the label's name, kind and classes.
      columns: a digest of the table of columns.
      hyperparameters: as JSON.
      code: a fingerprint of the code that makes the model, columns and libraries included.
    """

    signature: str = ""
    label: str = ""
    columns: str = ""
    hyperparameters: str = ""
    code: str = ""

    def as_json(self) -> str:
        """Returns the recipe as a parameter of a node and as a property of a record."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        """Returns what `as_json` wrote; all unknown for an empty text.

        Raises:
          ValueError: it is no such text.
        """
        return cls(**_texts(json.loads(text))) if text else cls()


@dataclasses.dataclass(frozen=True)
class Registered:
    """The model that was registered last.

    Attributes:
      version: MAJOR.MINOR.PIPELINE.
      recipe: how it was made; nothing is known of models that were released before recipes were recorded.
    """

    version: str
    recipe: Recipe

    def as_json(self) -> str:
        """Returns it as a parameter of a node."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Registered | None:
        """Returns what `as_json` wrote; None for an empty text.

        Raises:
          ValueError: it is no such text.
        """
        if not text:
            return None
        values = json.loads(text)
        return cls(str(values["version"]), Recipe(**_texts(values["recipe"])))


def is_overtaken(before: Registered | None, number: str) -> bool:
    """Returns whether a number was given before that of the model registered last.

    Pusher's output of an older run was found in the cache then: its model has a version.

    Args:
      before: as for `next_version`.
      number: the candidate's PIPELINE; empty if it was not pushed.

    Raises:
      ValueError: the version before is not MAJOR.MINOR.PIPELINE.
    """
    return before is not None and number.isdecimal() and int(number) < _numbers(before.version)[2]


def next_version(before: Registered | None, recipe: Recipe, number: str) -> tuple[str, str]:
    """Returns a candidate's version, and why it is that.

    Args:
      before: the model registered last under the same name; None for the first one.
      recipe: how the candidate was made.
      number: its PIPELINE.

    Raises:
      ValueError: the version before is not MAJOR.MINOR.PIPELINE.
    """
    if before is None:
        return f"1.0.{number}", "the first version"
    major, minor, last = _numbers(before.version)
    if number == str(last):
        return before.version, "the same model"
    changed = [name for name in NAMES if _differs(getattr(before.recipe, name), getattr(recipe, name))]
    if "columns" in changed and "code" in changed:
        changed.remove("code")  # the columns are part of its fingerprint
    if not changed:
        return f"{major}.{minor}.{number}", f"made as {before.version}, on other data"
    why = f"{_listed([NAMES[name] for name in changed])} changed since {before.version}"
    if not set(changed).isdisjoint(_MAJOR):
        return f"{major + 1}.0.{number}", why
    return f"{major}.{minor + 1}.{number}", why


def _differs(before: str, now: str) -> bool:
    return bool(before) and before != now


def _numbers(version: str) -> tuple[int, int, int]:
    parts = version.split(".")
    if len(parts) != 3 or not all(part.isdecimal() for part in parts):
        raise ValueError(f"the version {version!r} is not MAJOR.MINOR.PIPELINE")
    return int(parts[0]), int(parts[1]), int(parts[2])


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _texts(values: Mapping[str, object]) -> dict[str, str]:
    unknown = set(values) - {field.name for field in dataclasses.fields(Recipe)}
    if unknown or not all(isinstance(each, str) for each in values.values()):
        raise ValueError(f"not the recipe of a model: {dict(values)!r:.200}")
    return {name: str(each) for name, each in values.items()}
