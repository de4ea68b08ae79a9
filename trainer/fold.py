"""The fold of a row without a day: a hash, equal for rows that belong together, to hold a share out."""

from __future__ import annotations

from collections.abc import Mapping

import tensorflow as tf

from trainer import features

FOLDS = 2**31  # of which a share is held out
# SipHash with a key of its own: no bit of it says on which side of the split into train and eval a row is.
_KEY = (17, 4)
Value = tuple[tf.Tensor, tf.Tensor]  # values [batch], and which are there, bool [batch]


def fold(raw: Mapping[str, Value], split_key: str | None) -> tf.Tensor:
    """Returns the folds of rows, int64 [batch], 0 to FOLDS - 1.

    Args:
      raw: the columns by name.
      split_key: column that says who a row belongs to; None: rows belong together whose features are equal.
    """
    names = [split_key] if split_key else sorted(column.name for column in features.REQUEST_COLUMNS)
    texts = tf.strings.join([_text(*raw[name]) for name in names], separator="\x1f")
    return tf.strings.to_hash_bucket_strong(texts, FOLDS, key=[*_KEY])


def _text(values: tf.Tensor, known: tf.Tensor) -> tf.Tensor:
    if values.dtype == tf.string:
        return values
    if values.dtype.is_floating:
        values = tf.bitcast(values + 0.0, tf.int32)  # -0 is 0
    return tf.where(known, tf.strings.as_string(values), "")
