"""The checks that compare the window with the champion's, and requests with the window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from components.data_gate.baseline import baseline_of
from components.data_gate.day import Day
from components.data_gate.day_facts import Finding
from components.data_gate.day_profile import DayProfile
from components.data_gate.findings import checks_of, not_judged
from components.data_gate.policy import DataGatePolicy
from components.gates.data_checks import DRIFT, LABEL_DRIFT, SKEW
from components.gates.verdict import Check
from monitoring.baseline import Baseline
from monitoring.crosses import BETWEEN
from monitoring.drift_rule import drifts
from monitoring.drift_words import of_drift
from monitoring.profiles import Profile, merged


def on_drift(
    days: Sequence[Day],
    policy: DataGatePolicy,
    label: str,
    baseline: Baseline | None,
    why_no_baseline: str,
) -> Iterator[Check]:
    """Yields the checks on drift: of each column, and of the label.

    Args:
      days: of the window, in order of time; compared are those that the baseline does not have, the newest
        three at least.
      policy: the limits, and what each check does.
      label: column of the label.
      baseline: of the champion's window; None if there is none.
      why_no_baseline: why not, if there is a champion all the same; then the checks fail.
    """
    if baseline is None:
        if why_no_baseline:
            yield from not_judged((DRIFT, LABEL_DRIFT), why_no_baseline, policy)
        return
    new = [day for day in days if baseline.days.get(day.first.isoformat()) != day.profile.identity]
    if not new:
        yield from checks_of((DRIFT, LABEL_DRIFT), [], policy, "no new days")
        return
    new = days[-max(len(new), policy.newest_days) :]  # one day alone is weather
    columns = {
        name: merged([day.profile.columns[name] for day in new])
        for name in days[0].profile.columns
        if BETWEEN not in name
    }
    what, beside = f"{new[0].first} … {new[-1].last}", f"the champion's window, {baseline.span}"
    found: dict[str, list[Finding]] = {DRIFT: [], LABEL_DRIFT: []}
    for drift in drifts(columns, baseline, policy.floors.distribution):
        check = LABEL_DRIFT if drift.column == label else DRIFT
        sentence = of_drift(drift, columns[drift.column], baseline.columns[drift.column], what, beside)
        found[check].append(Finding(check, drift.column, drift.measured, drift.threshold, sentence))
    for check, each in found.items():
        yield from checks_of((check,), each, policy, what)


def on_skew(days: Sequence[Day], policy: DataGatePolicy, requests: DayProfile) -> Iterator[Check]:
    """Yields the checks on skew: of each column that requests hold, beside the rows of the window."""
    trained = baseline_of(days)
    asked: dict[str, Profile] = {
        name: profile
        for name, profile in requests.columns.items()
        if BETWEEN not in name and profile.rows > profile.nulls
    }
    found = [
        Finding(
            SKEW,
            drift.column,
            drift.measured,
            drift.threshold,
            of_drift(drift, asked[drift.column], trained.columns[drift.column], "the requests", "the window"),
        )
        for drift in drifts(asked, trained, policy.floors.distribution)
    ]
    yield from checks_of((SKEW,), found, policy, f"{requests.rows:,} requests")
