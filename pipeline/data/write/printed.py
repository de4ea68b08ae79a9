"""The proposal as a person reads it: a table of columns, warnings, what is written. Pure Python."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Iterator, Mapping, Sequence

from components.evaluator.metric_table import BY_NAME
from components.shown import typed
from pipeline.data.infer.proposed import Proposed
from pipeline.data.profile.column_profile import ColumnProfile
from pipeline.data.propose.baseline import Score
from pipeline.data.propose.proposal import Proposal

WIDTH = 100
_WIDTHS = {"column": 20, "dtype": 7, "kind": 9, "role": 8, "empty": 6, "example": 16}


def table(columns: Sequence[Proposed], profiles: Sequence[ColumnProfile]) -> Iterator[str]:
    """Yields the lines of the table of columns."""
    by_name = {profile.name: profile for profile in profiles}
    yield _row([*_WIDTHS], "reason")
    for column in columns:
        yield from _lines_of(column, by_name[column.source])


def _lines_of(column: Proposed, profile: ColumnProfile) -> Iterator[str]:
    cells = [
        column.source,
        "-" if column.left_out else column.rule.dtype,
        "-" if column.left_out else column.kind,
        "left out" if column.left_out else column.role,
        _percent(profile),
        profile.examples[0] if profile.examples else "",
    ]
    named = "" if column.left_out or column.name == column.source else f"as {column.name}: "
    left = sum(_WIDTHS.values()) + len(_WIDTHS)
    reason = textwrap.wrap(named + column.reason, WIDTH - left) or [""]
    yield _row(cells, reason[0])
    for line in reason[1:]:
        yield " " * left + line


def _percent(profile: ColumnProfile) -> str:
    share = profile.null_share
    if share <= 0:
        return ""
    return "<0.1 %" if share < 0.001 else f"{share:.1%}".replace("%", " %") if share < 0.1 else f"{share:.0%}"


def _row(cells: Sequence[str], reason: str) -> str:
    fitted = [_fitted(cell, width) for cell, width in zip(cells, _WIDTHS.values(), strict=True)]
    return f"{' '.join(fitted)} {reason}".rstrip()


def _fitted(text: str, width: int) -> str:
    text = typed(text)
    return f"{text:<{width}}" if len(text) <= width else f"{text[: width - 1]}…"


def facts(proposal: Proposal) -> Iterator[str]:
    """Yields what the model will predict, and on which rows it is judged."""
    label, task = proposal.label, proposal.label.task
    if task.kind == "binary":
        positive = label.counts[task.classes[1]]
        share = positive / label.rows
        of_rows = f"{share:.1%} of {label.rows:,} rows"
        yield f"predicts  whether {label.column.source} is {task.classes[1]} ({of_rows})"
    elif task.kind == "multiclass":
        yield f"predicts  which of {len(task.classes)} classes {label.column.source} is"
    else:
        yield f"predicts  the number {label.column.source}"
    judged = f"judged on {proposal.eval_rows:,}: {_judges(proposal)}"
    yield f"trains    on about {proposal.train_rows:,} rows, {judged}"
    if proposal.baseline:
        yield from _scores(proposal.baseline.scores)


def _scores(scores: Mapping[str, Score]) -> Iterator[str]:
    width = max(map(len, scores), default=0)
    for number, (metric, score) in enumerate(scores.items()):
        reached = f"{_digits(score.value)} ± {_digits(score.error)} (prior {_digits(score.without)})"
        line = f"{'' if number else 'boosting':<10}{metric:<{width}}  {reached}: {BY_NAME[metric].meaning}"
        yield from textwrap.wrap(line, WIDTH, subsequent_indent=" " * 12)
    if scores:
        yield f"{'':<10}the prior answers the same to every row: the share of each class, or the mean"


def _digits(value: float) -> str:
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e12 else f"{value:.4g}"


def _judges(proposal: Proposal) -> str:
    calendar = proposal.calendar
    if calendar and not proposal.eval_fraction:
        return f"the last {calendar.eval_days} of {calendar.days} {calendar.grain}s"
    by = proposal.split_key or "equal features"
    return f"{proposal.eval_fraction:.0%} of the rows, by a hash of {by}"


def warnings(proposal: Proposal) -> Iterator[str]:
    """Yields the warnings, each wrapped."""
    for warning in proposal.warnings:
        first, *rest = textwrap.wrap(f"! {warning}", WIDTH)
        yield first
        yield from (f"  {line}" for line in rest)


def summary(spans: Mapping[dt.date, int], rows: int) -> str:
    """Returns how many spans hold how many rows."""
    return f"{len(spans):,} file{'s' if len(spans) != 1 else ''} with {rows:,} rows"
