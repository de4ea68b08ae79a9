"""Columns that are left out: as somebody says, as they say the same as another, as they know the answer."""

from __future__ import annotations

from collections.abc import Sequence

from components.did_you_mean import did_you_mean
from components.shown import shown
from pipeline.data.infer.label import Label
from pipeline.data.infer.proposed import Proposed
from pipeline.data.propose import frame, leaks, repeats
from pipeline.data.propose.questions import NONE, Answers, Asks, Question
from pipeline.errors import ConfigError


def check_headers(answers: Answers, headers: Sequence[str]) -> None:
    """Raises ConfigError where an answer names a column that is not there."""
    named = [("--keep", each) for each in answers.keep] + [
        ("--leave-out", each) for each in answers.leave_out
    ]
    named += [("--date", answers.date), ("--split-key", answers.split_key)]  # type: ignore[list-item]
    for option, header in named:
        if header not in (None, NONE, *headers):
            hint = did_you_mean(header, headers)
            raise ConfigError(f"{option} {shown(header)}: there is no such column{hint}")


def as_told(column: Proposed, answers: Answers) -> Proposed:
    """Returns a feature left out or kept, where an answer says so."""
    if column.role == "label":
        return column
    if column.source in answers.leave_out:
        return column.dropped("as you said")
    if column.source in answers.keep:
        return column.changed(left_out=False, reason=f"{column.reason}; kept, as you said")
    return column


def without_equal(sample: frame.Frame, columns: list[Proposed], answers: Answers) -> list[Proposed]:
    """Returns the columns, of those that say the same in every row all but one left out."""
    features = [column for column in columns if column.role == "feature" and not column.left_out]
    equal = repeats.equal_columns(sample, features)
    sources = {column.name: column.source for column in columns}
    return [
        column.dropped(f"says the same as {sources[equal[column.name]]} in every row")
        if column.name in equal and column.source not in answers.keep
        else column
        for column in columns
    ]


def without_leaks(
    sample: frame.Frame, columns: list[Proposed], found: Label, answers: Answers, asks: Asks
) -> tuple[list[Proposed], list[str]]:
    """Returns the columns without those that alone predict the label, and warnings on what nearly does."""
    left = [column.name for column in columns if column.left_out or column.role != "feature"]
    warnings, dropped = [], {}
    by_name = {column.name: column for column in columns}
    for leak in leaks.find(sample.without(left), len(found.task.classes)):
        source = by_name[leak.column].source
        alone = f"alone predicts the label with {leak.metric} {leak.score:.3f}"
        if source in answers.keep:
            continue
        if not leak.is_certain:
            warnings.append(f"{source} {alone}; if it is only known afterwards: --leave-out {shown(source)}")
            continue
        question = Question(
            f"{shown(source)} {alone}, which is too good to be known beforehand; leave it out?",
            ("leave out", "keep"),
            (f"--leave-out {shown(source)}", f"--keep {shown(source)}"),
            (source,),
        )
        if asks.answer(question) == "leave out":
            dropped[leak.column] = f"a leak: it {alone}"
    changed = [
        column.dropped(dropped[column.name]) if column.name in dropped else column for column in columns
    ]
    return changed, warnings
