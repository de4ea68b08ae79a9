"""The Keras model: wide and deep over embeddings of categories and of words."""

from __future__ import annotations

import keras

from trainer import features, preprocessing
from trainer.hyperparameters import Hyperparameters
from trainer.words import MOST_WORDS, NO_WORD

INPUTS = ("numbers", "categories", *(("words",) if preprocessing.WORDS else ()))
LAST_LAYER = "deep_logits"  # its bias is set to what the labels' shares or mean ask for


def build_model(hyperparameters: Hyperparameters, units: int) -> keras.Model:
    """Returns the untrained model from the features of preprocessing.py to logits [batch, units].

    Wide: one weight per category value and logit, and for each text the mean weight of its words. Deep: an
    embedding of each category value, for each text the mean embedding of its words, and the numbers, through
    a small network. Whole categories and texts are dropped at random in training, so that the model leans on
    none (a tail number says little about next month) and copes with values it has never seen.
    """
    widths = {name: getattr(preprocessing, name.upper()) for name in INPUTS}
    inputs = {
        name: keras.Input((width,), dtype="float32" if name == "numbers" else "int64", name=name)
        for name, width in widths.items()
    }
    wide, deep = zip(*_embedded(inputs, hyperparameters, units), strict=True)
    hidden = keras.layers.Concatenate()([*(keras.layers.Flatten()(each) for each in deep), inputs["numbers"]])
    for width in hyperparameters.hidden_units:
        hidden = keras.layers.Dense(width, activation="relu")(hidden)
        hidden = keras.layers.Dropout(hyperparameters.dropout)(hidden)
    logits = keras.layers.Dense(units, name=LAST_LAYER)(hidden)
    for weights in wide:
        logits += keras.ops.sum(weights, axis=1)
    return keras.Model(inputs, logits, name="wide_and_deep")


def _embedded(
    inputs: dict[str, keras.KerasTensor], hyperparameters: Hyperparameters, units: int
) -> list[tuple[keras.KerasTensor, keras.KerasTensor]]:
    """Returns pairs of weights [batch, columns, units] and embeddings [batch, columns, size]."""
    size = hyperparameters.embedding_size
    near_zero = keras.initializers.RandomNormal(stddev=0.05)
    tables = {"wide": (units, "zeros"), "embedding": (size, near_zero)}
    categories = [
        keras.layers.Embedding(
            preprocessing.EMBEDDING_ROWS, width, embeddings_initializer=initializer, name=name
        )(inputs["categories"])
        for name, (width, initializer) in tables.items()
    ]
    pairs = [(categories[0], _dropped(categories[1], hyperparameters))]
    if preprocessing.WORDS:
        weights, vectors = (
            _mean_of_words(inputs["words"], width, initializer, f"{name}_of_words")
            for name, (width, initializer) in tables.items()
        )
        pairs.append((weights, _dropped(vectors, hyperparameters)))
    return pairs


def _dropped(vectors: keras.KerasTensor, hyperparameters: Hyperparameters) -> keras.KerasTensor:
    """Returns vectors [batch, columns, size], in training without some whole columns of each row."""
    whole_columns = (None, vectors.shape[1], 1)
    return keras.layers.Dropout(hyperparameters.category_dropout, noise_shape=whole_columns)(vectors)


def _mean_of_words(
    words: keras.KerasTensor, width: int, initializer: str | keras.initializers.Initializer, name: str
) -> keras.KerasTensor:
    """Returns the mean vector of each text's words [batch, texts, width]; zeros for a text without words."""
    by_text = keras.layers.Reshape((-1, MOST_WORDS))(words)
    vectors = keras.layers.Embedding(
        features.TABLE.text_buckets + 1, width, embeddings_initializer=initializer, name=name
    )(by_text)
    is_word = keras.ops.cast(keras.ops.not_equal(by_text, NO_WORD), "float32")[..., None]
    count = keras.ops.maximum(keras.ops.sum(is_word, axis=2), 1.0)
    return keras.ops.sum(vectors * is_word, axis=2) / count
