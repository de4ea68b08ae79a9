"""All that the gate checks about the days of a window, as checks of its verdict."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from components.data_gate import words
from components.data_gate.baseline import Baseline
from components.data_gate.changes_rule import changes, natural_range
from components.data_gate.day_facts import Finding
from components.data_gate.day_profile import DayProfile
from components.data_gate.days_rule import findings
from components.data_gate.drift_rule import drifts
from components.data_gate.facts import facts_of
from components.data_gate.policy import DataGatePolicy
from components.gates.data_checks import (
    DRIFT,
    LABEL_DRIFT,
    ON_CALENDAR,
    ON_COLUMNS,
    ON_DAYS,
    SKEW,
)
from components.gates.verdict import Check
from monitoring.profiles import BETWEEN, Profile, merged


@dataclasses.dataclass(frozen=True)
class Day:
    """One span of the window.

    Attributes:
      first, last: the days that it may hold rows of.
      evaluates: whether all of its rows are for evaluation.
      read: rows that the source has.
      refused: reason to rows left out.
      profile: of the rows kept.
    """

    first: dt.date
    last: dt.date
    evaluates: bool
    read: int
    refused: Mapping[str, int]
    profile: DayProfile


@dataclasses.dataclass(frozen=True)
class Judged:
    """What was found.

    Attributes:
      checks: for the verdict.
      notes: what was not judged, and why.
    """

    checks: tuple[Check, ...]
    notes: tuple[str, ...]


def baseline_of(days: Sequence[Day]) -> Baseline:
    """Returns what a later run compares its window with."""
    names = [name for name in days[0].profile.columns if BETWEEN not in name]
    columns = {name: [day.profile.columns[name] for day in days] for name in names}
    return Baseline(
        days={day.first.isoformat(): day.profile.digest for day in days},
        columns={name: merged(profiles) for name, profiles in columns.items()},
        ranges={name: natural_range(profiles) for name, profiles in columns.items()},
    )


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
    if baseline is None and not why_no_baseline:
        notes.append("drift was not judged, as there is no champion yet")
    checks += _on_drift(days, policy, label, baseline, why_no_baseline)
    if requests is not None:
        checks += _on_skew(days, policy, requests)
    elif why_no_requests:
        checks += _not_judged((SKEW,), why_no_requests, policy)
    return Judged(tuple(checks), tuple(notes))


def _judged(days: Sequence[Day], newest: int, baseline: Baseline | None) -> list[int]:
    seen = baseline.days if baseline else {}
    return [
        position
        for position, day in enumerate(days)
        if position >= len(days) - newest or seen.get(day.first.isoformat()) != day.profile.digest
    ]


def _on_days(days: Sequence[Day], judged: Sequence[int], policy: DataGatePolicy, label: str) -> list[Check]:
    facts = [
        facts_of(
            day.first,
            day.last,
            day.profile,
            read=day.read,
            refused=day.refused,
            label=label,
            evaluates=day.evaluates,
            judged=position in set(judged),
        )
        for position, day in enumerate(days)
    ]
    found = list(findings(facts, policy.least_history, policy.most_history))
    return list(_checks(ON_DAYS, found, policy, f"{len(judged)} days"))


def _on_columns(
    days: Sequence[Day], judged: Sequence[int], policy: DataGatePolicy, label: str
) -> list[Check]:
    columns = {
        name: [day.profile.columns[name] for day in days] for name in days[0].profile.columns if name != label
    }
    checks = []
    dates = [day.first for day in days]
    told = set()
    for change in changes(columns, judged, policy.limits):
        told.add(change.statistic)
        reaction = policy.reaction_to_change(change.statistic, change.column, change.times)
        if reaction != "ignore":
            sentence = words.of_change(change, dates, columns[change.column])
            checks.append(
                Check(
                    name=change.statistic,
                    subject=change.column,
                    measured=change.measured,
                    threshold=change.measured / change.times * policy.factor,
                    passed=False,
                    reason=sentence,
                    action=reaction,
                )
            )
    others = [name for name in ON_COLUMNS if name not in told]
    return [*checks, *_checks(others, [], policy, f"{len(columns)} columns")]


def _on_drift(
    days: Sequence[Day],
    policy: DataGatePolicy,
    label: str,
    baseline: Baseline | None,
    why_no_baseline: str,
) -> Iterator[Check]:
    if baseline is None:
        if why_no_baseline:
            yield from _not_judged((DRIFT, LABEL_DRIFT), why_no_baseline, policy)
        return
    new = [day for day in days if day.first.isoformat() not in baseline.days]
    if not new:
        yield from _checks((DRIFT, LABEL_DRIFT), [], policy, "no new days")
        return
    columns = {
        name: merged([day.profile.columns[name] for day in new])
        for name in days[0].profile.columns
        if BETWEEN not in name
    }
    what, beside = f"{new[0].first} … {new[-1].last}", f"the champion's window, {baseline.span}"
    found: dict[str, list[Finding]] = {DRIFT: [], LABEL_DRIFT: []}
    for drift in drifts(columns, baseline, policy.floors.distribution):
        check = LABEL_DRIFT if drift.column == label else DRIFT
        sentence = words.of_drift(drift, columns[drift.column], baseline.columns[drift.column], what, beside)
        found[check].append(Finding(check, drift.column, drift.measured, drift.threshold, sentence))
    for check, each in found.items():
        yield from _checks((check,), each, policy, what)


def _on_skew(days: Sequence[Day], policy: DataGatePolicy, requests: DayProfile) -> Iterator[Check]:
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
            words.of_drift(
                drift, asked[drift.column], trained.columns[drift.column], "the requests", "the window"
            ),
        )
        for drift in drifts(asked, trained, policy.floors.distribution)
    ]
    yield from _checks((SKEW,), found, policy, f"{requests.rows:,} requests")


def on_calendar(failed: Mapping[str, str], policy: DataGatePolicy) -> list[Check]:
    """Returns the checks on when the run was started.

    Args:
      failed: name of each check that failed to its sentence.
      policy: what each does.
    """
    found = [Finding(check, "window", 1.0, 0.0, sentence) for check, sentence in failed.items()]
    return list(_checks(ON_CALENDAR, found, policy, "window"))


def _checks(
    names: Sequence[str], found: Sequence[Finding], policy: DataGatePolicy, all_of: str
) -> Iterator[Check]:
    """Yields a failed check for each finding, and a passed one for each check that found nothing."""
    for name in names:
        mine = [each for each in found if each.check == name]
        for each in mine:
            reaction = policy.reaction(name, each.subject)
            if reaction != "ignore":
                yield Check(
                    name, each.subject, each.measured, each.threshold, False, each.sentence, action=reaction
                )
        if not mine and policy.reaction(name) != "ignore":
            yield Check(name, all_of, 0, None, True, "")


def _not_judged(names: Sequence[str], why: str, policy: DataGatePolicy) -> Iterator[Check]:
    for name in names:
        reaction = policy.reaction(name)
        if reaction != "ignore":
            yield Check(name, "window", None, None, False, f"{name} was not judged: {why}", action=reaction)
