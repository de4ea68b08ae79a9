"""What is to be predicted: the task that a label's column gives, or why it gives none. Pure Python."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from components.did_you_mean import did_you_mean
from components.shown import shown
from pipeline.data.infer import label_codes, label_refusals
from pipeline.data.infer.label_doubts import odd_values
from pipeline.data.infer.proposed import Proposed
from pipeline.data.profile.column_profile import NULL_CODES, ColumnProfile
from pipeline.data.rules.import_rules import ColumnRule
from pipeline.errors import ConfigError, DataError
from trainer.task import Task, TaskKind

LEAST_ROWS = 50
LEAST_OF_A_CLASS = 6  # of which some train, some stop the training, and some judge
_MOST_CLASSES, _MOST_WHOLE_CLASSES = 100, 20
_MOST_NULL = 0.5
_POSITIVE = (
    *("yes", "true", "positive", "pos", "bad", "fraud", "churn", "churned", "default", "defaulted", "late"),
    *(
        "malignant",
        "sick",
        "died",
        "dead",
        "survived",
        "failure",
        "failed",
        "spam",
        "attack",
        "anomaly",
        ">50k",
    ),
)


@dataclasses.dataclass(frozen=True)
class Label:
    """The label as it is proposed.

    Attributes:
      column: its column, with its classes as `values`.
      task: what the model will predict.
      counts: class to rows; empty for regression.
      rows: with a label.
      open_positive: whether nothing but a guess says which of two classes is the positive one.
    """

    column: Proposed
    task: Task
    counts: Mapping[int | str, int]
    rows: int
    open_positive: bool = False

    @property
    def rarest(self) -> int:
        """Rows of the rarest class."""
        return min(self.counts.values(), default=self.rows)

    def with_positive(self, text: str, option: str = "--positive") -> Label:
        """Returns the label with another positive class.

        Raises:
          ConfigError: there is no such class.
        """
        known = {str(each): each for each in self.task.classes}
        if self.task.kind != "binary":
            raise ConfigError(
                f"{option} {text}: the label has {self._what()}, and only one of two classes is positive"
            )
        if text not in known:
            hint = did_you_mean(text, known)
            raise ConfigError(
                f"{option} {shown(text)} is no class of the label{hint}; there are {', '.join(known)}"
            )
        other = next(each for each in self.task.classes if str(each) != text)
        classes = (other, known[text])
        column = self.column.changed(values=classes, reason=_reason_of_two(classes))
        return dataclasses.replace(self, column=column, task=Task("binary", classes), open_positive=False)

    def _what(self) -> str:
        return "numbers" if self.task.kind == "regression" else f"{len(self.task.classes)} classes"


def find(profiles: Sequence[ColumnProfile], proposals: Sequence[Proposed], wanted: str) -> int:
    """Returns the position of the label's column, named by its header or by its new name.

    Raises:
      ConfigError: there is none of that name.
    """
    headers = [profile.name for profile in profiles]
    names = [proposed.name for proposed in proposals]
    for known in (headers, names):
        if wanted in known:
            return known.index(wanted)
    hint = did_you_mean(wanted, headers)
    shown_headers = ", ".join(headers[:20]) + (", …" if len(headers) > 20 else "")
    raise ConfigError(f"--label {shown(wanted)}: there is no such column{hint}; there are {shown_headers}")


def label_of(profile: ColumnProfile, feature: Proposed) -> Label:
    """Returns the task of a label.

    Raises:
      DataError: no model can learn it: one line that says why.
    """
    name = shown(profile.name)
    profile, feature = label_codes.with_classes(profile, feature)
    codes = label_codes.of_codes(profile)
    nulls = tuple(code for code in profile.codes if code in NULL_CODES and code)
    if profile.null_share > _MOST_NULL:
        raise DataError(
            f"the label {name} is empty in {profile.null_share:.0%} of {profile.rows:,} rows{codes}; "
            f"expected at most {_MOST_NULL:.0%}; choose another --label, or leave out the rows without one"
        )
    label_refusals.refuse(profile, feature)
    counts = _counts(profile, feature, nulls)
    rows = profile.filled
    if counts is not None and len(counts) == 1:
        value = next(iter(counts))
        raise DataError(
            f"the label {name} is {shown(value)} in every row{codes}; expected at least two values"
        )
    if rows < LEAST_ROWS:
        raise DataError(f"{rows:,} rows have a label; expected at least {LEAST_ROWS}; deliver more rows")
    if counts is not None and _are_classes(counts, feature, rows):
        return _classes(name, feature, counts, rows, nulls)
    if feature.rule.reading not in ("whole", "number"):
        raise DataError(
            f"the label {name} has {profile.distinct:,} different values in {rows:,} rows; expected numbers, "
            f"or at most {_MOST_CLASSES} classes; choose another --label"
        )
    doubt = odd_values(counts) if counts else None
    if doubt:
        feature = feature.warned(doubt)
    return _regression(feature, rows)


def _counts(profile: ColumnProfile, feature: Proposed, nulls: tuple[str, ...]) -> dict[int | str, int] | None:
    """Returns class to rows; None where there are too many values to be classes."""
    if profile.counts is None:
        return None
    counts: dict[int | str, int] = {}
    for cell, rows in profile.counts.items():
        if cell and cell not in nulls and cell not in feature.rule.nulls:
            value = _value(cell, feature)
            counts[value] = counts.get(value, 0) + rows
    return counts


def _value(cell: str, feature: Proposed) -> int | str:
    """Returns a cell as it will stand in the spans."""
    if feature.rule.reading == "boolean":
        return int(cell.lower() in feature.rule.ones)
    if _is_whole(feature, cell):
        return int(float(cell))
    return cell


def _is_whole(feature: Proposed, cell: str) -> bool:
    if feature.rule.reading not in ("whole", "number") or (feature.form and not feature.form.is_plain):
        return False
    try:
        return float(cell).is_integer()
    except ValueError:
        return False


def _are_classes(counts: Mapping[int | str, int], feature: Proposed, rows: int) -> bool:
    """Whether values are classes, and not amounts."""
    if feature.rule.reading not in ("whole", "number"):
        return len(counts) <= min(_MOST_CLASSES, rows / LEAST_OF_A_CLASS)
    if not all(isinstance(value, int) for value in counts):
        return False
    enough = min(counts.values()) >= max(LEAST_OF_A_CLASS, 0.003 * rows)
    return len(counts) == 2 or (len(counts) <= _MOST_WHOLE_CLASSES and enough)


def _classes(
    name: str, feature: Proposed, counts: Mapping[int | str, int], rows: int, nulls: tuple[str, ...]
) -> Label:
    rare = [value for value, count in counts.items() if count < LEAST_OF_A_CLASS]
    if rare:
        others = f" (and {len(rare) - 1} more classes are as rare)" if len(rare) > 1 else ""
        raise DataError(
            f"the class {shown(rare[0])} of the label {name} has {counts[rare[0]]} rows"
            f"{others}; expected at least "
            f"{LEAST_OF_A_CLASS}; deliver more rows of it, or leave them out"
        )
    reading = feature.rule.reading
    if reading == "number":
        reading = "whole"
    rule = ColumnRule(
        *(
            feature.name,
            feature.source,
            reading,
            (*nulls, *feature.rule.nulls) if reading != "text" else nulls,
        ),
        ones=feature.rule.ones,
        zeros=feature.rule.zeros,
    )
    rule = dataclasses.replace(rule, nulls=tuple(dict.fromkeys(rule.nulls)))
    classes, is_open = _ordered(counts)
    reason = _reason_of_two(classes) if len(classes) == 2 else f"{len(classes)} classes"
    column = feature.changed(
        rule=rule,
        kind="category",
        role="label",
        required=True,
        values=classes,
        left_out=False,
        reason=reason,
        unit="",
    )
    kind: TaskKind = "binary" if len(classes) == 2 else "multiclass"
    return Label(column, Task(kind, classes), counts, rows, is_open)


def _ordered(counts: Mapping[int | str, int]) -> tuple[tuple[int | str, ...], bool]:
    """Returns classes in order, and whether which of two is positive is a guess."""
    classes = sorted(counts, key=lambda value: (isinstance(value, str), value))
    if len(classes) != 2 or classes == [0, 1]:
        return tuple(classes), False
    words = [str(value).strip().lower() in _POSITIVE for value in classes]
    if words[0] != words[1]:
        return (tuple(classes) if words[1] else (classes[1], classes[0])), True
    rarer = min(classes, key=lambda value: (counts[value], -classes.index(value)))
    return tuple(sorted(classes, key=lambda value: value == rarer)), True


def _reason_of_two(classes: Sequence[int | str]) -> str:
    return f"the label; {shown(classes[1])} is the positive class"


def _regression(feature: Proposed, rows: int) -> Label:
    column = feature.changed(
        kind="number",
        role="label",
        required=True,
        values=(),
        left_out=False,
        reason=f"the label; {feature.reason}",
    )
    if column.rule.reading not in ("whole", "number"):
        raise AssertionError(column.rule.reading)
    return Label(column, Task("regression"), {}, rows)
