"""Measures how often the guards of a rollout alarm falsely, and how soon they find a planted fault.

Command:  python -m benchmarks.rollouts [--rollouts N]
Takes:    about six minutes on two cores
Result:   the tables in docs/rollouts.md; exits with 1 if more than 1 % of equal models are turned back, or a
          fault is missed
"""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is imported

import argparse
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.marked_part import replaced
from benchmarks.rollout_simulation import (
    CANARY_STAGES,
    USUAL,
    Outcome,
    Traffic,
    day_of_turning_back,
    labelled_days,
    rollout,
    turned_back_by_z,
)
from serving.rollout.step_rule import Kind

PAGE = Path(__file__).parents[1] / "docs" / "rollouts.md"
START, END = "<!-- bench-rollouts -->", "<!-- /bench-rollouts -->"
MOST_FALSE = 0.01
EQUAL = {
    "errors 0.1 %": Traffic(),
    "errors 1 %": Traffic({**USUAL, "errors": 0.01}, {**USUAL, "errors": 0.01}),
    "errors 0.1 %, a look in 20 has 30 times as many": Traffic(bursts=0.05),
}
# What befalls the candidate, the guard that finds it, and requests between two looks.
FAULTS = {
    "answers NaN": (Traffic(candidate={**USUAL, "answers": 1.0}), "answers", 5),
    "3 times slower": (Traffic(candidate={**USUAL, "slow": 1.0}), "slow", 5),
    "errors 0.1 → 2.1 %": (Traffic(candidate={**USUAL, "errors": 0.021}), "errors", 20),
    "errors 1 → 3 %": (EQUAL["errors 1 %"].with_candidate(errors=0.03), "errors", 20),
    "predictions shifted 0.1 sd": (Traffic(shift=0.1), "predictions", 50),
    "predictions shifted 0.2 sd": (Traffic(shift=0.2), "predictions", 50),
}
DAYS = {"AUC −0.02, answers correlate 0.9": (0.02, 0.9), "AUC −0.02, answers correlate 0.7": (0.02, 0.7)}


def false_alarms(count: int, random: np.random.Generator) -> tuple[list[str], list[str]]:
    """Returns the lines of a table, and what does not hold."""
    lines = ["| both models have | turned back by the guards | by a z-test at each look |", "|---|---|---|"]
    broken = []
    for name, traffic in EQUAL.items():
        back = sum(rollout(traffic, random).decision.kind is Kind.TURN_BACK for _ in range(count)) / count
        by_z = turned_back_by_z(traffic, count, random)
        lines.append(f"| {name} | {back:.1%} | {by_z:.1%} |")
        if back > MOST_FALSE:
            broken.append(f"{back:.1%} of equal models with {name} were turned back")
    return lines, broken


def detection(count: int, random: np.random.Generator) -> tuple[list[str], list[str]]:
    """Returns the lines of a table, and what does not hold."""
    lines = [
        "| the candidate | guard | found | requests until back | of them the candidate's |",
        "|---|---|---|---|---|",
    ]
    broken = []
    for name, (traffic, guard, every) in FAULTS.items():
        outcomes = [rollout(traffic, random, every=every) for _ in range(count)]
        found = [each for each in outcomes if each.decision.guard == guard]
        lines.append(f"| {name} | {guard} | {len(found) / count:.0%} | {_requests(found)} |")
        if len(found) < count:
            broken.append(f"{name}: {count - len(found)} of {count} were not found by {guard}")
    return lines, broken


def losses(count: int, random: np.random.Generator) -> tuple[list[str], list[str]]:
    """Returns the lines of a table, and what does not hold."""
    lines = [
        "| the candidate, 5,000 labels a day | found in 14 days | day (median; 9 of 10) |",
        "|---|---|---|",
    ]
    broken = []
    for name, (loss, correlation) in {**DAYS, "AUC as the champion's": (0.0, 0.9)}.items():
        days = [
            day_of_turning_back(labelled_days(loss, random, correlation=correlation)) for _ in range(count)
        ]
        found = sorted(each for each in days if each)
        when = f"{statistics.median(found):g}; {found[len(found) * 9 // 10]}" if loss else "–"
        lines.append(f"| {name} | {len(found) / count:.0%} | {when} |")
        if (loss and len(found) < 0.95 * count) or (not loss and len(found) > MOST_FALSE * count):
            broken.append(f"{name}: {len(found)} of {count} were turned back")
    return lines, broken


def _requests(found: Sequence[Outcome]) -> str:
    requests = sorted(each.requests for each in found)
    asked = statistics.median(each.asked for each in found)
    nine_of_ten = requests[len(requests) * 9 // 10]
    return f"{statistics.median(requests):,.0f}; 9 of 10 within {nine_of_ten:,} | {asked:,.0f}"


def main() -> int:
    """Writes the tables, and prints what does not hold of what is promised."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--rollouts", type=int, default=1_000, help="simulated of each kind")
    count = parser.parse_args().rollouts
    random = np.random.default_rng(17)
    stages = ", ".join(f"{each.share:.0%}" for each in CANARY_STAGES)
    head = (
        f"{count:,} simulated rollouts of equal models, 90,000 requests each in stages of {stages}, a look "
        "each 500:"
    )
    parts = [
        false_alarms(count, random),
        detection(max(count // 5, 1), random),
        losses(max(count // 10, 1), random),
    ]
    tables = "\n\n".join("\n".join(lines) for lines, _ in parts)
    PAGE.write_text(
        replaced(PAGE.read_text(encoding="utf-8"), START, END, f"\n{head}\n\n{tables}\n"), encoding="utf-8"
    )
    broken = [each for _, faults in parts for each in faults]
    print(tables, *broken, sep="\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
