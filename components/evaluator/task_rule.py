"""What the label's task allows: which metrics can be judged, and which champion can be compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from components.evaluator.metric_table import BY_NAME, judged_of
from components.task import Task

_MOST_CLASSES_SHOWN = 5


def faulty_metrics(metrics: Sequence[str], kind: str, key: str = "thresholds") -> Iterator[tuple[int, str]]:
    """Yields the position of each metric of another task than the label's, and why.

    Args:
      metrics: names from the table, those of `model_gate.thresholds`.
      kind: of the label's task.
      key: of model_gate, whose they are.
    """
    known = " or ".join(judged_of(kind))
    for position, name in enumerate(metrics):
        tasks = BY_NAME[name].tasks
        if kind not in tasks:
            yield (
                position,
                f"{name} is a metric of {' or '.join(tasks)} models, and the label in trainer/columns.yaml "
                f"makes this a {kind} one; list others in model_gate.{key} of base.yaml, on {known}",
            )


def unlike(candidate: Task, champion: Task) -> str | None:
    """Returns why models of these tasks cannot be compared on the same rows; None if they can."""
    if candidate == champion:
        return None
    return f"the champion predicts {_named(champion)}, and the candidate {_named(candidate)}"


def _named(task: Task) -> str:
    if not task.classes:
        return "a number"
    shown = [repr(value) for value in task.classes[:_MOST_CLASSES_SHOWN]]
    more = len(task.classes) - len(shown)
    return f"one of {', '.join(shown)}" + (f" and {more} more" if more > 0 else "")
