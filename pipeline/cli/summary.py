"""What a person reads at the end of a run."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from components.evaluator.metric_table import SUMMARISED
from components.shown import shown
from pipeline.cli.overridden import closes, let_through, to_copy, unused
from pipeline.cli.run_values import read_metrics, read_verdicts, row_counts
from pipeline.lineage.events import State
from pipeline.lineage.runs import FAILED, Run
from pipeline.spans.left_out import name_days
from pipeline.stages import RELEASE, STAGES

if TYPE_CHECKING:
    from pipeline.retrain import Outcome

# Gates that are shown, and the section of the configuration that holds their thresholds.
GATES = {stage.gate: stage.section for stage in STAGES if stage.section}


_WORSE = "worse than champion by at most"  # what is measured is the upper end of what may be
_MOST_FAILED = 10  # checks of a gate that the summary gives the sentence of
_MOST_EXTRA = 5  # columns that the summary names
_STANDING = {
    State.CANDIDATE: "registered; it serves once it is approved",
    State.SHADOW: "in the shadow stage of a rollout (`evergreen rollout status`)",
    State.CANARY: "in a canary stage of a rollout (`evergreen rollout status`)",
    State.RETIRED: "retired: another version serves",
    State.WITHDRAWN: "withdrawn: this launch makes the same model, which does not serve again by itself",
    State.QUARANTINED: "quarantined: this launch makes the same model, which does not serve again by itself",
}
# The line that offers what a person may do about such a version.
_OFFERS = {
    State.CANDIDATE: ("approve", ""),
    State.RETIRED: ("restore", ""),
    State.WITHDRAWN: ("restore", ""),
    State.QUARANTINED: ("restore", " --allow-quarantined"),
}
# From so small to so large numbers are written out.
_SMALL, _LARGE, _HUGE = 1e-3, 1e4, 1e15


def after_run(outcome: Outcome) -> Iterator[str]:
    """Yields how a run ended: window, rows, gates, metrics, version, where it was pushed, what to do next."""
    run = outcome.run
    yield ""
    if outcome.repeated:
        yield f"nothing to do: run {run.id} has done this launch ({run.state}); no stage was started"
    yield f"run       {run.id}  {run.state}"
    yield f"window    {_window(run)}"
    yield from outcome.notes
    yield from _rows(run)
    yield from _gates(run)
    yield from _metrics(run)
    yield from _ending(outcome)


def _window(run: Run) -> str:
    days = run.window
    if not days:
        return "unknown"
    if split := days.get("split"):
        share = f"{split['eval_fraction']:.0%} of the rows to evaluate, by a hash"
        return f"{days['train_first']} … {days['eval_last']}, {share}"
    return (
        f"train {days['train_first']} … {days['train_last']}, eval {days['eval_first']} … {days['eval_last']}"
    )


def _rows(run: Run) -> Iterator[str]:
    counts = row_counts(run)
    if counts:
        reasons = ", ".join(f"{why}: {rows:,}" for why, rows in counts["refused_by_reason"].items())
        yield (
            f"rows      {counts['rows_read']:,} read, {counts['rows_kept']:,} kept "
            f"({counts['rows_train']:,} train, {counts['rows_eval']:,} eval), "
            f"{counts['rows_refused']:,} refused ({reasons})"
        )
        if counts["decimals"]:
            yield f"{'':<10}{counts['decimals']:,} values such as 12.0 were read as whole numbers"
        if counts["unlabelled_days"]:
            days = name_days(map(dt.date.fromisoformat, counts["unlabelled_days"]))
            yield f"no label  {days}: no row of these days has a label, so they add nothing"
        yield from _extra(counts["extra_columns"])


def _extra(columns: Mapping[str, list[str]]) -> Iterator[str]:
    """Yields the first columns that spans have and that are not read."""
    for name, days in [*columns.items()][:_MOST_EXTRA]:
        yield (
            f"warning   column {shown(name)} of {name_days(map(dt.date.fromisoformat, days))} is not in "
            "trainer/columns.yaml, and was ignored"
        )
    if len(columns) > _MOST_EXTRA:
        yield f"{'':<10}and {len(columns) - _MOST_EXTRA} more columns like this"
    if columns:
        yield f"{'':<10}`evergreen schema propose` says what they are, and adds them on request"


def _gates(run: Run) -> Iterator[str]:
    """Yields the three gates and what they measured; the release record only repeats them."""
    for verdict in read_verdicts(run):
        if verdict["gate"] not in GATES:
            continue
        yield from _answer(verdict, run.id)
        seen = [check for check in verdict["checks"] if _is_shown(verdict, check)]
        for check in seen:
            measured, limit = _number(check["measured"]), _number(check["threshold"])
            name = check["name"].replace(_WORSE, f"{_WORSE.removesuffix('by at most')}by, for sure, at most")
            what = f"{check['subject']}: {name} {limit}"
            yield f"{'':<20}{measured:>10}  {what}"
        if seen and (more := sum(check["passed"] for check in verdict["checks"] if check not in seen)):
            yield f"{'':<20}{'':>10}  and {more} more that passed"
        if any(closes(check) and check["threshold"] is not None for check in verdict["checks"]):
            section = GATES[verdict["gate"]]
            yield f"{'':<20}to change the limit or what it does: `{section}` in base.yaml (docs/gates.md)"
        yield from _overrides(verdict)
    yield from unused(run.launch.get("overrides", ""), read_verdicts(run))


def _answer(verdict: Mapping[str, Any], run_id: str) -> Iterator[str]:
    """Yields whether a gate opened, and a line for each check that failed and each note."""
    answer = "passed" if verdict["passed"] else "CLOSED"
    failed = [check for check in verdict["checks"] if not check["passed"]]
    if not failed:
        yield f"gate      {verdict['gate']:<8} {answer}  {verdict['reason']}"
        return
    stops, everything = sum(map(closes, failed)), len(verdict["checks"])
    count = (
        f"{stops} of {everything} checks failed"
        if stops
        else f"{everything - len(failed)} of {everything} passed"
    )
    yield f"gate      {verdict['gate']:<8} {answer}  {count}"
    for check in sorted(failed, key=closes, reverse=True)[:_MOST_FAILED]:
        kind = "stop" if closes(check) else "overridden" if check.get("overridden") else "warning"
        yield f"  {kind:<17} {check['reason']}"
    if len(failed) > _MOST_FAILED:
        yield f"{'':<20}and {len(failed) - _MOST_FAILED} more; `evergreen lineage {run_id} --json` has all"
    for note in verdict.get("notes", ()):
        yield f"  {'note':<17} {note}"


def _overrides(verdict: Mapping[str, Any]) -> Iterator[str]:
    """Yields the checks that a person lets fail, and how to let those fail that closed the gate."""
    for each in let_through([verdict]):
        yield f"{'':<20}overridden: {each['check']} of {each['subject']}: {each['why']}"
    lines = [*to_copy(verdict)]
    if lines:
        yield f"{'':<20}to let it pass once it is understood, under `overrides:` of base.yaml:"
        yield from (f"{'':<22}{line}" for line in lines)


def _is_shown(verdict: Mapping[str, Any], check: Mapping[str, Any]) -> bool:
    """Returns whether a check is shown with its figures: if it passed, is of no slice, and is a limit."""
    is_overall = verdict["gate"] != "model" or check["subject"] == "overall"
    is_limit = check["name"].endswith(("at least", "at most")) or verdict["gate"] != "model"
    return check["threshold"] is not None and check["passed"] and is_overall and is_limit


def _metrics(run: Run) -> Iterator[str]:
    metrics = read_metrics(run)
    if not metrics:
        return
    sides = [side for side in ("candidate", "champion", "prior") if side in metrics]
    names = [name for name in SUMMARISED if any(name in metrics[side]["overall"] for side in sides)]
    width = max(map(len, names), default=0) + 4
    rows = {name: [_number(metrics[side]["overall"].get(name)) for side in sides] for name in names}
    longest = max((len(value) for values in rows.values() for value in values), default=0)
    column = max(12, longest + 2)
    yield f"metrics   {'':<{width}}" + "".join(f"{side:>{column}}" for side in sides)
    for name, values in rows.items():
        yield f"          {name:<{width}}" + "".join(f"{value:>{column}}" for value in values)


def _ending(outcome: Outcome) -> Iterator[str]:
    run = outcome.run
    record = run.output(RELEASE.name, "release")
    if run.released and record and outcome.state:
        place = _short(record.properties["pushed_destination"])
        command, chosen = _short(sys.argv[0]), _chosen(sys.argv[2:])
        if outcome.state is State.LIVE:
            yield f"released  version {run.released} in {place}"
            yield f"serve it  {command} serve{chosen}"
            return
        if outcome.after_rollout_of:
            yield f"version   {run.released} in {place}, registered; {_after(outcome.after_rollout_of)}"
            return
        yield f"version   {run.released} in {place}, {_STANDING[outcome.state]}"
        if outcome.state in _OFFERS:
            verb, option = _OFFERS[outcome.state]
            yield f"{verb}   {command} models {verb} {run.released} --reason TEXT{option}{chosen}"
        return
    if run.state == FAILED:
        yield f"failed    {run.error}"
    yield f"log       {_short(str(outcome.log))}"


def _after(rolling: str) -> str:
    after = f"after the rollout of {rolling}, or in its place (rollout.on_newer)"
    return f"`evergreen rollout run` rolls it out {after}"


def _chosen(arguments: list[str]) -> str:
    """Returns the options of this command that choose the configuration, as a shell reads them."""
    chosen = ""
    for option, value in itertools.pairwise(arguments):
        if option in ("--config", "--set"):
            chosen += f" {option} {shlex.quote(value)}"
    return chosen


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    size = abs(value)
    if size >= _HUGE:
        return f"{value:.4g}"
    if size >= _LARGE or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:.4g}" if size >= _SMALL else f"{value:.4f}"


def _short(path: str) -> str:
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative
