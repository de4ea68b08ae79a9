"""Measures what the model gate refuses: equal models, and models that are worse by a known amount.

Champion and candidate are models of two seeds on the same 60 days, judged on the last 14 by base.yaml's gate.
Made exactly equal or worse, a candidate is the better of both with as much noise on its logits as that takes.
"Rows redrawn" draws as many rows as there are, with replacement; "days redrawn" draws 14 days: what another
fortnight would say.
"""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np

from benchmarks import gates_answers
from benchmarks.gates_data import Measured
from benchmarks.gates_models import LAST_DAYS, TASK, Window, noisy, probability, scaled, train
from components.evaluator import metrics
from components.evaluator.binary_metrics import auc
from components.evaluator.evidence import gather
from components.evaluator.paired import differences
from components.evaluator.paired_rule import not_worse
from components.evaluator.policy import OVERALL, ModelGatePolicy
from components.evaluator.rows import Answers, Rows
from components.evaluator.rule import judge
from components.gates.verdict import Verdict
from pipeline.config.load import load

CHANGED = 3  # seeds whose models are changed by a known amount; of those as they are, each pair is judged
Change = Callable[[Window, np.ndarray, np.random.Generator], np.ndarray]


@dataclasses.dataclass(frozen=True)
class Case:
    """A kind of candidate.

    Attributes:
      name: of the row in the table.
      change: logits [rows] of the window's model, and what becomes of them; None for the other seed as it is.
      most, least: share of the candidates that the whole gate may refuse, and has to; None for no promise.
      most_by_auc, least_by_auc: the same of the check of AUC against the champion, with rows redrawn.
    """

    name: str
    change: Change | None
    most: float | None = None
    least: float | None = None
    most_by_auc: float | None = None
    least_by_auc: float | None = None


def _worse(by: float) -> Change:
    def change(window: Window, logits: np.ndarray, random: np.random.Generator) -> np.ndarray:
        return noisy(window.labels, logits, auc(window.labels, logits) - by, random)

    return change


def _worse_on_a_carrier(window: Window, logits: np.ndarray, random: np.random.Generator) -> np.ndarray:
    rows = window.columns["carrier"] == "UA"
    changed = logits.copy()
    labels = window.labels[rows]
    changed[rows] = noisy(labels, logits[rows], auc(labels, logits[rows]) - 0.06, random)
    return changed


def _further_off(window: Window, logits: np.ndarray, _: np.random.Generator) -> np.ndarray:
    above = probability(logits).mean() > window.labels.mean()
    return scaled(logits, 1.5 if above else 1 / 1.5)


# Two seeds of a window differ by about 0.005 in AUC (standard deviation), some pairs by more than the margin:
# no test of these rows can pass them all and refuse 0.010.
CASES = (
    Case("another seed", None, most=0.08),
    Case("equal", _worse(0.0), most_by_auc=0.05),
    Case("AUC 0.005 worse", _worse(0.005)),
    Case("AUC 0.010 worse", _worse(0.010), least_by_auc=0.90),
    Case("AUC 0.020 worse", _worse(0.020), least=0.99, least_by_auc=0.99),
    Case("carrier UA 0.06 worse", _worse_on_a_carrier, least=0.90),
    Case("mean prediction 1.5 times further off", _further_off, least=0.99),
    Case("knows the label", lambda window, logits, _: logits + 4 * window.labels, least=0.99),
)


@dataclasses.dataclass
class Tally:
    """Of the candidates of one case: how many there were, and how many were refused, by what."""

    whole: list[bool] = dataclasses.field(default_factory=list)
    rows: list[bool] = dataclasses.field(default_factory=list)
    days: list[bool] = dataclasses.field(default_factory=list)
    by: dict[str, int] = dataclasses.field(default_factory=dict)


def verdict(
    window: Window, rows: np.ndarray, candidate: np.ndarray, champion: np.ndarray, policy: ModelGatePolicy
) -> Verdict:
    """Returns the gate's verdict on some rows of a window, from logits [rows of the window]."""
    columns = {name: values[rows] for name, values in window.columns.items()}
    labels, sides = window.labels[rows], [probability(each[rows]) for each in (candidate, champion)]
    ours, theirs = (metrics.by_slice(TASK.kind, labels, each, columns) for each in sides)
    answers = [Answers(each, 0.0, 0.0) for each in sides]
    prior = np.full(len(labels), window.prior)
    found = gather(TASK, policy, Rows(labels, columns), *answers, prior, window.days[rows])
    return judge(ours, theirs, policy, found)


def pairs(window: Window, case: Case, random: np.random.Generator) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yields logits of candidate and champion: of each seed and another, or of each two made equal."""
    if case.change is None:
        yield from itertools.permutations(window.logits, 2)
        return
    for two in itertools.combinations(window.logits[:CHANGED], 2):
        lower, better = sorted(two, key=lambda logits: auc(window.labels, logits))
        levelled = noisy(window.labels, better, auc(window.labels, lower), random)
        yield case.change(window, levelled, random), lower


def measure(window: Window, case: Case, policy: ModelGatePolicy, draws: int, tally: Tally) -> None:
    """Judges the candidates of a case on a window: on its rows, and on rows and days drawn anew."""
    random = np.random.default_rng(17)
    limits = (each for each in policy.thresholds if (each.metric, each.scope) == ("AUC", OVERALL))
    margin = next(limits).max_worse_than_champion or 0.0
    members = [np.flatnonzero(window.days == day) for day in np.unique(window.days)]
    for candidate, champion in pairs(window, case, random):
        found = verdict(window, np.arange(len(window.labels)), candidate, champion, policy)
        tally.whole.append(not found.passed)
        for name in {check.name for check in found.checks if check.closes}:
            tally.by[name] = tally.by.get(name, 0) + 1
        sides = probability(candidate), probability(champion)
        for _ in range(draws):
            rows = random.integers(0, len(window.labels), len(window.labels))
            days = np.concatenate([members[each] for each in random.integers(0, len(members), len(members))])
            for into, drawn in ((tally.rows, rows), (tally.days, days)):
                ours, theirs = (each[drawn] for each in sides)
                found = differences(TASK.kind, window.labels[drawn], ours, theirs, ["AUC"])["AUC"]
                into.append(not not_worse("AUC", OVERALL, found, margin).passed)


def table(tallies: dict[str, Tally]) -> str:
    """Returns the shares that were refused as a table in Markdown."""
    lines = [
        "| candidate | refused by the whole gate | by | AUC check, rows redrawn | AUC check, days redrawn |",
        "|---|---|---|---|---|",
    ]
    for name, tally in tallies.items():
        shares = [f"{np.mean(each):.1%}" if each else "-" for each in (tally.whole, tally.rows, tally.days)]
        why = sorted(tally.by.items(), key=lambda item: -item[1])
        by = ", ".join(f"{check} {times}" for check, times in why) or "-"
        lines.append(f"| {name} | {shares[0]} of {len(tally.whole)} | {by} | {shares[1]} | {shares[2]} |")
    return "\n".join(lines)


def broken(case: Case, tally: Tally) -> Iterator[str]:
    """Yields a sentence for each promise of a case that does not hold."""
    for what, found, most, least in (
        ("the whole gate", tally.whole, case.most, case.least),
        ("the check of AUC, rows redrawn,", tally.rows, case.most_by_auc, case.least_by_auc),
    ):
        share = float(np.mean(found)) if found else 0.0
        if most is not None and share > most:
            yield f"{case.name}: {what} refused {share:.1%}, promised are at most {most:.0%}"
        if least is not None and share < least:
            yield f"{case.name}: {what} refused {share:.1%}, promised are at least {least:.0%}"


def measure_all(windows: int = len(LAST_DAYS), draws: int = 10) -> Measured:
    """Trains models on windows of the year, and judges candidates of every case.

    Args:
      windows: how many of the year, evenly.
      draws: of rows and of days, for each pair of models.
    """
    from sample.flights import flights

    policy, year = load("local").model_gate, flights()
    tallies = {case.name: Tally() for case in CASES}
    answers = []
    for last_day in LAST_DAYS[:: max(1, len(LAST_DAYS) // windows)]:
        started = time.monotonic()
        after = gates_answers.next_weeks(year, datetime.date.fromisoformat(f"2013-{last_day}"))
        window = train(year, last_day, after)
        answers.append(gates_answers.told(window, policy.prediction_drift))
        trained = time.monotonic() - started
        for case in CASES:
            measure(window, case, policy, draws, tallies[case.name])
        took = time.monotonic() - started - trained
        print(f"window to {last_day}: {trained:.0f} s of training, {took:.0f} s of judging", file=sys.stderr)
    faults = [fault for case in CASES for fault in broken(case, tallies[case.name])]
    return Measured(f"{table(tallies)}\n\n{gates_answers.table(answers)}", tuple(faults))
