"""Which columns give slices, and which slices have rows enough to be judged. Decided on plain values."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from components.did_you_mean import did_you_mean
from components.evaluator.metric_table import BY_NAME, MULTICLASS
from components.evaluator.policy import OVERALL, ModelGatePolicy
from components.shown import shown

_NAMED = 3  # slices that were not judged


@dataclasses.dataclass(frozen=True)
class Group:
    """The rows of a slice.

    Attributes:
      rows: how many there are.
      class_rows: of each class that the label can have, those without any included; empty where the label is
        a number.
    """

    rows: int
    class_rows: tuple[int, ...] = ()


def faulty_slices(slices: Sequence[str], columns: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Yields the position of each slice that no column gives, and why.

    Only a category has values that come back from run to run: a number has as many slices as rows, and a date
    those of its own window.

    Args:
      slices: columns of `model_gate.slices`.
      columns: name of each column of the data to its kind, or to `label`.
    """
    categories = [name for name, kind in columns.items() if kind == "category"]
    for position, name in enumerate(slices):
        if name not in columns:
            hint = did_you_mean(name, categories)
            yield (
                position,
                f"there is no column {shown(name)}{hint}; there are {', '.join(categories) or 'none'}",
            )
        elif columns[name] != "category":
            what = f"the {columns[name]}" if columns[name] == "label" else f"a {columns[name]}"
            yield (
                position,
                f"column {name!r} is {what}, and a slice is the rows of one category; "
                f"there are {', '.join(categories) or 'none'}",
            )


def judged(
    groups: Mapping[str, Group], columns: Sequence[str], metric: str, policy: ModelGatePolicy
) -> tuple[list[str], dict[str, str]]:
    """Returns the slices of some columns that a metric is judged on, and why each of the others is not.

    Args:
      groups: `column=value` to its rows; `overall` is none of them.
      columns: whose slices.
      metric: its name.
      policy: says how many rows are enough.
    """
    mine = sorted(name for name in groups if name != OVERALL and name.partition("=")[0] in columns)
    why = {name: _too_small(groups[name], metric, policy) for name in mine}
    return [name for name in mine if why[name] is None], {name: each for name, each in why.items() if each}


def _too_small(group: Group, metric: str, policy: ModelGatePolicy) -> str | None:
    """Returns why a slice is not judged; None if it is.

    With two classes the rarer one decides how noisy every metric is; with more, that of the metrics which
    count every class alike.
    """
    if group.rows < policy.min_slice_rows:
        return f"{group.rows:,} rows, under {policy.min_slice_rows:,}"
    if len(group.class_rows) != 2 and not (group.class_rows and MULTICLASS in BY_NAME[metric].macro_average):
        return None
    present = [rows for rows in group.class_rows if rows > 0]
    if len(present) < 2:
        return "one class"
    rarest = min(present)
    return f"{rarest:,} of its rarest class" if rarest < policy.min_slice_class_rows else None


def not_judged(groups: Mapping[str, Group], why: Mapping[str, str]) -> list[str]:
    """Returns a sentence that names the largest of the slices that were not judged; none where all were."""
    if not why:
        return []
    names = sorted(why, key=lambda name: (-groups[name].rows, name))
    named = ", ".join(f"{name} ({why[name]})" for name in names[:_NAMED])
    more = f", and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return [f"not judged: {named}{more}"]
