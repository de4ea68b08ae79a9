"""All feature engineering: raw columns in, the model's features out, as one TensorFlow graph.

Transform analyses the train split with it (vocabulary, means, quantiles) and the same graph is exported with the
model, so training and serving cannot differ. It is driven by features.py and makes two features and two companions:

    numbers     float32 [batch, NUMBERS]    scaled numbers, missing-indicators, clock times as sine and cosine
    categories  int64   [batch, CATEGORIES] rows of one embedding table of EMBEDDING_ROWS rows
    label       float32 [batch, 1]          absent when the raw label is
    day         int64   [batch, 1]          days since 1970-01-01, for splitting in time; not seen by the model

Rows of the embedding table, by block:  quantile buckets | out-of-vocabulary buckets | vocabulary.
Two wide features instead of sixty narrow ones, and one analysis of each sort for all columns together, because
Transform's time goes by the number of features and analyses.
"""

import math

import tensorflow as tf
import tensorflow_transform as tft

from trainer import features
from trainer.features import Column

NUMBER_COLUMNS = features.of_kind("number")
CLOCK_COLUMNS = features.of_kind("clock")
DATE_COLUMNS = features.of_kind("date")
CATEGORY_NAMES = (
    *(column.name for column in features.of_kind("category")),
    *(f"{column.name}.hour" for column in CLOCK_COLUMNS),
    *(f"{column.name}.weekday" for column in DATE_COLUMNS),
    *("×".join(pair) for pair in features.CROSSES),
)
NUMBERS = 2 * len(NUMBER_COLUMNS) + 2 * len(CLOCK_COLUMNS)
CATEGORIES = len(NUMBER_COLUMNS) + len(CATEGORY_NAMES)

BUCKET_ROWS = len(NUMBER_COLUMNS) * (features.QUANTILE_BUCKETS + 1)
UNKNOWN_ROWS = len(CATEGORY_NAMES) * features.OUT_OF_VOCABULARY_BUCKETS
EMBEDDING_ROWS = BUCKET_ROWS + UNKNOWN_ROWS + features.VOCABULARY_SIZE

MOST_DEVIATIONS = 4.0  # scaled numbers are cut here, so that no input, however absurd, overflows the model
MINUTES_A_DAY = 24 * 60
SOURCE_OF_VOCABULARY = "vocabulary"


def preprocessing_fn(inputs: dict[str, tf.Tensor | tf.SparseTensor]) -> dict[str, tf.Tensor]:
    """Turns raw columns into features; see the module's docstring for names, types and shapes.

    `inputs` holds, by name, a dense tensor [batch, 1] for a required column and a sparse one for an optional column.
    """
    raw = {column.name: _dense(inputs[column.name], column) for column in features.COLUMNS}
    numbers, buckets = _numbers(raw)
    days = {column.name: _days_since_1970(raw[column.name]) for column in DATE_COLUMNS}
    return {
        "numbers": tf.concat([numbers, _clock_positions(raw)], axis=1),
        "categories": tf.concat([buckets, _vocabulary_rows(_values(raw, days))], axis=1),
        "label": tf.cast(raw[features.LABEL], tf.float32)[:, tf.newaxis],
        "day": days[features.DATE][:, tf.newaxis],
    }


def _dense(values: tf.Tensor | tf.SparseTensor, column: Column) -> tf.Tensor:
    """Returns [batch], with the column's null where a value is missing."""
    if isinstance(values, tf.SparseTensor):
        one_a_row = tf.SparseTensor(values.indices, values.values, [values.dense_shape[0], 1])
        values = tf.sparse.to_dense(one_a_row, default_value=column.null)
    return tf.reshape(values, [-1])


def _numbers(raw: dict[str, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns scaled numbers and missing-indicators [batch, 2 * n], and the rows of quantile buckets [batch, n]."""
    values = tf.stack([_number_or_nan(raw[column.name], column) for column in NUMBER_COLUMNS], axis=1)
    missing = tf.math.is_nan(values)
    deviations = tft.scale_to_z_score(values, elementwise=True)
    deviations = tf.clip_by_value(deviations, -MOST_DEVIATIONS, MOST_DEVIATIONS)
    scaled = tf.where(missing | tf.math.is_nan(deviations), 0.0, deviations)
    return tf.concat([scaled, tf.cast(missing, tf.float32)], axis=1), _bucket_rows(values, missing)


def _number_or_nan(values: tf.Tensor, column: Column) -> tf.Tensor:
    """Returns float32 [batch] with NaN for null; numbers that are not finite count as null."""
    as_float = tf.cast(values, tf.float32)
    known = tf.math.is_finite(as_float)
    if column.dtype == "int64" and not column.required:
        known &= values != column.null
    return tf.where(known, as_float, math.nan)


def _bucket_rows(values: tf.Tensor, missing: tf.Tensor) -> tf.Tensor:
    """Returns the embedding row of each number's quantile bucket; bucket 0 holds the missing ones."""
    boundaries = tft.quantiles(values, features.QUANTILE_BUCKETS, epsilon=0.01, reduce_instance_dims=False)
    above = tf.cast(values[:, :, tf.newaxis] >= boundaries[tf.newaxis, :, :], tf.int64)
    bucket = tf.where(missing, tf.constant(0, tf.int64), 1 + tf.reduce_sum(above, axis=2))
    first_row = tf.range(len(NUMBER_COLUMNS), dtype=tf.int64) * (features.QUANTILE_BUCKETS + 1)
    return bucket + first_row


def _clock_positions(raw: dict[str, tf.Tensor]) -> tf.Tensor:
    """Returns sine and cosine of each clock time [batch, 2 * clocks]; both are 0 where there is no time."""
    positions = []
    for column in CLOCK_COLUMNS:
        minute = _minute_of_day(raw[column.name])
        angle = 2 * math.pi / MINUTES_A_DAY * tf.cast(minute, tf.float32)
        known = tf.cast(minute >= 0, tf.float32)
        positions += [known * tf.sin(angle), known * tf.cos(angle)]
    return tf.stack(positions, axis=1)


def _minute_of_day(hhmm: tf.Tensor) -> tf.Tensor:
    """Returns minutes since midnight, int64 [batch]; -1 for what is no time of day. 2400 is midnight."""
    hour, minute = hhmm // 100, hhmm % 100
    is_time = (hhmm >= 0) & (hhmm <= 2400) & (minute < 60)
    return tf.where(is_time, (hour * 60 + minute) % MINUTES_A_DAY, tf.constant(-1, tf.int64))


def _days_since_1970(iso_date: tf.Tensor) -> tf.Tensor:
    """Returns the days from 1970-01-01 to YYYY-MM-DD, int64 [batch]; -1 for text that is no such date.

    Howard Hinnant's days_from_civil: years that begin in March, in eras of 400 years.
    """
    is_date = tf.strings.regex_full_match(iso_date, r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
    text = tf.where(is_date, iso_date, "1970-01-01")
    year, month, day = (
        tf.strings.to_number(tf.strings.substr(text, start, length), tf.int64)
        for start, length in ((0, 4), (5, 2), (8, 2))
    )
    year -= tf.cast(month <= 2, tf.int64)
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return tf.where(is_date, era * 146_097 + day_of_era - 719_468, tf.constant(-1, tf.int64))


def _values(raw: dict[str, tf.Tensor], days: dict[str, tf.Tensor]) -> tf.Tensor:
    """Returns the value of every category of CATEGORY_NAMES as text "name=value", string [batch, categories]."""
    values = {column.name: _text(raw[column.name], column) for column in features.of_kind("category")}
    for column in CLOCK_COLUMNS:
        minute = _minute_of_day(raw[column.name])
        values[f"{column.name}.hour"] = _text_or_nothing(minute // 60, minute >= 0)
    for name, day in days.items():
        values[f"{name}.weekday"] = _text_or_nothing((day + 3) % 7, day >= 0)  # 1970-01-01 was a Thursday
    for first, second in features.CROSSES:
        values[f"{first}×{second}"] = tf.strings.join([values[first], values[second]], "×")
    return tf.stack([tf.strings.join([name, "=", values[name]]) for name in CATEGORY_NAMES], axis=1)


def _text(values: tf.Tensor, column: Column) -> tf.Tensor:
    """Returns the values as text, "" for null."""
    if column.dtype == "string":
        return values
    if column.dtype == "int64":
        known = tf.ones_like(values, tf.bool) if column.required else values != column.null
    else:
        known = tf.math.is_finite(values)
    return _text_or_nothing(values, known)


def _text_or_nothing(values: tf.Tensor, known: tf.Tensor) -> tf.Tensor:
    return tf.where(known, tf.strings.as_string(values), "")


def _vocabulary_rows(values: tf.Tensor) -> tf.Tensor:
    """Returns the embedding row of each value, int64 [batch, categories].

    One vocabulary holds the values of all categories. A value outside it falls into one of its own category's
    out-of-vocabulary buckets.
    """
    vocabulary = tft.vocabulary(
        values,
        top_k=features.VOCABULARY_SIZE,
        frequency_threshold=features.MINIMUM_COUNT,
        vocab_filename=SOURCE_OF_VOCABULARY,
    )
    index = tft.apply_vocabulary(values, vocabulary, default_value=-1)
    buckets = features.OUT_OF_VOCABULARY_BUCKETS
    first_bucket = BUCKET_ROWS + tf.range(len(CATEGORY_NAMES), dtype=tf.int64) * buckets
    unknown_row = first_bucket + tf.strings.to_hash_bucket_fast(values, buckets)
    return tf.where(index >= 0, BUCKET_ROWS + UNKNOWN_ROWS + index, unknown_row)
