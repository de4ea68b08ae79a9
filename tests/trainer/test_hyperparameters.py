"""Hyperparameters are strict and survive the way through Trainer's custom_config."""

import pytest
from pydantic import ValidationError

from tests.trainer.default_hyperparameters import default_hyperparameters
from trainer.hyperparameters import Hyperparameters


def test_a_mistyped_name_is_refused():
    """No number is silently ignored."""
    with pytest.raises(ValidationError, match="learning_rat"):
        default_hyperparameters(learning_rat=0.1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"learning_rate": 0},
        {"learning_rate": 1.5},
        {"dropout": 1.0},
        {"max_epochs": 0},
        {"seed": -1},
        {"seed": 2**32},
        {"hidden_units": (0,)},
        {"hidden_units": (128, -64)},
        {"hidden_units": (65_537,)},
        {"hidden_units": (65_536, 4_097)},
        {"hidden_units": (1,) * 101},
        {"embedding_size": 0},
    ],
)
def test_numbers_out_of_range_are_refused(wrong):
    """Values with which training cannot work."""
    with pytest.raises(ValidationError):
        default_hyperparameters(**wrong)


def test_layers_may_be_none_and_as_wide_as_memory_takes():
    """65,536 beside 4,096 are the most weights between two layers."""
    for units in ((), (65_536,), (65_536, 4_096)):
        assert default_hyperparameters(hidden_units=units).hidden_units == units


def test_they_are_frozen():
    """Nobody changes them on the way."""
    with pytest.raises(ValidationError, match="frozen"):
        default_hyperparameters().seed = 3


def test_json_and_back_changes_nothing():
    """As the graph sends them and run_fn reads them."""
    sent = default_hyperparameters(hidden_units=(8, 4), seed=3)
    assert Hyperparameters.model_validate(sent.model_dump(mode="json")) == sent
