"""The Keras model: wide and deep over one embedding table."""

from __future__ import annotations

import keras

from trainer import preprocessing
from trainer.hyperparameters import Hyperparameters

INPUTS = ("numbers", "categories")
LAST_LAYER = "deep_logits"  # its bias is set to what the labels' shares or mean ask for


def build_model(hyperparameters: Hyperparameters, units: int) -> keras.Model:
    """Returns the untrained model from the features of preprocessing.py to logits [batch, units].

    Wide: one weight per category value and logit. Deep: an embedding of each category value, and the
    numbers, through a small network. Whole categories are dropped at random in training, so that the model
    leans on none (a tail number says little about next month) and copes with values it has never seen.
    """
    numbers = keras.Input((preprocessing.NUMBERS,), name="numbers")
    categories = keras.Input((preprocessing.CATEGORIES,), dtype="int64", name="categories")
    wide = keras.layers.Embedding(
        preprocessing.EMBEDDING_ROWS, units, embeddings_initializer="zeros", name="wide"
    )(categories)
    deep = keras.layers.Embedding(
        preprocessing.EMBEDDING_ROWS,
        hyperparameters.embedding_size,
        embeddings_initializer=keras.initializers.RandomNormal(stddev=0.05),
        name="embedding",
    )(categories)
    whole_categories = (None, preprocessing.CATEGORIES, 1)
    deep = keras.layers.Dropout(hyperparameters.category_dropout, noise_shape=whole_categories)(deep)
    deep = keras.layers.Concatenate()([keras.layers.Flatten()(deep), numbers])
    for width in hyperparameters.hidden_units:
        deep = keras.layers.Dense(width, activation="relu")(deep)
        deep = keras.layers.Dropout(hyperparameters.dropout)(deep)
    logits = keras.layers.Dense(units, name=LAST_LAYER)(deep) + keras.ops.sum(wide, axis=1)
    return keras.Model({"numbers": numbers, "categories": categories}, logits, name="wide_and_deep")
