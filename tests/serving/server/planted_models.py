"""Writes small models of which some are faulty, once they get something to do."""

from collections.abc import Callable
from pathlib import Path

import tensorflow as tf

SPIN = 4000  # turns of a loop, many times what the model takes without


def _score(x: tf.Tensor) -> tf.Tensor:
    return tf.sin(x)


def good(x: tf.Tensor) -> tf.Tensor:
    """Answers a little otherwise than the champion, and as well."""
    return _score(x) + 1e-4


def not_a_number(x: tf.Tensor) -> tf.Tensor:
    """Answers NaN, but not to the row of zeros by which a server sees that it can be asked."""
    return tf.where(x > 0, x * float("nan"), _score(x))


def slow(x: tf.Tensor) -> tf.Tensor:
    """Takes at least ten times as long."""
    turns = tf.where(tf.reduce_max(x) > 0, SPIN, 0)
    spun = tf.while_loop(lambda turn: turn < turns, lambda turn: (turn + 1,), (tf.constant(0),))
    return _score(x) + tf.cast(spun[0] - turns, tf.float32)


def failing(x: tf.Tensor) -> tf.Tensor:
    """Fails for a quarter of the rows."""
    fails = tf.reduce_any(tf.cast(x, tf.int64) % 4 == 1)
    content = tf.cond(fails, lambda: tf.io.read_file("/nowhere/nothing"), lambda: tf.constant(""))
    return _score(x) + tf.cast(tf.strings.length(content), tf.float32)


def shifted(x: tf.Tensor) -> tf.Tensor:
    """Answers a quarter of a standard deviation too much, and scatters about that."""
    return _score(x) + 0.18 + 0.3 * tf.sin(1000.0 * x)


def write_planted(folder: Path, score: Callable[[tf.Tensor], tf.Tensor] = _score) -> Path:
    """Writes a model of one input `x` and one output `score`, in one step."""
    unfinished = folder.with_name(f"unfinished-{folder.name}")
    model = tf.Module()
    model.call = tf.function(
        lambda x: {"score": score(x)}, input_signature=[tf.TensorSpec([None], tf.float32, name="x")]
    )
    tf.saved_model.save(model, str(unfinished), signatures=model.call)
    return unfinished.rename(folder)
