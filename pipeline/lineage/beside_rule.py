"""Whether two versions can answer the same requests, and what is known of their answers before."""

from __future__ import annotations

import dataclasses

from components.gates.judged_answers import BESIDE, DAY_SD, SHIFT, TASK
from components.task import Task
from pipeline.lineage.events import ModelVersion
from serving.rollout.plan import RolloutPlan

_PROBABILITY = (0.0, 1.0)
_REGRESSION = "regression"


def unlike(version: ModelVersion, live: ModelVersion) -> str:
    """Returns why a version cannot be rolled out beside the live one; empty where it can.

    A MAJOR version rises with the signature or the label (components/release/version_rule.py).
    """
    if not version.version or not live.version or _major(version) == _major(live):
        return ""
    return (
        f"{version.version} cannot be rolled out beside {live.version}: another MAJOR version has another "
        "signature or label, so both cannot answer the same requests; approve it once clients are ready"
    )


def with_record(plan: RolloutPlan, version: ModelVersion, live: ModelVersion) -> RolloutPlan:
    """Returns a plan with what the record of a version says of its answers; what it does not say is left.

    Args:
      plan: of its rollout.
      version: to be rolled out; older records say nothing.
      live: the version beside it. If the model gate compared with another, no shift is known.
    """
    facts = version.facts
    if facts.get(BESIDE) and facts[BESIDE] == live.facts.get("model_uri"):
        plan = dataclasses.replace(
            plan, expected_shift_sd=float(facts[SHIFT]), shift_day_sd=float(facts[DAY_SD])
        )
    if facts.get(TASK):
        task = Task.from_json(facts[TASK])
        within = None if task.kind == _REGRESSION else _PROBABILITY
        plan = dataclasses.replace(plan, answer=task.answer, answer_range=within)
    return plan


def _major(version: ModelVersion) -> str:
    return version.version.partition(".")[0]
