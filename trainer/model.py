"""The Keras model: embeddings of every category beside the scaled numbers, wide and deep."""

import keras

from trainer import preprocessing
from trainer.hyperparameters import Hyperparameters

INPUTS = ("numbers", "categories")


def build_model(hyperparameters: Hyperparameters) -> keras.Model:
    """Builds the untrained model: numbers [batch, NUMBERS] and categories [batch, CATEGORIES] to logit [batch, 1].

    Wide: one weight a category value. Deep: an embedding a category value and the numbers through a small network.
    """
    numbers = keras.Input((preprocessing.NUMBERS,), name="numbers")
    categories = keras.Input((preprocessing.CATEGORIES,), dtype="int64", name="categories")
    wide = _embed(categories, 1, "wide")
    deep = _embed(categories, hyperparameters.embedding_size, "embedding")
    deep = keras.layers.Dropout(hyperparameters.embedding_dropout)(deep)
    deep = keras.layers.Concatenate()([keras.layers.Flatten()(deep), numbers])
    for units in hyperparameters.hidden_units:
        deep = keras.layers.Dense(units, activation="relu")(deep)
        deep = keras.layers.Dropout(hyperparameters.dropout)(deep)
    logit = keras.layers.Dense(1, name="deep")(deep)
    logit = keras.layers.Add(name="logit")([logit, keras.ops.sum(wide, axis=1)])
    return keras.Model({"numbers": numbers, "categories": categories}, logit, name="wide_and_deep")


def _embed(categories: keras.KerasTensor, size: int, name: str) -> keras.KerasTensor:
    initializer = keras.initializers.RandomNormal(stddev=0.05) if size > 1 else "zeros"
    return keras.layers.Embedding(
        preprocessing.EMBEDDING_ROWS, size, embeddings_initializer=initializer, name=name
    )(categories)
