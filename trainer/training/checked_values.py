"""Refuses, inside the served graph, the values that ingestion refuses, in the words of ingestion.

So every server does: a value that no row was trained with would be answered as if it were another one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence

import tensorflow as tf

from trainer import features
from trainer.column import MISSING, Column
from trainer.dates import NO_DAY, day_and_minute, days_since_1970

NO_DAY_WORDS = "is not a day written YYYY-MM-DD"
NO_TIMESTAMP_WORDS = "is not a time written YYYY-MM-DD HH:MM:SS"
ENDLESS_WORDS = "is not a finite number; numbers end at 3.4e38; leave it empty if nothing is known"
NO_TEXT_WORDS = "is not UTF-8 text"
MISSING_WORDS = "stands for a missing value, and every row needs one"


@dataclasses.dataclass(frozen=True)
class Rule:
    """Which values of some columns are allowed, and what is said of the others.

    Many columns have one rule, because loading and running a graph takes time for each operation.

    Attributes:
      columns: of one type.
      values: [batch, columns].
      allowed: bool [batch, columns].
      words: after the value.
    """

    columns: tuple[Column, ...]
    values: tf.Tensor
    allowed: tf.Tensor
    words: str


def checked(columns: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """Returns the columns [batch] once their values are known to be allowed.

    Raises:
      tf.errors.InvalidArgumentError: when it is run, on the first value that is no day, no finite number, no
        text, or that is missing and required:
        `assertion failed: [column 'flight_date': '2013-02-30' is not a day written YYYY-MM-DD]`.
    """
    rules = [*_rules_of_missing(columns), *_rules_of_values(columns)]
    fine = tf.reduce_all([tf.reduce_all(rule.allowed) for rule in rules])
    # The words are put together only where there is a fault.
    check = tf.cond(fine, lambda: fine, lambda: _refused(rules))
    with tf.control_dependencies([check]):
        return _identical(columns)


def _identical(columns: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """Returns the columns through one operation for each type."""
    found = dict(columns)
    for dtype in MISSING:
        some = [column for column in features.REQUEST_COLUMNS if column.dtype == dtype]
        if some:
            values = tf.unstack(tf.identity(_stacked(columns, some)), num=len(some), axis=1)
            found |= {column.name: each for column, each in zip(some, values, strict=True)}
    return found


def _rules_of_missing(columns: dict[str, tf.Tensor]) -> Iterator[Rule]:
    for dtype in MISSING:
        required = [each for each in features.REQUEST_COLUMNS if each.required and each.dtype == dtype]
        if required:
            values = _stacked(columns, required)
            yield Rule(tuple(required), values, _there(values), MISSING_WORDS)


def _rules_of_values(columns: dict[str, tf.Tensor]) -> Iterator[Rule]:
    """Yields what values that are there are held to."""
    for of, is_allowed, words in (
        (_is_kind("date"), lambda values: days_since_1970(values) != NO_DAY, NO_DAY_WORDS),
        (_is_kind("timestamp"), lambda values: day_and_minute(values)[0] != NO_DAY, NO_TIMESTAMP_WORDS),
        (_is_dtype("float32"), tf.math.is_finite, ENDLESS_WORDS),
        (_is_plain_text, _is_text, NO_TEXT_WORDS),
    ):
        held = [column for column in features.REQUEST_COLUMNS if of(column)]
        if held:
            values = _stacked(columns, held)
            yield Rule(tuple(held), values, is_allowed(values) | ~_there(values), words)


def _is_kind(kind: str) -> Callable[[Column], bool]:
    return lambda column: column.kind == kind


def _is_dtype(dtype: str) -> Callable[[Column], bool]:
    return lambda column: column.dtype == dtype


def _is_plain_text(column: Column) -> bool:
    return column.dtype == "string" and column.kind not in ("date", "timestamp")


def _is_text(values: tf.Tensor) -> tf.Tensor:
    return (_readable(values) == values) & ~tf.strings.regex_full_match(values, r"(?s).*\x00.*")


def _there(values: tf.Tensor) -> tf.Tensor:
    """Returns which values stand for something."""
    if values.dtype.is_floating:
        return ~tf.math.is_nan(values)
    return values != (MISSING["string"] if values.dtype == tf.string else MISSING["int64"])


def _stacked(columns: dict[str, tf.Tensor], some: Sequence[Column]) -> tf.Tensor:
    """Returns columns of one type as [batch, columns]."""
    return tf.stack([columns[column.name] for column in some], axis=1)


def _readable(text: tf.Tensor) -> tf.Tensor:
    """Returns text with a replacement character for bytes that are not UTF-8."""
    return tf.strings.unicode_transcode(text, "UTF-8", "UTF-8")


def _refused(rules: list[Rule]) -> tf.Tensor:
    """Raises the first rule's words about its first value that is not allowed."""
    broken = tf.stack([~tf.reduce_all(rule.allowed) for rule in rules])
    messages = tf.stack([_message(rule) for rule in rules])
    with tf.control_dependencies(
        [tf.debugging.Assert(False, [messages[tf.argmax(tf.cast(broken, tf.int32))]])]
    ):
        return tf.constant(False)


def _message(rule: Rule) -> tf.Tensor:
    """Returns what is said of the first value that is not allowed, row by row."""
    allowed = tf.concat([tf.reshape(rule.allowed, [-1]), [False]], axis=0)
    first = tf.argmin(tf.cast(allowed, tf.int32))
    values = tf.reshape(rule.values, [-1])
    text = _readable(values) if values.dtype == tf.string else tf.strings.as_string(values)
    value = tf.strings.substr(tf.concat([text, [""]], axis=0)[first], 0, 40, unit="UTF8_CHAR")
    name = tf.constant([column.name for column in rule.columns])[first % len(rule.columns)]
    return tf.strings.join(["column '", name, "': '", value, f"' {rule.words}"])
