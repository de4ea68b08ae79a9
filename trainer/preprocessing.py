"""All feature engineering: raw columns in, the model's features out, as one TensorFlow graph.

Transform analyses the train split with it (vocabulary, means, quantiles), and the same graph is exported with
the model, so training and serving cannot differ. columns.yaml drives it. It returns two or three features
and two companions:

    numbers     float32 [batch, NUMBERS]     scaled numbers, missing-indicators, points on circles
    categories  int64   [batch, CATEGORIES]  rows of one embedding table of EMBEDDING_ROWS rows
    words       int64   [batch, WORDS]       of each text, buckets of its words; absent without a text
    label       float32 [batch, 1]           a class' position in `values`, or the number itself; absent when
                                              the raw label is
    day         int64   [batch, 1]           days since 1970-01-01, to split by time; not seen by the model
    fold        int64   [batch, 1]           instead of it where rows have no day: a hash (fold.py)

The rows of the embedding table, in order: quantile buckets, out-of-vocabulary buckets, vocabulary.

Two wide features instead of sixty narrow ones, and one analysis of each kind for all columns together:
Transform's time grows with the number of features and analyses.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from trainer import features
from trainer.dates import (
    MINUTES_PER_DAY,
    NO_DAY,
    NO_TIME,
    day_and_minute,
    days_since_1970,
    minute_of_day,
    weekday,
)
from trainer.fold import fold
from trainer.words import MOST_WORDS, hashed_words

# Required ones first, by type: those are joined as they come in, as a table may have hundreds.
NUMBER_COLUMNS = tuple(
    sorted(features.of_kind("number"), key=lambda each: (0, each.dtype) if each.required else (1, ""))
)
REQUIRED_NUMBERS = tuple(column for column in NUMBER_COLUMNS if column.required)
CATEGORY_COLUMNS = features.of_kind("category")
CLOCK_COLUMNS = features.of_kind("clock")
DATE_COLUMNS = features.of_kind("date")
TIMESTAMP_COLUMNS = features.of_kind("timestamp")
TEXT_COLUMNS = features.of_kind("text")
# A timestamp gives what a number, a clock and a date give.
SCALED = len(NUMBER_COLUMNS) + len(TIMESTAMP_COLUMNS)
POINTS = len(CLOCK_COLUMNS) + len(DATE_COLUMNS) + 2 * len(TIMESTAMP_COLUMNS)
SIMPLE_CATEGORIES = (
    *(column.name for column in CATEGORY_COLUMNS),
    *(f"{column.name}.hour" for column in (*CLOCK_COLUMNS, *TIMESTAMP_COLUMNS)),
    *(f"{column.name}.weekday" for column in (*DATE_COLUMNS, *TIMESTAMP_COLUMNS)),
)
CATEGORY_NAMES = (*SIMPLE_CATEGORIES, *("×".join(pair) for pair in features.TABLE.crosses))

# Never without a number and a category: what there is none of is a constant.
NUMBERS = 2 * (SCALED + POINTS) or 1
CATEGORIES = SCALED + len(CATEGORY_NAMES) or 1
WORDS = len(TEXT_COLUMNS) * MOST_WORDS
BUCKET_ROWS = SCALED * (features.TABLE.quantile_buckets + 1)
UNKNOWN_ROWS = len(CATEGORY_NAMES) * features.TABLE.out_of_vocabulary_buckets
EMBEDDING_ROWS = BUCKET_ROWS + UNKNOWN_ROWS + features.TABLE.vocabulary_size

MOST_DEVIATIONS = 4.0  # scaled numbers are cut off here: no input, however absurd, overflows the model
NO_CLASS = -1


def preprocessing_fn(
    inputs: dict[str, tf.Tensor | tf.SparseTensor], split_key: str | None = None
) -> dict[str, tf.Tensor]:
    """Returns raw columns as features; the module's docstring has their names, types and shapes.

    Args:
      inputs: a dense tensor [batch, 1] for each required column, and a sparse one for each optional one.
      split_key: column that says who a row belongs to; None if none does.
    """
    joined = () if features.DATE is None else REQUIRED_NUMBERS  # a fold is of every column
    raw = {column.name: _dense(inputs[column.name]) for column in features.COLUMNS if column not in joined}
    times = [day_and_minute(raw[column.name][0]) for column in TIMESTAMP_COLUMNS]
    dates = {column.name: days_since_1970(raw[column.name][0]) for column in DATE_COLUMNS}
    minutes = [*(_minutes(*raw[column.name]) for column in CLOCK_COLUMNS), *(minute for _, minute in times)]
    days = [*dates.values(), *(day for day, _ in times)]
    points = [
        *(_point(minute, MINUTES_PER_DAY, minute != NO_TIME) for minute in minutes),
        *(_point(weekday(day), 7, day != NO_DAY) for day in days),
    ]
    numbers = [
        *_required_numbers(inputs),
        *(_number(*raw[column.name]) for column in NUMBER_COLUMNS if not column.required),
        *(_age(day, dates.get(features.DATE)) for day, _ in times),
    ]
    scaled, bucket_rows = _numbers(numbers) if numbers else ([], [])
    rows = [_vocabulary_rows(_values(raw, minutes, days))] if CATEGORY_NAMES else []
    transformed = {
        "numbers": tf.concat([*scaled, *points] or [_zeros(raw, tf.float32)], axis=1),
        "categories": tf.concat([*bucket_rows, *rows] or [_zeros(raw, tf.int64)], axis=1),
        "label": _label(raw[features.LABEL][0])[:, tf.newaxis],
        **_companion(raw, dates, split_key),
    }
    if TEXT_COLUMNS:
        texts = [hashed_words(raw[column.name][0], features.TABLE.text_buckets) for column in TEXT_COLUMNS]
        transformed["words"] = tf.concat(texts, axis=1)
    return transformed


def _label(values: tf.Tensor) -> tf.Tensor:
    """Returns float32 [batch]: a class' number in the order of columns.yaml, NO_CLASS if it is none of them.

    A constant table, and no vocabulary: the order of one changes with the data, and with it the meaning of
    what a model answers.
    """
    if not features.TASK.classes:
        return tf.cast(values, tf.float32)
    table = tft.make_and_track_object(_class_table, name="class_numbers")
    return tf.cast(table.lookup(values), tf.float32)


def _class_table() -> tf.lookup.StaticHashTable:
    classes = tf.constant(
        features.TASK.classes, tf.string if features.TABLE.label.dtype == "string" else tf.int64
    )
    numbers = tf.range(len(features.TASK.classes), dtype=tf.int64)
    return tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(classes, numbers), NO_CLASS)


def _companion(
    raw: dict[str, tuple[tf.Tensor, tf.Tensor]], dates: dict[str, tf.Tensor], split_key: str | None
) -> dict[str, tf.Tensor]:
    """Returns by what training holds rows out: their day, or where they have none, their fold."""
    if features.DATE is None:
        return {"fold": fold(raw, split_key)[:, tf.newaxis]}
    return {"day": dates[features.DATE][:, tf.newaxis]}


def _minutes(hhmm: tf.Tensor, known: tf.Tensor) -> tf.Tensor:
    return tf.where(known, minute_of_day(hhmm), tf.constant(NO_TIME, tf.int64))


def _dense(values: tf.Tensor | tf.SparseTensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the values [batch], 0 or "" where one is missing, and which are there, bool [batch].

    A value is missing where a row has none, whatever the values are: any whole number may be one.
    """
    if not isinstance(values, tf.SparseTensor):
        values = tf.reshape(values, [-1])
        return values, tf.ones_like(values, tf.bool)
    there = tf.ones_like(values.values, tf.bool)
    return _filled(values, values.values), _filled(values, there)


def _filled(rows: tf.SparseTensor, values: tf.Tensor) -> tf.Tensor:
    """Returns one value for each row [batch]: 0, "" or false for a row that has none."""
    one_per_row = tf.SparseTensor(rows.indices, values, [rows.dense_shape[0], 1])
    return tf.reshape(tf.sparse.to_dense(one_per_row), [-1])


def _point(position: tf.Tensor, period: int, known: tf.Tensor) -> tf.Tensor:
    """Returns the sine and cosine [batch, 2] of a position on a circle; 0 and 0 where it is not known."""
    angle = 2 * math.pi / period * tf.cast(position, tf.float32)
    return tf.where(known[:, tf.newaxis], tf.stack([tf.sin(angle), tf.cos(angle)], axis=1), 0.0)


def _age(day: tf.Tensor, row_day: tf.Tensor | None) -> tf.Tensor:
    """Returns the days from a timestamp to the row's own day, float32 [batch, 1]; NaN where one is not known.

    Where rows have no day, the days from 1970 on: an age whose beginning is the same for all.
    """
    known = day != NO_DAY
    if row_day is not None:
        known, day = known & (row_day != NO_DAY), row_day - day
    return tf.where(known, tf.cast(day, tf.float32), math.nan)[:, tf.newaxis]


def _zeros(raw: dict[str, tuple[tf.Tensor, tf.Tensor]], dtype: tf.DType) -> tf.Tensor:
    """Returns zeros [batch, 1]; the size is that of a column that requests have too."""
    some, _ = raw[features.REQUEST_COLUMNS[0].name]
    return tf.zeros_like(some, dtype)[:, tf.newaxis]


def _required_numbers(inputs: dict[str, tf.Tensor | tf.SparseTensor]) -> Iterator[tf.Tensor]:
    """Yields the required numbers of each type, float32 [batch, columns], NaN where one is not finite.

    Joined as they come in: with hundreds of columns, operations on each one take most of Transform's time.
    """
    for dtype in ("float32", "int64"):
        names = [column.name for column in REQUIRED_NUMBERS if column.dtype == dtype]
        if names:
            numbers = tf.cast(tf.concat([inputs[name] for name in names], axis=1), tf.float32)
            yield tf.where(tf.math.is_finite(numbers), numbers, math.nan)


def _numbers(columns: list[tf.Tensor]) -> tuple[list[tf.Tensor], list[tf.Tensor]]:
    """Returns [scaled, missing-indicators] and [rows of quantile buckets], each [batch, columns]."""
    values = tf.concat(columns, axis=1)
    missing = tf.math.is_nan(values)
    deviations = tft.scale_to_z_score(values, elementwise=True)  # ignores NaN
    unknown = missing | tf.math.is_nan(deviations)
    scaled = tf.where(unknown, 0.0, tf.clip_by_value(deviations, -MOST_DEVIATIONS, MOST_DEVIATIONS))
    return [scaled, tf.cast(missing, tf.float32)], [_bucket_rows(values, missing)]


def _number(values: tf.Tensor, known: tf.Tensor) -> tf.Tensor:
    """Returns float32 [batch, 1], NaN where there is no finite number."""
    number = tf.cast(values, tf.float32)
    return tf.where(known & tf.math.is_finite(number), number, math.nan)[:, tf.newaxis]


def _bucket_rows(values: tf.Tensor, missing: tf.Tensor) -> tf.Tensor:
    """Returns the embedding row of each number's quantile bucket; a column's first row is for nulls."""
    boundaries = tft.quantiles(
        _never_empty(values, missing),
        features.TABLE.quantile_buckets,
        epsilon=0.01,
        reduce_instance_dims=False,
    )
    above = tf.cast(values[:, :, tf.newaxis] >= boundaries[tf.newaxis, :, :], tf.int64)
    bucket = tf.where(missing, tf.constant(0, tf.int64), 1 + tf.reduce_sum(above, axis=2))
    return bucket + tf.range(SCALED, dtype=tf.int64) * (features.TABLE.quantile_buckets + 1)


def _never_empty(values: tf.Tensor, missing: tf.Tensor) -> tf.Tensor:
    """Returns the values, with one 0 in each column that has none in this batch.

    tft.quantiles fails at its end when a column is null in the whole window.
    """
    first = tf.range(tf.shape(values)[0])[:, tf.newaxis] == 0
    return tf.where(tf.reduce_all(missing, axis=0)[tf.newaxis, :] & first, 0.0, values)


def _values(
    raw: dict[str, tuple[tf.Tensor, tf.Tensor]], minutes: list[tf.Tensor], days: list[tf.Tensor]
) -> tf.Tensor:
    """Returns the values of CATEGORY_NAMES as text "name=value" [batch, categories]; a null is "name="."""
    simple = tf.stack(
        [
            *(_text(*raw[column.name]) for column in CATEGORY_COLUMNS),
            *(_text(minute // 60, minute != NO_TIME) for minute in minutes),
            *(_text(weekday(day), day != NO_DAY) for day in days),
        ],
        axis=1,
    )
    first, second = (
        tf.gather(
            simple,
            np.array([SIMPLE_CATEGORIES.index(pair[side]) for pair in features.TABLE.crosses], int),
            axis=1,
        )
        for side in (0, 1)
    )
    crossed = tf.strings.join([first, "×", second])
    values = tf.concat([simple, crossed], axis=1)
    names = tf.constant([f"{name}=" for name in CATEGORY_NAMES])
    return tf.strings.join([tf.broadcast_to(names, tf.shape(values)), values])


def _text(values: tf.Tensor, known: tf.Tensor) -> tf.Tensor:
    return values if values.dtype == tf.string else tf.where(known, tf.strings.as_string(values), "")


def _vocabulary_rows(values: tf.Tensor) -> tf.Tensor:
    """Returns the embedding row of each value, int64 [batch, categories].

    One vocabulary holds the values of all categories. A value outside it falls into one of its own category's
    out-of-vocabulary buckets.
    """
    vocabulary = tft.vocabulary(
        values,
        top_k=features.TABLE.vocabulary_size,
        frequency_threshold=features.TABLE.minimum_count,
        vocab_filename="vocabulary",
    )
    index = tft.apply_vocabulary(values, vocabulary, default_value=-1)
    buckets = features.TABLE.out_of_vocabulary_buckets
    first_bucket = BUCKET_ROWS + tf.range(len(CATEGORY_NAMES), dtype=tf.int64) * buckets
    unknown_row = first_bucket + tf.strings.to_hash_bucket_fast(values, buckets)
    return tf.where(index >= 0, BUCKET_ROWS + UNKNOWN_ROWS + index, unknown_row)
