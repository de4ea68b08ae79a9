"""What matters in the difference of two models, in one sentence for somebody who made neither."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from components.evaluator.metric_table import BY_NAME, SUMMARISED

_MOST = 3  # names of what differs in one subject


@dataclasses.dataclass(frozen=True)
class Side:
    """One of the two models.

    Attributes:
      name: it is called by.
      window: first and last days, by part; empty if not recorded.
      metrics: by name; empty if not recorded.
    """

    name: str
    window: Mapping[str, Any]
    metrics: Mapping[str, float]


@dataclasses.dataclass(frozen=True)
class Differing:
    """What is not the same in two models; None where one of them has no record of it.

    Attributes:
      data: whether anything of it differs.
      code: stages that make a model.
      columns, hyperparameters: their names.
      same_rows: whether the metrics of both are of the same rows.
    """

    data: bool
    code: Sequence[str] | None
    columns: Sequence[str] | None
    hyperparameters: Sequence[str] | None
    same_rows: bool


def direction(metric: str) -> str:
    """Returns which way a metric is better; empty for one that is reported and not judged."""
    known = BY_NAME.get(metric)
    if known is None or known.lower_is_better is None:
        return ""
    return "lower is better" if known.lower_is_better else "higher is better"


def verdict(metric: str, before: float, after: float) -> str:
    """Returns whether a metric became better or worse; empty where it did not change, or has no direction."""
    if before == after or not direction(metric):
        return ""
    return "better" if (after < before) == BY_NAME[metric].lower_is_better else "worse"


def in_short(before: Side, after: Side, differing: Differing) -> str:
    """Returns one sentence: by which data, code, columns and hyperparameters they differ, to what effect."""
    made = f"{after.name} was trained {_days(before, after, differing.data)}, {_made_by(differing)}"
    effects = _enumerated([*_effects(before, after, differing.same_rows)])
    if not effects:
        return f"{made}; no metrics to compare are on record."
    if differing.same_rows:
        return f"{made}; on the same rows {effects}."
    return f"{made}; {effects}, each on other days, so that says little of which model is better."


def _days(before: Side, after: Side, differing: bool) -> str:
    if not before.window or not after.window:
        return f"on days that are not on record beside those of {before.name}"
    first, last = (dt.date.fromisoformat(side.window["train_last"]) for side in (before, after))
    days = (last - first).days
    if days:
        count = f"{abs(days)} day{'s' if abs(days) > 1 else ''}"
        return f"on days up to {last}, {count} {'later' if days > 0 else 'earlier'} than {before.name}"
    if before.window != after.window:
        return f"on days up to {last}, as {before.name}, but from or beside other ones"
    return f"on the same days as {before.name}" + (", though with other rows" if differing else "")


def _made_by(differing: Differing) -> str:
    subjects = {
        "training code": differing.code,
        "columns": differing.columns,
        "hyperparameters": differing.hyperparameters,
    }
    other = _enumerated([f"{subject} ({_names(found)})" for subject, found in subjects.items() if found])
    same = _enumerated([subject for subject, found in subjects.items() if found is not None and not found])
    unknown = _enumerated([subject for subject, found in subjects.items() if found is None])
    parts = (other and f"other {other}", same and f"the same {same}", unknown and f"{unknown} not on record")
    return f"with {', and '.join(filter(None, parts))}"


def _names(found: Sequence[str]) -> str:
    names = [name.removeprefix("training.") for name in found]
    return ", ".join(names[:_MOST]) + (f" and {len(names) - _MOST} more" if len(names) > _MOST else "")


def _effects(before: Side, after: Side, same_rows: bool) -> Iterator[str]:
    """Yields what became of the metrics that the end of a run shows."""
    for name in SUMMARISED:
        if name in before.metrics and name in after.metrics:
            old, new = before.metrics[name], after.metrics[name]
            told = verdict(name, old, new) if same_rows else direction(name)
            moved = f"went from {old:.4g} to {new:.4g} ({told})"
            yield f"{name} " + (f"stayed {new:.4g}" if old == new else moved)


def _enumerated(parts: Sequence[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)
