"""The champion: the version that a candidate is judged against."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from components.example_gen import hash_split
from components.example_gen.hash_split import HashSplit
from components.iso_day import iso_day
from components.model_files.rule import PROPERTY
from pipeline.errors import UserError
from pipeline.stages import RELEASE

RELEASED_BY = RELEASE.name  # the stage whose record names a champion
STAND_IN = "stand-in"
RESET = "reset"  # a property of a release's record, written after the run
_PROPERTIES = ("version", "model_uri", "pushed_destination", "window")


class ReleaseRecordError(UserError):
    """A release's record lacks what the next launch needs from it."""


@dataclasses.dataclass(frozen=True)
class Reset:
    """A person's decision that the next candidates are not compared with a champion.

    Attributes:
      reason: why.
      by: who.
      at: when, in UTC to the second.
    """

    reason: str
    by: str
    at: str

    def __str__(self) -> str:
        return f"{self.reason} ({self.by}, {self.at[:10]})"

    def as_json(self) -> str:
        """Returns the text of the release record's property RESET."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @classmethod
    def from_release(cls, properties: Mapping[str, Any], run_id: str) -> Reset | None:
        """Returns the reset in a release's record; None where there is none.

        Raises:
          ReleaseRecordError: it cannot be read.
        """
        if not properties.get(RESET):
            return None
        try:
            return cls(**json.loads(properties[RESET]))
        except (ValueError, TypeError, RecursionError) as error:
            raise ReleaseRecordError(
                f"the release record of run {run_id} has the {RESET} {properties[RESET]!r:.100}; "
                "expected JSON "
                "with reason, by and at"
            ) from error


@dataclasses.dataclass(frozen=True)
class Champion:
    """The version released last and not withdrawn.

    Attributes:
      version: MAJOR.MINOR.PIPELINE.
      model_uri: address of the Model artifact.
      served_from: folder that the model server loads.
      train_first, train_last: the days it was trained on.
      run_id: the run that released it.
      split: the hash that kept some rows of these days from it; None if it was trained on all of them.
      data_profile: folder with the data profile of that run; empty if the release has recorded none.
      answers: folder with the profile of its answers in that run; likewise.
      files: those of the model, as they were when it was made; empty if the release has recorded none.
      reset: why candidates are not compared with it, though it is served; None if they are.
    """

    version: str
    model_uri: str
    served_from: str
    train_first: dt.date
    train_last: dt.date
    run_id: str
    split: HashSplit | None = None
    data_profile: str = ""
    answers: str = ""
    files: str = ""
    reset: Reset | None = None

    @property
    def why_reset(self) -> str | None:
        """Why candidates are not compared with it, as one line; None if they are."""
        return f"champion {self.version} was reset: {self.reset}" if self.reset else None

    @classmethod
    def from_release(cls, properties: Mapping[str, Any], run_id: str) -> Champion:
        """Returns the champion that the properties written by the node Release describe.

        Raises:
          ReleaseRecordError: a property is missing, or the window cannot be read.
        """
        missing = [name for name in _PROPERTIES if name not in properties]
        if missing:
            raise ReleaseRecordError(
                f"the release record of run {run_id} lacks {', '.join(missing)}; "
                f"expected {', '.join(_PROPERTIES)}, as components/release/component.py writes them"
            )
        first, last, split = _trained_on(properties["window"], run_id)
        return cls(
            version=properties["version"],
            model_uri=properties["model_uri"],
            served_from=properties["pushed_destination"],
            train_first=first,
            train_last=last,
            run_id=run_id,
            split=split,
            data_profile=properties.get("data_profile", ""),
            answers=properties.get("answers", ""),
            files=properties.get(PROPERTY, ""),
            reset=Reset.from_release(properties, run_id),
        )

    @classmethod
    def stand_in(cls, *, version: str = STAND_IN, model_uri: str = f"gs://{STAND_IN}/model") -> Champion:
        """Returns a champion for compiling without a real one.

        It was trained long before all data, so it can be compared on every window.
        """
        return cls(
            version=version,
            model_uri=model_uri,
            served_from=STAND_IN,
            train_first=dt.date(1970, 1, 1),
            train_last=dt.date(1970, 1, 2),
            run_id=STAND_IN,
            data_profile=f"gs://{STAND_IN}/profile",
            answers=f"gs://{STAND_IN}/answers",
            files=f"{STAND_IN} files",
        )


def _trained_on(window: str, run_id: str) -> tuple[dt.date, dt.date, HashSplit | None]:
    try:
        record = json.loads(window)
        split = hash_split.from_values(record["split"]) if "split" in record else None
        return iso_day(record["train_first"]), iso_day(record["train_last"]), split
    except (AttributeError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ReleaseRecordError(
            f"the release record of run {run_id} has the window {window!r:.200}; "
            "expected JSON with train_first and train_last as ISO dates"
        ) from error
