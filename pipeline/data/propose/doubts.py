"""What makes a release on this table worth little."""

from __future__ import annotations

from components.shown import shown
from pipeline.data.infer.label import Label
from pipeline.data.infer.survey import Survey
from pipeline.data.propose.baseline import Baseline
from pipeline.data.propose.gates_rule import gain, is_learnable
from pipeline.data.propose.split import FEW_ROWS
from pipeline.data.propose.training_rule import is_rare


def doubts_of(found: Label, baseline: Baseline | None, survey: Survey, *, spread: bool) -> list[str]:
    """Returns sentences on what makes a release doubtful: few rows, a rare class, nothing to learn."""
    doubts = []
    if baseline is None:
        doubts.append(
            "no baseline could be fitted: a class is on one side only; the gates are the template's"
        )
    else:
        doubts += _not_learned(baseline)
    if found.task.kind != "regression" and found.rarest < 0.05 * found.rows:
        more = ""
        if found.task.kind == "multiclass" and is_rare(found.rarest, found.rows):
            more = (
                "; `training.class_weights: balanced` finds more of it, and calls more rows so that are not"
            )
        doubts.append(f"the rarest class has {found.rarest:,} of {found.rows:,} rows{more}")
    doubts += _of_one_word(found)
    if found.rows < FEW_ROWS:
        doubts.append(f"{found.rows:,} rows are few: the gates are wide, and a release proves little")
    if spread:
        doubts.append(
            "most rows have twins: copies are spread by their own number over training and evaluation"
        )
    lost = survey.rows - found.rows
    if lost:
        doubts.append(f"{lost:,} row{'s' if lost > 1 else ''} without a label: left out of training")
    return doubts


def _of_one_word(found: Label) -> list[str]:
    """Returns a sentence where two classes differ in nothing but small and capital letters."""
    seen: dict[str, str] = {}
    for name in map(str, found.task.classes):
        other = seen.setdefault(name.casefold(), name)
        if other != name:
            return [f"the classes {shown(other)} and {shown(name)} differ in case only; are they one?"]
    return []


def _not_learned(baseline: Baseline) -> list[str]:
    """Returns a sentence where boosting learned nothing, in all metrics or in those where it is worse."""
    found = baseline.scores
    if not any(is_learnable(metric, s.value, s.error, s.without) for metric, s in found.items()):
        return ["boosting is no better than the prior: these columns may not tell the label"]
    worse = [metric for metric, s in found.items() if gain(metric, s.value, s.without) <= 0]
    return [f"boosting is no better than the prior in {' and '.join(worse)}"] if worse else []
