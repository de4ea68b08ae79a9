"""Refuses, inside the served graph, the values that ingestion refuses, in the words of ingestion.

So every server does: a value that no row was trained with would be answered as if it were another one.
"""

from __future__ import annotations

import tensorflow as tf

from trainer import features
from trainer.column import Column
from trainer.preprocessing import NO_DAY, days_since_1970

NO_DAY_WORDS = "is not a day written YYYY-MM-DD"
NOT_FINITE_WORDS = "is not a finite number; leave it empty if nothing is known"


def checked(columns: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """Returns the columns [batch] once their values are known to be allowed.

    Raises:
      tf.errors.InvalidArgumentError: when it is run, on the first value that is no day or no finite number:
        `assertion failed: [column 'flight_date': '2013-02-30' is not a day written YYYY-MM-DD]`.
    """
    checks = [
        _check(columns[column.name], column) for column in features.REQUEST_COLUMNS if _has_rule(column)
    ]
    with tf.control_dependencies(checks):
        return {name: tf.identity(values) for name, values in columns.items()}


def _has_rule(column: Column) -> bool:
    return column.dtype == "float32" or column.kind == "date"


def _check(values: tf.Tensor, column: Column) -> tf.Operation:
    if column.kind == "date":
        allowed, words = days_since_1970(values) != NO_DAY, NO_DAY_WORDS
    else:
        allowed, words = tf.math.is_finite(values), NOT_FINITE_WORDS
    if not column.required:
        allowed |= tf.math.is_nan(values) if column.dtype == "float32" else values == column.missing
    return _assert_all(allowed, values, f"column '{column.name}': '", f"' {words}")


def _assert_all(allowed: tf.Tensor, values: tf.Tensor, before: str, after: str) -> tf.Operation:
    first = tf.argmin(tf.concat([tf.cast(allowed, tf.int32), [1]], axis=0))
    text = values if values.dtype == tf.string else tf.strings.as_string(values)
    value = tf.strings.substr(tf.concat([text, [""]], axis=0)[first], 0, 40, unit="UTF8_CHAR")
    message = tf.strings.join([before, value, after])
    return tf.debugging.Assert(tf.reduce_all(allowed), [message])
