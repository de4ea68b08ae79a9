"""What data must have before anything is trained on it: the section `data_gate` of the configuration."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from components.config_section import EVERY_FIELD, Deciding, PositiveInt, Section
from components.did_you_mean import did_you_mean
from components.gates.data_checks import (
    ALL,
    COMMONEST,
    CROSS,
    DISTRIBUTION,
    MEDIAN,
    NULLS,
    UNSEEN,
    UNSEEN_NUMBERS,
)
from components.gates.verdict import Reaction
from components.shown import shown


@dataclasses.dataclass(frozen=True)
class Limits:
    """When a change is told.

    Attributes:
      in_a_row: days that must all lie beyond what is usual.
      least_history: earlier days without which nothing is judged.
      most_history: earlier days that are looked at, the newest.
      factor: how many times the largest earlier day is still usual.
      strong_factor: times what is usual, from which a change of numbers may be beyond doubt.
      floors: the least value of each statistic that is told.
    """

    in_a_row: int
    least_history: int
    most_history: int
    factor: float
    strong_factor: float
    floors: Mapping[str, float]


class Reactions(Section):
    """What a failed check does: stop the run, warn, or nothing; a field a check of data_checks.py."""

    decides_result: ClassVar[Deciding] = EVERY_FIELD

    few_rows: Reaction
    one_class: Reaction
    duplicate_rows: Reaction
    rows_of_another_day: Reaction
    same_content: Reaction
    refused_rows: Reaction
    future_day: Reaction
    stale_data: Reaction
    null_share: Reaction
    commonest_value: Reaction
    cross: Reaction
    unseen_values: Reaction
    unseen_numbers: Reaction
    median: Reaction
    distribution: Reaction
    drift: Reaction
    label_drift: Reaction
    skew: Reaction


assert tuple(name.replace("_", " ") for name in Reactions.model_fields) == ALL


class ColumnReaction(Section):
    """Another reaction of one check for one column.

    Attributes:
      check: its name, as `null_share`.
      column: name of a column, or of a cross as `carrier × origin`.
      reaction: what it does there.
    """

    decides_result: ClassVar[Deciding] = EVERY_FIELD

    check: str
    column: str
    reaction: Reaction

    @field_validator("check")
    @classmethod
    def _exists(cls, value: str) -> str:
        if value not in Reactions.model_fields:
            hint = did_you_mean(value, [*Reactions.model_fields])
            raise ValueError(f"there is no check {shown(value)}{hint}")
        return value


class Floors(Section):
    """The least change of each kind that is told, however steady a column was."""

    decides_result: ClassVar[Deciding] = EVERY_FIELD

    distribution: Annotated[float, Field(ge=0.0, le=1.0)]
    unseen_values: Annotated[float, Field(ge=0.0, le=1.0)]
    unseen_numbers: Annotated[float, Field(ge=0.0, le=1.0)]
    null_share: Annotated[float, Field(ge=0.0, le=1.0)]
    commonest_value: Annotated[float, Field(ge=0.0, le=1.0)]
    median: Annotated[float, Field(ge=0.0)]
    cross: Annotated[float, Field(ge=0.0, le=1.0)]


class DataGatePolicy(Section):
    """The limits of the gate on data.

    Attributes:
      min_train_rows, min_eval_rows: fewest labelled rows of a split.
      min_class_rows: fewest rows of each class in each split; of no meaning where the label is a number.
      block_on: lowest severity of anomaly that stops a run.
      newest_days: so many days are always judged, and so many in a row make a change of a column.
      least_history: earlier days of the window without which a day is not judged.
      most_history: earlier days that a day is judged by, the newest.
      factor: times the largest earlier day, beyond which a day of a column is unusual.
      strong_factor: times what is usual, from which a change of numbers that would warn may stop.
      floors: the least change of each kind.
      max_age_days: oldest that the newest day may be when a run starts; None for any age.
      requests: folder with rows as they were requested, a file of JSON lines or a folder of Parquet a day;
        None where none are kept.
      checks: what each check does.
      exceptions: what some do for some columns.
    """

    decides_result: ClassVar[Deciding] = EVERY_FIELD

    min_train_rows: PositiveInt
    min_eval_rows: PositiveInt
    min_class_rows: PositiveInt
    block_on: Literal["error", "warning"]
    newest_days: PositiveInt
    least_history: Annotated[int, Field(ge=2)]
    most_history: Annotated[int, Field(ge=2)]
    factor: Annotated[float, Field(ge=1.0)]
    strong_factor: Annotated[float, Field(ge=1.0)]
    floors: Floors
    max_age_days: PositiveInt | None
    requests: Annotated[str, Field(min_length=1)] | None
    checks: Reactions
    exceptions: tuple[ColumnReaction, ...]

    @property
    def limits(self) -> Limits:
        """When a change of a column is told."""
        floors = {
            DISTRIBUTION: self.floors.distribution,
            UNSEEN: self.floors.unseen_values,
            UNSEEN_NUMBERS: self.floors.unseen_numbers,
            NULLS: self.floors.null_share,
            COMMONEST: self.floors.commonest_value,
            MEDIAN: self.floors.median,
            CROSS: self.floors.cross,
        }
        return Limits(
            self.newest_days,
            self.least_history,
            self.most_history,
            self.factor,
            self.strong_factor,
            floors,
        )

    def reaction(self, check: str, column: str = "") -> Reaction:
        """Returns what a check does, for a column if one is given.

        Args:
          check: its name, as a verdict writes it.
          column: name of a column or of a cross.
        """
        field = check.replace(" ", "_")
        for exception in self.exceptions:
            if (exception.check, exception.column) == (field, column):
                return exception.reaction
        reaction: Reaction = getattr(self.checks, field)
        return reaction

    def reaction_to_change(self, check: str, column: str, *, strong: bool, mild: bool) -> Reaction:
        """Returns what a change of a column does: beyond doubt it stops, and if it is mild it warns.

        Args:
          check: its name.
          column: that changed.
          strong: whether it is beyond doubt.
          mild: whether it may be meant.
        """
        reaction = self.reaction(check, column)
        if reaction == "stop" and mild:
            return "warn"
        return "stop" if reaction == "warn" and strong else reaction
