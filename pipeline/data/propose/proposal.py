"""The proposal: what a table's columns are and how it is trained on, before anything is written."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

import numpy as np

from components.did_you_mean import did_you_mean
from components.shown import shown
from pipeline.data.convert.cells import CellError
from pipeline.data.infer import date_forms, label, odd_days
from pipeline.data.infer.column import Proposed, is_key, may_be_row_day
from pipeline.data.infer.label import Label
from pipeline.data.infer.survey import Survey
from pipeline.data.profile.column_profile import ColumnProfile
from pipeline.data.propose import (
    afterwards,
    calendar_rule,
    contradictions,
    frame,
    leaks,
    owners,
    repeats,
    training_rule,
)
from pipeline.data.propose.baseline import SEED, Baseline, fit
from pipeline.data.propose.calendar_rule import Calendar
from pipeline.data.propose.gates_rule import Limit, is_learnable, limits
from pipeline.data.propose.questions import NONE, Answers, Asks, Question
from pipeline.data.propose.training_rule import ClassWeights, TrainingNumbers
from pipeline.data.rules.import_rules import ColumnRule
from pipeline.errors import ConfigError, DataError
from pipeline.spans.grain import GrainName

_EVAL_FRACTION, _EVAL_FRACTION_OF_FEW, _FEW_ROWS = 0.2, 0.3, 1_000
_LIKELY_DAY = (
    "date",
    "day",
    "datum",
    "week",
    "month",
    "created",
    "order",
    "event",
    "time",
    "timestamp",
    "ts",
)


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
      train_rows, eval_rows: about, of the window.
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
    _check_headers(answers, headers)
    columns = [_as_told(column, answers) for column in columns]
    columns, calendar = _with_day(survey, columns, answers, asks)
    columns = _with_key(survey, columns, answers)
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
    )
    return found.with_positive(asks.answer(question))


def _check_headers(answers: Answers, headers: Sequence[str]) -> None:
    named = [("--keep", each) for each in answers.keep] + [
        ("--leave-out", each) for each in answers.leave_out
    ]
    named += [("--date", answers.date), ("--split-key", answers.split_key)]  # type: ignore[list-item]
    for option, header in named:
        if header not in (None, NONE, *headers):
            hint = did_you_mean(header, headers)
            raise ConfigError(f"{option} {shown(header)}: there is no such column{hint}")


def _as_told(column: Proposed, answers: Answers) -> Proposed:
    if column.role == "label":
        return column
    if column.source in answers.leave_out:
        return column.dropped("as you said")
    if column.source in answers.keep:
        return column.changed(left_out=False, reason=f"{column.reason}; kept, as you said")
    return column


def _with_day(
    survey: Survey, columns: list[Proposed], answers: Answers, asks: Asks
) -> tuple[list[Proposed], Calendar | None]:
    """Returns the columns with one of them as the row's day, and its spans."""
    profiles = {profile.name: profile for profile in survey.profiles}
    chosen = _chosen_day(profiles, columns, answers, asks)
    if chosen is None:
        return columns, None
    rows_of_day = _rows_of_day(profiles[chosen.source], chosen)
    calendar = calendar_rule.choose(rows_of_day, len(columns))
    if calendar is None:
        if answers.date is not None:
            raise DataError(
                f"--date {shown(chosen.source)} has {len(rows_of_day)} days, in too few spans to split by; "
                "expected at least 8 days, weeks or months; use --date none"
            )
        return columns, None
    position = columns.index(chosen)
    if chosen.kind == "date":
        columns[position] = chosen.changed(
            role="date", required=True, reason=f"the row's day: {chosen.reason}"
        )
        return columns, calendar
    taken = {column.name.lower() for column in columns}
    name = next(
        name for name in (f"{chosen.name}_date", f"{chosen.name}_day_of_row") if name.lower() not in taken
    )
    rule = dataclasses.replace(chosen.rule, name=name, reading="date")
    day = chosen.changed(
        rule=rule, kind="date", role="date", required=True, reason=f"the row's day, of {chosen.source}"
    )
    return [*columns[:position], day, *columns[position:]], calendar


def _chosen_day(
    profiles: dict[str, ColumnProfile], columns: list[Proposed], answers: Answers, asks: Asks
) -> Proposed | None:
    by_source = {column.source: column for column in columns}
    if answers.date == NONE:
        return None
    if answers.date is not None:
        return _told_day(profiles[answers.date], by_source[answers.date])
    candidates = [
        column
        for column in columns
        if column.role == "feature" and may_be_row_day(profiles[column.source], column)
    ]
    if len(candidates) < 2:
        return candidates[0] if candidates else None
    candidates.sort(key=lambda column: not any(word in column.source.lower() for word in _LIKELY_DAY))
    choices = (*(column.source for column in candidates), NONE)
    question = Question(
        "which column says of which day a row is? The newest days judge the model (none: a share of rows)",
        choices,
        tuple(f"--date {shown(choice)}" for choice in choices),
    )
    answer = asks.answer(question)
    return None if answer == NONE else by_source[answer]


def _told_day(profile: ColumnProfile, column: Proposed) -> Proposed:
    if column.dates is None:
        odd = odd_days.find(profile)
        cells = [*odd.cells] if odd else [*profile.examples, ""]
        raise DataError(
            f"--date {shown(profile.name)}: {'some' if odd else 'its'} values are no days, as "
            f"{shown(cells[0])}; expected days written in one way, such as 2013-01-31"
        )
    if not column.required:
        raise DataError(
            f"--date {shown(profile.name)} is no day in {odd_days.empty(profile, column)}; expected a day in "
            "each row: mend them"
        )
    return column


def _rows_of_day(profile: ColumnProfile, column: Proposed) -> dict[dt.date, int]:
    assert column.dates
    found: dict[dt.date, int] = {}
    for text, rows in (profile.heads or {}).items():
        day = date_forms.parse(text, column.dates.days_only())
        if day:
            found[day] = found.get(day, 0) + rows
    return found


def _with_key(survey: Survey, columns: list[Proposed], answers: Answers) -> list[Proposed]:
    """Returns the columns with one of them as the key, which is no feature."""
    profiles = {profile.name: profile for profile in survey.profiles}
    told = answers.split_key if answers.split_key != NONE else None
    keys = [
        column
        for column in columns
        if column.role == "feature"
        and (column.source == told if told else is_key(profiles[column.source], column))
        and column.source not in answers.keep
    ]
    if answers.split_key == NONE:
        keys = []
    for number, key in enumerate(keys):
        reason = f"says whom a row belongs to: {profiles[key.source].distinct:,} different values"
        changed = key.changed(role="key", left_out=False, kind="category", reason=reason)
        columns[columns.index(key)] = key.dropped(f"{reason}; one key is enough") if number else changed
    return columns


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
    date = next((column for column in columns if column.role == "date"), None)
    key = next((column for column in columns if column.role == "key" and not column.left_out), None)
    sample = _frame(survey, columns, found, date.rule if date else None, key)
    columns = _without_equal(sample, columns, answers)
    columns, about_leaks = _without_leaks(sample, columns, found, answers, asks)
    warnings += about_leaks
    sample = sample.without([column.name for column in columns if column.left_out])
    warnings += afterwards.never_before(sample, columns)
    sample = afterwards.of_the_model(sample, columns)
    if not sample.values.shape[1]:
        raise DataError(
            "no column is left to predict the label from; keep one that was left out, with --keep COLUMN"
        )
    spread = calendar is None and key is None and repeats.copies_are_the_rule(sample)
    eval_fraction, is_eval = _split(sample, found, calendar, spread=spread)
    if calendar and eval_fraction:
        warnings.append("the last spans lack a class, so a share of all rows judges, and not the newest days")
    profiles = {profile.name: profile for profile in survey.profiles}
    if eval_fraction and key is None and answers.split_key is None:
        warnings += owners.on_both_sides(profiles, columns)
    if calendar is None and answers.date != NONE:
        warnings += odd_days.undated(profiles, columns, with_few_days=True)
    baseline = fit(sample, found.task, is_eval)
    warnings += _doubts(found, baseline, survey, spread=spread)
    rows = calendar.window_rows if calendar else survey.rows
    eval_rows = calendar.eval_rows if calendar and not eval_fraction else round(rows * eval_fraction)
    weights = training_rule.class_weights(found.rarest, found.rows)
    scores = {m: (s.value, s.error, s.without) for m, s in baseline.scores.items()} if baseline else {}
    return Proposal(
        columns=tuple(columns),
        label=found,
        calendar=calendar,
        eval_fraction=eval_fraction,
        split_key=key.name if key and eval_fraction else None,
        spread_copies=spread,
        train_rows=rows - eval_rows,
        eval_rows=eval_rows,
        training=training_rule.numbers(rows - eval_rows),
        class_weights=weights,
        limits=limits(scores, weighted=weights == "balanced"),
        baseline=baseline,
        warnings=tuple(warnings),
    )


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


def _without_equal(sample: frame.Frame, columns: list[Proposed], answers: Answers) -> list[Proposed]:
    features = [column for column in columns if column.role == "feature" and not column.left_out]
    equal = repeats.equal_columns(sample, features)
    sources = {column.name: column.source for column in columns}
    return [
        column.dropped(f"says the same as {sources[equal[column.name]]} in every row")
        if column.name in equal and column.source not in answers.keep
        else column
        for column in columns
    ]


def _without_leaks(
    sample: frame.Frame, columns: list[Proposed], found: Label, answers: Answers, asks: Asks
) -> tuple[list[Proposed], list[str]]:
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
        )
        if asks.answer(question) == "leave out":
            dropped[leak.column] = f"a leak: it {alone}"
    changed = [
        column.dropped(dropped[column.name]) if column.name in dropped else column for column in columns
    ]
    return changed, warnings


def _split(
    sample: frame.Frame, found: Label, calendar: Calendar | None, *, spread: bool
) -> tuple[float, np.ndarray]:
    """Returns the share of rows that judge by a hash (0: the last spans do), and which of the sample do."""
    fraction = _EVAL_FRACTION_OF_FEW if len(sample.label) < _FEW_ROWS else _EVAL_FRACTION
    by_hash = sample.row_hash < np.uint64(int(fraction * 2**64))
    if spread:
        by_hash = np.random.default_rng(SEED).random(len(sample.label)) < fraction
    if calendar is None or sample.days is None:
        return fraction, by_hash
    is_eval = sample.days >= (calendar.first_eval_day - dt.date(1970, 1, 1)).days
    if found.task.kind == "regression":
        return 0.0, is_eval
    classes = len(found.task.classes)
    sides = [np.bincount(sample.label[side], minlength=classes).min() for side in (is_eval, ~is_eval)]
    return (0.0, is_eval) if min(sides) >= 2 else (fraction, by_hash)


def _doubts(found: Label, baseline: Baseline | None, survey: Survey, *, spread: bool) -> list[str]:
    doubts = []
    if baseline is None:
        doubts.append(
            "no baseline could be fitted: a class is on one side only; the gates are the template's"
        )
    elif not any(is_learnable(s.value, s.error, s.without) for s in baseline.scores.values()):
        doubts.append("boosting is no better than a constant answer: these columns may not tell the label")
    if found.task.kind != "regression" and found.rarest < 0.05 * found.rows:
        doubts.append(f"the rarest class has {found.rarest:,} of {found.rows:,} rows")
    if found.rows < _FEW_ROWS:
        doubts.append(f"{found.rows:,} rows are few: the gates are wide, and a release proves little")
    if spread:
        doubts.append(
            "most rows have twins: copies are spread by their own number over training and evaluation"
        )
    lost = survey.rows - found.rows
    if lost:
        doubts.append(f"{lost:,} rows without a label are left out of training")
    return doubts
