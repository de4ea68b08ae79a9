"""The proposal: what a table's columns are and how it is trained on, before anything is written."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np

from components.shown import shown
from components.spans.grain import GrainName
from pipeline.data.convert.cells import CellError
from pipeline.data.infer import date_forms, label, mixed_marks, odd_days
from pipeline.data.infer.label import Label
from pipeline.data.infer.proposed import Proposed
from pipeline.data.infer.survey import Survey
from pipeline.data.profile.column_profile import ColumnProfile
from pipeline.data.propose import (
    afterwards,
    contradictions,
    frame,
    labelled_rows,
    owners,
    repeats,
    training_rule,
)
from pipeline.data.propose.baseline import Baseline, fit
from pipeline.data.propose.calendar_rule import Calendar
from pipeline.data.propose.doubts import doubts_of
from pipeline.data.propose.gates_rule import Limit, limits
from pipeline.data.propose.left_out import as_told, check_headers, without_equal, without_leaks
from pipeline.data.propose.questions import NONE, Answers, Asks, Question
from pipeline.data.propose.row_day import with_day
from pipeline.data.propose.split import split, with_key
from pipeline.data.propose.training_rule import ClassWeights, TrainingNumbers
from pipeline.data.rules.import_rules import ColumnRule
from pipeline.errors import DataError


@dataclasses.dataclass(frozen=True)
class Proposal:
    """All that init would write.

    Attributes:
      columns: of the raw file in its order, those left out among them; and of a timestamp that is the row's
        time, its day.
      label: with its task.
      calendar: how rows are cut into spans; None for an undated table.
      eval_fraction: share of the rows that judge, by a hash; 0 for the last spans.
      split_key: name of the column that rows are split by; None.
      spread_copies: whether copies of a row are spread.
      train_rows, eval_rows: about, of the window, with a label.
      fewest_of_a_class: rows of the sample, on the side that has fewest; 0 where the label is a number.
      training, class_weights, limits: numbers of the configuration.
      baseline: what they come from; None if none could be fitted.
      warnings: sentences for the user.
    """

    columns: tuple[Proposed, ...]
    label: Label
    calendar: Calendar | None
    eval_fraction: float
    split_key: str | None
    spread_copies: bool
    train_rows: int
    eval_rows: int
    fewest_of_a_class: int
    training: TrainingNumbers
    class_weights: ClassWeights
    limits: tuple[Limit, ...]
    baseline: Baseline | None
    warnings: tuple[str, ...]

    @property
    def kept(self) -> tuple[Proposed, ...]:
        """The columns that spans have."""
        return tuple(column for column in self.columns if not column.left_out)

    @property
    def date(self) -> Proposed | None:
        """The column of the row's day."""
        return next((column for column in self.kept if column.role == "date"), None)

    @property
    def grain(self) -> GrainName:
        """How much a span holds."""
        return self.calendar.grain if self.calendar else "file"


def propose(survey: Survey, wanted: str, answers: Answers, asks: Asks, today: dt.date) -> Proposal:
    """Returns what would be written for a table.

    Args:
      survey: of the table.
      wanted: the label's column.
      answers: of the command line.
      asks: who is asked what they leave open.
      today: decides the century of two-digit years.

    Raises:
      ConfigError: an answer names what is not there.
      DataError: the table cannot be learned from; one line that says why.
    """
    if len(survey.profiles) < 2:
        raise DataError(
            "the table has one column; expected a label and at least one column to predict it from"
        )
    columns = [*_columns(survey, answers, asks, today)]
    position = label.find(survey.profiles, columns, wanted)
    contradictions.refuse(answers, columns[position].source)
    found = _label(survey.profiles[position], columns[position], answers, asks)
    columns[position] = found.column
    headers = [profile.name for profile in survey.profiles]
    check_headers(answers, headers)
    columns = [as_told(column, answers) for column in columns]
    columns, calendar = with_day(survey, columns, answers, asks)
    columns = with_key(survey, columns, answers)
    return _finished(survey, columns, found, calendar, answers, asks)


def _columns(survey: Survey, answers: Answers, asks: Asks, today: dt.date) -> tuple[Proposed, ...]:
    columns = survey.proposals(answers.order, today)
    open_ones = [column for column in columns if column.dates and column.dates.is_open]
    if not open_ones:
        return columns
    example = next(p.examples[0] for p in survey.profiles if p.name == open_ones[0].source)
    question = Question(
        f"{', '.join(shown(column.source) for column in open_ones)}: no value tells whether day or month "
        f"comes first, as in {example}; which?",
        ("day", "month"),
        ("--day-first", "--month-first"),
        tuple(column.source for column in open_ones),
    )
    order: date_forms.Order = "day" if asks.answer(question) == "day" else "month"
    return survey.proposals(order, today)


def _label(profile: ColumnProfile, feature: Proposed, answers: Answers, asks: Asks) -> Label:
    found = label.label_of(profile, feature)
    if answers.positive is not None:
        return found.with_positive(answers.positive)
    if not found.open_positive:
        return found
    other, positive = map(str, found.task.classes)
    question = Question(
        f"which class of {shown(profile.name)} is the positive one, whose probability is predicted?",
        (positive, other),
        (f"--positive {positive}", f"--positive {other}"),
        (profile.name,),
    )
    return found.with_positive(asks.answer(question))


def _finished(
    survey: Survey,
    columns: list[Proposed],
    found: Label,
    calendar: Calendar | None,
    answers: Answers,
    asks: Asks,
) -> Proposal:
    warnings = [
        f"{column.source}: {each}" for column in columns if not column.left_out for each in column.warnings
    ]
    warnings += mixed_marks.warnings_of(columns)
    date = next((column for column in columns if column.role == "date"), None)
    key = next((column for column in columns if column.role == "key" and not column.left_out), None)
    sample = _frame(survey, columns, found, date.rule if date else None, key)
    columns = without_equal(sample, columns, answers)
    columns, about_leaks = without_leaks(sample, columns, found, answers, asks)
    warnings += about_leaks
    sample = sample.without([column.name for column in columns if column.left_out])
    warnings += afterwards.never_before(sample, columns)
    sample = afterwards.of_the_model(sample, columns)
    if not sample.values.shape[1]:
        raise DataError(
            "no column is left to predict the label from; keep one that was left out, with --keep COLUMN"
        )
    spread = calendar is None and key is None and repeats.copies_are_the_rule(sample)
    eval_fraction, is_eval = split(sample, found, calendar, spread=spread)
    if calendar and eval_fraction:
        warnings.append("the last spans lack a class, so a share of all rows judges, and not the newest days")
    profiles = {profile.name: profile for profile in survey.profiles}
    if eval_fraction and key is None and answers.split_key is None:
        warnings += owners.on_both_sides(profiles, columns)
    if calendar is None and answers.date != NONE:
        warnings += odd_days.undated(profiles, columns, with_few_days=True)
    baseline = fit(sample, found.task, is_eval)
    warnings += doubts_of(found, baseline, survey, spread=spread)
    train_rows, eval_rows = labelled_rows.in_window(sample, found, survey.rows, calendar, eval_fraction)
    weights = training_rule.class_weights(len(found.task.classes), found.rarest, found.rows)
    scores = {m: (s.value, s.error, s.without) for m, s in baseline.scores.items()} if baseline else {}
    return Proposal(
        columns=tuple(columns),
        label=found,
        calendar=calendar,
        eval_fraction=eval_fraction,
        split_key=key.name if key and eval_fraction else None,
        spread_copies=spread,
        train_rows=train_rows,
        eval_rows=eval_rows,
        fewest_of_a_class=0 if found.task.kind == "regression" else _fewest(sample.label, is_eval, found),
        training=training_rule.numbers(train_rows, sample.values.shape[1]),
        class_weights=weights,
        limits=limits(scores, weighted=weights == "balanced"),
        baseline=baseline,
        warnings=tuple(warnings),
    )


def _fewest(ids: np.ndarray, is_eval: np.ndarray, found: Label) -> int:
    """Returns the rows of the class that has fewest, among those that train or among those that judge."""
    sides = (ids[is_eval], ids[~is_eval])
    return min(int(np.bincount(side, minlength=len(found.task.classes)).min()) for side in sides)


def _frame(
    survey: Survey, columns: list[Proposed], found: Label, date: ColumnRule | None, key: Proposed | None
) -> frame.Frame:
    kept = [column for column in columns if not column.left_out and column.role != "label"]
    try:
        return frame.build(survey.sample, kept, found, date, key.name if key else None)
    except CellError as error:
        raise DataError(
            f"a cell of the sample cannot be read: {error}; mend it, or leave out its column"
        ) from error
