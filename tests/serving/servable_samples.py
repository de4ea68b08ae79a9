"""Writes the small SavedModels that the serving tests serve."""

import inspect
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

# Column -> type, default. None: every request must hold it.
COLUMNS: dict[str, tuple[tf.DType, Any]] = {
    "distance": (tf.float32, None),
    "hour": (tf.int64, None),
    "carrier": (tf.string, ""),
    "gusts": (tf.float32, float("nan")),
    "seats": (tf.int64, -1),
}
CARRIER_SCORES = {"UA": 1.0, "DL": 2.0}
UNKNOWN_CARRIER_SCORE = -1.0
VECTORS = tf.TensorSpec([None, 2], tf.float32, name="vectors")
NAMES = tf.TensorSpec([None], tf.string, name="names")
SPINS = tf.TensorSpec([None], tf.int64, name="spins")
EXAMPLES = tf.TensorSpec([None], tf.string, name="examples")


def expected_score(
    distance: float, hour: int, carrier: str = "", gusts: float = np.nan, seats: int = -1, weight: float = 2.0
) -> float:
    """What `write_scorer`'s model answers for one row."""
    gusts = 0.0 if np.isnan(gusts) else gusts
    return distance * weight + hour + CARRIER_SCORES.get(carrier, UNKNOWN_CARRIER_SCORE) + gusts + seats


class Scorer(tf.Module):
    """A variable, a table of a vocabulary, and a signature of each kind that the server has to answer."""

    def __init__(self, weight: float, vocabulary: Path) -> None:
        super().__init__()
        self.weight = tf.Variable(weight)
        self.vocabulary = tf.saved_model.Asset(str(vocabulary))
        entries = tf.lookup.TextFileInitializer(self.vocabulary, tf.string, 0, tf.float32, 1)
        self.carriers = tf.lookup.StaticHashTable(entries, UNKNOWN_CARRIER_SCORE)

    def score(self, columns: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """All columns [batch] to `probability` float32 [batch]."""
        gusts = tf.where(tf.math.is_nan(columns["gusts"]), 0.0, columns["gusts"])
        whole = tf.cast(columns["hour"] + columns["seats"], tf.float32)
        carrier = self.carriers.lookup(columns["carrier"])
        return {"probability": columns["distance"] * self.weight + whole + carrier + gusts}

    @tf.function(input_signature=[EXAMPLES])
    def tf_examples(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        """Serialized tf.Example [batch] to `probability` float32 [batch]."""
        spec = {name: tf.io.FixedLenFeature([], dtype, default) for name, (dtype, default) in COLUMNS.items()}
        return self.score(tf.io.parse_example(examples, spec))

    @tf.function(input_signature=[NAMES, VECTORS])
    def several(self, names: tf.Tensor, vectors: tf.Tensor) -> dict[str, tf.Tensor]:
        """Names [batch] and vectors [batch, 2] to several outputs of several types."""
        return {
            "name": names,
            "name_bytes": names,
            "scaled": vectors * self.weight,
            "positive": vectors[:, 0] > 0,
            "batch_size": tf.fill([tf.shape(names)[0]], tf.shape(names)[0]),
        }

    @tf.function(input_signature=[VECTORS])
    def total(self, vectors: tf.Tensor) -> dict[str, tf.Tensor]:
        """Vectors [batch, 2] to one number for the whole batch: an output without a batch dimension."""
        return {"total": tf.reduce_sum(vectors)}

    @tf.function(input_signature=[SPINS])
    def slow(self, spins: tf.Tensor) -> dict[str, tf.Tensor]:
        """Spins [batch], and counts them: a call that takes as long as the caller likes."""
        count = tf.constant(0, tf.int64)
        while count < tf.reduce_sum(spins):
            count += 1
        return {"count": tf.fill(tf.shape(spins), count)}


def named_columns(
    score: Callable[[dict[str, tf.Tensor]], dict[str, tf.Tensor]],
) -> tf.types.experimental.PolymorphicFunction:
    """Returns a signature function with one input a column, whose defaults become SignatureDef.defaults.

    TensorFlow exports a default where the tf.function has a positional argument with a Tensor as default.
    """
    ordered = sorted(COLUMNS, key=lambda name: COLUMNS[name][1] is not None)  # Python wants defaults last
    parameters = []
    for name in ordered:
        dtype, default = COLUMNS[name]
        value = inspect.Parameter.empty if default is None else tf.constant([default], dtype)
        parameters.append(inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=value))
    signature = inspect.Signature(parameters)

    def serving_default(*args: tf.Tensor, **kwargs: tf.Tensor) -> dict[str, tf.Tensor]:
        return score(dict(signature.bind(*args, **kwargs).arguments))

    serving_default.__signature__ = signature  # type: ignore[attr-defined]
    specs = [tf.TensorSpec([None], COLUMNS[name][0], name=name) for name in ordered]
    return tf.function(serving_default, input_signature=specs)


def write_scorer(folder: Path, weight: float = 2.0) -> Path:
    """Writes a good model; it appears at `folder` in one step, as a release does."""
    unfinished = folder.with_name(f"unfinished-{folder.name}")
    with tempfile.TemporaryDirectory() as source:
        vocabulary = Path(source) / "carriers"
        vocabulary.write_text("".join(f"{carrier}\t{score}\n" for carrier, score in CARRIER_SCORES.items()))
        scorer = Scorer(weight, vocabulary)
        scorer.serving_default = named_columns(scorer.score)
        names = ["serving_default", "tf_examples", "several", "total", "slow"]
        tf.saved_model.save(
            scorer, str(unfinished), signatures={name: getattr(scorer, name) for name in names}
        )
    return unfinished.rename(folder)


def write_examples_model(folder: Path) -> Path:
    """Writes a model of TensorFlow 1, as Estimators did, with signatures for Classify, Regress and Predict.

    Of an example with a float `x`: the label of the one class is "big" or "small" and its score is x; the
    number is twice x.
    """
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        serialized = tf.compat.v1.placeholder(tf.string, [None], "examples")
        x = tf.io.parse_example(serialized, {"x": tf.io.FixedLenFeature([1], tf.float32)})["x"]
        labels = tf.where(x > 10, "big", "small")
        make = tf.compat.v1.saved_model.signature_def_utils
        signatures = {
            "serving_default": make.classification_signature_def(serialized, labels, x),
            "scores": make.classification_signature_def(serialized, None, x),
            "regress": make.regression_signature_def(serialized, 2 * x),
            "predict": make.predict_signature_def({"inputs": serialized}, {"x": x}),
            "flat": make.classification_signature_def(serialized, labels[:, 0], x),
        }
        builder = tf.compat.v1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(session, ["serve"], signatures)
        builder.save()
    return folder


def write_warm_up(folder: Path, records: Sequence[bytes]) -> Path:
    """Writes the warm-up file of a version."""
    path = folder / "assets.extra" / "tf_serving_warmup_requests"
    path.parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in records:
            writer.write(record)
    return path


def write_garbage(folder: Path) -> Path:
    """Writes a version folder whose saved_model.pb is none."""
    unfinished = folder.with_name(f"unfinished-{folder.name}")
    unfinished.mkdir(parents=True)
    (unfinished / "saved_model.pb").write_bytes(b"no model")
    return unfinished.rename(folder)


def write_keras(folder: Path) -> Path:
    """Writes a Keras 3 model by tf.saved_model.save, as many examples do: its variables cannot be found."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    call = tf.function(
        lambda x: {"probability": model(x)}, input_signature=[tf.TensorSpec([None, 1], tf.float32, name="x")]
    )
    tf.saved_model.save(model, str(folder), signatures=call)
    return folder


def write_large(folder: Path, megabytes: int) -> Path:
    """Writes a model that takes so much memory once it is loaded."""
    model = tf.Module()
    model.weights = tf.Variable(np.ones(megabytes * 2**18, np.float32))
    model.total = tf.function(
        lambda x: {"total": x + model.weights[0]},
        input_signature=[tf.TensorSpec([None], tf.float32, name="x")],
    )
    tf.saved_model.save(model, str(folder), signatures=model.total)
    return folder
