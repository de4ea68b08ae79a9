"""The bounds of hyperparameters are those of what they go into."""

import keras
import pytest

from tests.trainer.default_hyperparameters import default_hyperparameters
from trainer.model import LAST_LAYER, build_model


def test_without_hidden_layers_the_model_is_linear():
    model = build_model(default_hyperparameters(hidden_units=()), units=4)
    dense = [layer.name for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    assert dense == [LAST_LAYER]
    assert model.output_shape == (None, 4)


def test_each_hidden_layer_has_its_units():
    model = build_model(default_hyperparameters(hidden_units=(3, 2)), units=1)
    assert [layer.units for layer in model.layers if isinstance(layer, keras.layers.Dense)] == [3, 2, 1]


def test_the_highest_seed_is_the_highest_that_keras_takes():
    keras.utils.set_random_seed(default_hyperparameters(seed=2**32 - 1).seed)
    with pytest.raises(ValueError, match=r"(?i)seed"):
        keras.utils.set_random_seed(2**32)
