"""Whether a candidate may replace the champion, decided on plain numbers."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence

from components.evaluator.calibration_rule import NAME as CALIBRATION
from components.evaluator.calibration_rule import Offset, is_calibrated
from components.evaluator.cost_rule import Cost, is_affordable
from components.evaluator.fairness_rule import is_fair
from components.evaluator.metric_table import BY_NAME
from components.evaluator.paired_rule import Difference, not_worse
from components.evaluator.policy import OVERALL, ModelGatePolicy, Threshold
from components.evaluator.slices_rule import Group, judged, not_judged
from components.gates.override import Override
from components.gates.verdict import Check, Verdict, conclude

Metrics = Mapping[str, float]
LOOK = "look for a column that knows the label: filled in after the event, or made from it"


@dataclasses.dataclass(frozen=True)
class Evidence:
    """What is known beside the metrics.

    Attributes:
      differences: metric of the whole to the candidate's loss against the champion.
      groups: the rows of each slice; of one that is missing, ExampleCount is all that is known.
      offset: how far the candidate's predictions are off in the large; None for several classes.
      beside: the same of the champion, or of the prior where there is none; None for several classes.
      cost: what the candidate takes; None if it was not measured.
      drift: the check on the champion's answers to new days; None if there is none.
    """

    differences: Mapping[str, Difference] = dataclasses.field(default_factory=dict)
    groups: Mapping[str, Group] = dataclasses.field(default_factory=dict)
    offset: Offset | None = None
    beside: Offset | None = None
    cost: Cost | None = None
    drift: Check | None = None


def judge(
    candidate: Mapping[str, Metrics],
    champion: Mapping[str, Metrics] | None,
    policy: ModelGatePolicy,
    evidence: Evidence = Evidence(),
    *,
    incomparable: str | None = None,
    unlike: str | None = None,
    overrides: Sequence[Override] = (),
) -> Verdict:
    """Passes a candidate that meets every limit and is nowhere worse than the champion by more than allowed.

    Args:
      candidate: metrics by slice; `overall` is the whole, others look like `carrier=AA`.
        Each holds `ExampleCount`.
      champion: the champion's on the same rows; None when there is none to compare with.
      policy: the limits, and what to do without a champion.
      evidence: what is known beside the metrics; what it lacks does not pass.
      incomparable: why the champion that exists is not compared; None when it is, or when there is none.
      unlike: why a comparison would mean nothing, as the champion predicts something else: as good as none.
      overrides: checks that a person lets fail.
    """
    groups = {name: _group(name, metrics, evidence) for name, metrics in candidate.items() if name != OVERALL}
    checks = [] if champion is not None else [_may_go_uncompared(policy, incomparable, unlike)]
    checks += _judges_the_whole(policy)
    small: dict[str, str] = {}
    for threshold in policy.thresholds:
        subjects, too_small = _subjects(groups, threshold, policy)
        small.update(too_small)
        for subject in subjects:
            checks += _absolute(candidate, subject, threshold)
            if champion is not None:
                checks += _against(champion, candidate, subject, threshold, evidence)
    if champion is None:
        checks += _too_good(candidate, policy)
    whose = "prior" if champion is None else "champion"
    checks += _calibrated(candidate, policy, evidence, whose)
    checks += is_affordable(evidence.cost, policy)
    checks += [evidence.drift] if evidence.drift else []
    checks += [is_fair(candidate, groups, limit, policy) for limit in policy.fairness]
    notes = (*_why_not_compared(champion, incomparable or unlike), *not_judged(groups, small))
    return conclude("model", tuple(checks), notes=notes, overrides=overrides)


def _group(name: str, metrics: Metrics, evidence: Evidence) -> Group:
    return evidence.groups.get(name) or Group(rows=int(metrics["ExampleCount"]))


def _why_not_compared(champion: Mapping[str, Metrics] | None, incomparable: str | None) -> list[str]:
    if incomparable:
        return [f"the champion was not compared: {incomparable}"]
    return ["there is no champion to compare with"] if champion is None else []


def _may_go_uncompared(policy: ModelGatePolicy, incomparable: str | None, unlike: str | None) -> Check:
    option, decision = (
        ("on_overlap", policy.on_overlap) if incomparable else ("on_first_run", policy.on_first_run)
    )
    why = incomparable or unlike or "there is no champion"
    return Check(
        name=option,
        subject=OVERALL,
        measured=None,
        threshold=None,
        passed=decision == "allow",
        reason=f"{why}, and model_gate.{option} is {decision}",
    )


def _judges_the_whole(policy: ModelGatePolicy) -> list[Check]:
    """Returns a failed check for a policy that would open the gate without having looked at the whole."""
    if any(threshold.scope == OVERALL for threshold in policy.thresholds):
        return []
    reason = "no threshold is on the whole, and an unchecked gate stays closed"
    return [Check("threshold", OVERALL, None, None, False, reason)]


def _subjects(
    groups: Mapping[str, Group], threshold: Threshold, policy: ModelGatePolicy
) -> tuple[list[str], dict[str, str]]:
    """Returns what a threshold judges, and why each of the other slices is not judged by it."""
    if threshold.scope == OVERALL:
        return [OVERALL], {}
    return judged(groups, policy.slices, threshold.metric, policy)


def _absolute(candidate: Mapping[str, Metrics], subject: str, threshold: Threshold) -> Iterator[Check]:
    measured = _value(candidate, subject, threshold.metric)
    what = f"{threshold.metric} of {subject} is {'missing' if measured is None else f'{measured:.4f}'}"
    if threshold.at_least is not None:
        limit = threshold.at_least
        passed = measured is not None and measured >= limit
        name, reason = f"{threshold.metric} at least", f"{what}, needed >= {limit:g}"
        yield Check(name, subject, measured, limit, passed, reason)
    if threshold.at_most is not None:
        limit = threshold.at_most
        passed = measured is not None and measured <= limit
        name, reason = f"{threshold.metric} at most", f"{what}, needed <= {limit:g}"
        yield Check(name, subject, measured, limit, passed, reason)


def _against(
    champion: Mapping[str, Metrics],
    candidate: Mapping[str, Metrics],
    subject: str,
    threshold: Threshold,
    evidence: Evidence,
) -> Iterator[Check]:
    metric = threshold.metric
    theirs, ours = (_value(side, subject, metric) for side in (champion, candidate))
    worse = None if theirs is None or ours is None else ours - theirs
    if worse is not None and not BY_NAME[metric].lower_is_better:
        worse = -worse
    if threshold.max_worse_than_champion is not None:
        allowed = threshold.max_worse_than_champion
        if subject == OVERALL:
            difference = None if worse is None else evidence.differences.get(metric)
            yield not_worse(metric, subject, difference, allowed)
        else:
            yield _against_slice(metric, subject, worse, allowed)
    if threshold.max_better_than_champion is not None:
        yield _not_far_better(metric, subject, worse, threshold.max_better_than_champion)


def _against_slice(metric: str, subject: str, worse: float | None, allowed: float) -> Check:
    """Passes by the difference as measured: a test of so few rows would refuse every candidate."""
    name = f"{metric} worse than champion by at most"
    if worse is None:
        reason = f"{metric} of {subject} cannot be compared with the champion's, one of them is missing"
        return Check(name, subject, None, allowed, False, reason)
    reason = f"{metric} of {subject} is {worse:.4f} worse than the champion's, allowed {allowed:g}"
    return Check(name, subject, worse, allowed, worse <= allowed, reason)


def _not_far_better(metric: str, subject: str, worse: float | None, allowed: float) -> Check:
    name = f"{metric} better than champion by at most"
    if worse is None:
        reason = f"{metric} of {subject} cannot be compared with the champion's, one of them is missing"
        return Check(name, subject, None, allowed, False, reason)
    reason = (
        f"{metric} of {subject} is {-worse:.4f} better than the champion's, more than {allowed:g}, which is "
        f"rarely true: {LOOK}"
    )
    return Check(name, subject, -worse, allowed, -worse <= allowed, reason)


def _too_good(candidate: Mapping[str, Metrics], policy: ModelGatePolicy) -> Iterator[Check]:
    """Yields a warning's check where no champion says what is usual."""
    limit, measured = policy.suspicious_auc, _value(candidate, OVERALL, "AUC")
    if limit is None or measured is None:
        return
    reason = f"AUC of overall is {measured:.4f}, above {limit:g}, which is rarely true: {LOOK}"
    yield Check("AUC suspicious above", OVERALL, measured, limit, measured <= limit, reason, action="warn")


def _calibrated(
    candidate: Mapping[str, Metrics], policy: ModelGatePolicy, evidence: Evidence, whose: str
) -> Iterator[Check]:
    """Yields the check of calibration where the policy asks for one and the task has it."""
    limit = policy.calibration
    if limit.max_off is None or "Calibration" not in candidate.get(OVERALL, {}):
        return
    if evidence.offset is None:
        yield Check(CALIBRATION, OVERALL, None, None, False, "calibration of overall was not measured")
        return
    yield is_calibrated(evidence.offset, evidence.beside, whose, limit)


def _value(metrics: Mapping[str, Metrics], subject: str, metric: str) -> float | None:
    """Returns a metric's value; None when it is absent or not a number, which no check passes."""
    value = metrics.get(subject, {}).get(metric)
    return None if value is None or math.isnan(value) else value


def unusable(which: str, fault: str, *, overrides: Sequence[Override] = ()) -> Verdict:
    """Closes the gate on a model that could not be evaluated.

    Args:
      which: `candidate` or `champion`.
      fault: why.
      overrides: of checks that may fail.
    """
    way_out = (
        "; start the run with --ignore-champion REASON to go on without it" if which == "champion" else ""
    )
    reason = f"the {which} could not be evaluated: {fault}{way_out}"
    check = Check("evaluated", OVERALL, None, None, False, reason)
    return conclude("model", (check,), overrides=overrides)
