"""The words of a text, hashed: no vocabulary, so no analysis, and new words need no training to be read."""

from __future__ import annotations

import tensorflow as tf

MOST_WORDS = 64  # of one text; what follows is not read
NO_WORD = 0


def hashed_words(text: tf.Tensor, buckets: int) -> tf.Tensor:
    """Returns the buckets of a text's first words, int64 [batch, MOST_WORDS]: 1 to `buckets`, then NO_WORD.

    A word is letters and digits of any alphabet, in lower case. A text whose alphabet has no blanks is one
    long word.

    Args:
      text: string [batch], UTF-8.
      buckets: how many there are.
    """
    plain = tf.strings.regex_replace(tf.strings.lower(text, encoding="utf-8"), r"[^\pL\pN\pM]+", " ")
    words = tf.strings.split(plain).to_tensor("", shape=[None, MOST_WORDS])
    bucket = 1 + tf.strings.to_hash_bucket_fast(words, buckets)
    return tf.where(words == "", tf.constant(NO_WORD, tf.int64), bucket)
