"""All that the gate checks about the days of a window, as checks of its verdict."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from components.data_gate import words
from components.data_gate.beside_baseline import on_drift, on_skew
from components.data_gate.changes_rule import changes, has_others
from components.data_gate.day import Day
from components.data_gate.day_facts import Finding
from components.data_gate.day_profile import DayProfile
from components.data_gate.days_rule import findings
from components.data_gate.facts import facts_of
from components.data_gate.findings import checks_of, not_judged
from components.data_gate.policy import DataGatePolicy, Limits
from components.gates.data_checks import LABEL_DRIFT, ON_CALENDAR, ON_COLUMNS, ON_DAYS, SKEW
from components.gates.verdict import Check
from monitoring.baseline import Baseline
from monitoring.crosses import BETWEEN
from monitoring.history import history
from monitoring.profiles import MOST_CATEGORIES


@dataclasses.dataclass(frozen=True)
class Judged:
    """What was found.

    Attributes:
      checks: for the verdict.
      notes: what was not judged, and why.
    """

    checks: tuple[Check, ...]
    notes: tuple[str, ...]


def judge_days(
    days: Sequence[Day],
    policy: DataGatePolicy,
    label: str,
    *,
    baseline: Baseline | None,
    why_no_baseline: str,
    requests: DayProfile | None = None,
    why_no_requests: str = "",
) -> Judged:
    """Judges the days that no release has seen, and the newest.

    Args:
      days: of the window, in order of time.
      policy: the limits, and what each check does.
      label: column of the label.
      baseline: of the champion's window; None if there is none.
      why_no_baseline: why not, if there is a champion all the same; empty if there is none.
      requests: profile of rows as they were requested lately; None if there is none.
      why_no_requests: why not, if they should be kept; empty if not.
    """
    judged = _judged(days, policy.newest_days, baseline)
    checks = [*_on_days(days, judged, policy, label), *_on_columns(days, judged, policy, label)]
    notes = []
    if len(days) <= policy.least_history:
        notes.append(
            f"the window has {len(days)} files, too few to judge one by those before it "
            f"(data_gate.least_history is {policy.least_history})"
        )
    notes += _not_judged(days, judged, policy.limits)
    if baseline is None and not why_no_baseline:
        notes.append("drift was not judged, as there is no champion yet")
    checks += on_drift(days, policy, label, baseline, why_no_baseline)
    if requests is not None:
        checks += on_skew(days, policy, requests)
    elif why_no_requests:
        checks += not_judged((SKEW,), why_no_requests, policy)
    return Judged(tuple(checks), tuple(notes))


def _judged(days: Sequence[Day], newest: int, baseline: Baseline | None) -> list[int]:
    seen = baseline.days if baseline else {}
    return [
        position
        for position, day in enumerate(days)
        if position >= len(days) - newest or seen.get(day.first.isoformat()) != day.profile.identity
    ]


def _not_judged(days: Sequence[Day], judged: Sequence[int], limits: Limits) -> list[str]:
    """Returns sentences on what of the columns could not be judged, though the window has days enough."""
    if len(days) <= limits.least_history:
        return []
    told = []
    alone = [
        last for last in judged if last >= limits.in_a_row - 1 and not has_others(last, len(days), limits)
    ]
    if alone:
        first, last = alone[0] - limits.in_a_row + 1, alone[-1]
        told.append(
            f"changes of columns of {days[first].first} … {days[last].last} were not judged: fewer than "
            f"{limits.least_history} days are before them, and after them"
        )
    crosses = [
        name
        for name in days[0].profile.columns
        if BETWEEN in name and history([day.profile.columns[name] for day in days]).many
    ]
    if crosses:
        told.append(
            f"{', '.join(crosses)} was not judged: there are more than {MOST_CATEGORIES} pairs of values"
        )
    return told


def _on_days(days: Sequence[Day], judged: Sequence[int], policy: DataGatePolicy, label: str) -> list[Check]:
    newly = set(judged)
    facts = [facts_of(day, label, judged=position in newly) for position, day in enumerate(days)]
    found = list(findings(facts, policy.least_history, policy.most_history))
    return list(checks_of(ON_DAYS, found, policy, f"{len(judged)} days"))


def _on_columns(
    days: Sequence[Day], judged: Sequence[int], policy: DataGatePolicy, label: str
) -> list[Check]:
    columns = {name: [day.profile.columns[name] for day in days] for name in days[0].profile.columns}
    checks: list[Check] = []
    dates = [day.first for day in days]
    told = set()
    limits = policy.limits
    for change in changes(columns, judged, limits):
        name = LABEL_DRIFT if change.column == label else change.statistic
        told.add(name)
        reaction = policy.reaction_to_change(name, change.column, strong=change.strong, mild=change.mild)
        if reaction != "ignore":
            sentence = words.of_change(change, dates, columns[change.column])
            checks.append(
                Check(
                    name=name,
                    subject=change.column,
                    measured=change.measured,
                    threshold=max(limits.factor * change.usual, limits.floors[change.statistic]),
                    passed=False,
                    reason=sentence,
                    action=reaction,
                )
            )
    others = [name for name in ON_COLUMNS if name not in told]
    return [*checks, *checks_of(others, [], policy, f"{len(columns)} columns")]


def on_calendar(failed: Mapping[str, str], policy: DataGatePolicy) -> list[Check]:
    """Returns the checks on when the run was started.

    Args:
      failed: name of each check that failed to its sentence.
      policy: what each does.
    """
    found = [Finding(check, "window", 1.0, 0.0, sentence) for check, sentence in failed.items()]
    return list(checks_of(ON_CALENDAR, found, policy, "window"))
