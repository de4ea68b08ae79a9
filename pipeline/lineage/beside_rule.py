"""Whether two versions can answer the same requests, and what is known of their answers before."""

from __future__ import annotations

import dataclasses

from components.gates.judged_answers import BESIDE, DAY_SD, SHIFT, TASK
from components.task import Task
from pipeline.lineage.events import ModelVersion, State
from pipeline.lineage.models import Models
from serving.rollout.plan import RolloutPlan

_PROBABILITY = (0.0, 1.0)
_REGRESSION = "regression"
_ADDRESS = "model_uri"  # of the Model artifact, a property of a release's record


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


def judged_beside_another(version: ModelVersion, models: Models) -> str:
    """Returns that the model gate compared a version with another one than the live one; empty if it did not.

    Args:
      version: a candidate; empty also for one whose record does not say what it was compared with.
      models: that it is one of.
    """
    live, address = models.live, version.facts.get(BESIDE)
    if live is None or not address or address == live.facts.get(_ADDRESS):
        return ""
    found = next((each.version for each in models.versions if each.facts.get(_ADDRESS) == address), "")
    since = next(step.at for step in reversed(models.history(live)) if step.to is State.LIVE)
    return (
        f"{version.version} was judged against {found or 'another model'}; {live.version} is live since "
        f"{since:%Y-%m-%d %H:%M} UTC"
    )


def with_record(plan: RolloutPlan, version: ModelVersion, live: ModelVersion) -> RolloutPlan:
    """Returns a plan with what the record of a version says of its answers; what it does not say is left.

    Args:
      plan: of its rollout.
      version: to be rolled out; older records say nothing.
      live: the version beside it. If the model gate compared with another, no shift is known.
    """
    facts = version.facts
    if facts.get(BESIDE) and facts[BESIDE] == live.facts.get(_ADDRESS):
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
