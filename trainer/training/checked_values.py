"""Refuses, inside the served graph, the values that ingestion refuses, in the words of ingestion.

So every server does: a value that no row was trained with would be answered as if it were another one.
"""

from __future__ import annotations

import dataclasses

import tensorflow as tf

from trainer import features
from trainer.column import Column
from trainer.dates import NO_DAY, day_and_minute, days_since_1970

NO_DAY_WORDS = "is not a day written YYYY-MM-DD"
NO_TIMESTAMP_WORDS = "is not a time written YYYY-MM-DD HH:MM:SS"
ENDLESS_WORDS = "is not a finite number; numbers end at 3.4e38; leave it empty if nothing is known"
NO_TEXT_WORDS = "is not UTF-8 text"
MISSING_WORDS = "stands for a missing value, and every row needs one"


@dataclasses.dataclass(frozen=True)
class Rule:
    """Which values of a column are allowed, bool [batch], and what is said of the others."""

    column: Column
    allowed: tf.Tensor
    words: str


def checked(columns: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """Returns the columns [batch] once their values are known to be allowed.

    Raises:
      tf.errors.InvalidArgumentError: when it is run, on the first value that is no day, no finite number, no
        text, or that is missing and required:
        `assertion failed: [column 'flight_date': '2013-02-30' is not a day written YYYY-MM-DD]`.
    """
    rules = [rule for column in features.REQUEST_COLUMNS for rule in _rules(columns[column.name], column)]
    fine = tf.reduce_all([tf.reduce_all(rule.allowed) for rule in rules])
    # The words are put together only where there is a fault.
    check = tf.cond(fine, lambda: fine, lambda: _refused(columns, rules))
    with tf.control_dependencies([check]):
        return {name: tf.identity(values) for name, values in columns.items()}


def _rules(values: tf.Tensor, column: Column) -> list[Rule]:
    there = ~tf.math.is_nan(values) if column.dtype == "float32" else values != column.missing
    missing = [Rule(column, there, MISSING_WORDS)] if column.required else []
    of_values = [Rule(column, allowed | ~there, words) for allowed, words in _of_values(values, column)]
    return [*missing, *of_values]


def _of_values(values: tf.Tensor, column: Column) -> list[tuple[tf.Tensor, str]]:
    """Returns what values that are there are held to."""
    if column.kind == "date":
        return [(days_since_1970(values) != NO_DAY, NO_DAY_WORDS)]
    if column.kind == "timestamp":
        return [(day_and_minute(values)[0] != NO_DAY, NO_TIMESTAMP_WORDS)]
    if column.dtype == "float32":
        return [(tf.math.is_finite(values), ENDLESS_WORDS)]
    if column.dtype == "string":
        whole = ~tf.strings.regex_full_match(values, r"(?s).*\x00.*")
        return [((_readable(values) == values) & whole, NO_TEXT_WORDS)]
    return []


def _readable(text: tf.Tensor) -> tf.Tensor:
    """Returns text with a replacement character for bytes that are not UTF-8."""
    return tf.strings.unicode_transcode(text, "UTF-8", "UTF-8")


def _refused(columns: dict[str, tf.Tensor], rules: list[Rule]) -> tf.Tensor:
    """Raises the first rule's words about its first value that is not allowed."""
    broken = tf.stack([~tf.reduce_all(rule.allowed) for rule in rules])
    messages = tf.stack([_message(columns[rule.column.name], rule) for rule in rules])
    with tf.control_dependencies(
        [tf.debugging.Assert(False, [messages[tf.argmax(tf.cast(broken, tf.int32))]])]
    ):
        return tf.constant(False)


def _message(values: tf.Tensor, rule: Rule) -> tf.Tensor:
    first = tf.argmin(tf.concat([tf.cast(rule.allowed, tf.int32), [1]], axis=0))
    text = _readable(values) if values.dtype == tf.string else tf.strings.as_string(values)
    value = tf.strings.substr(tf.concat([text, [""]], axis=0)[first], 0, 40, unit="UTF8_CHAR")
    return tf.strings.join([f"column '{rule.column.name}': '", value, f"' {rule.words}"])
