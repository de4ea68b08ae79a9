"""Training that has gone wrong stops with a clear error."""

import numpy as np
import pytest

from tests.trainer.random_inputs import BINARY
from tests.trainer.random_rows import HYPERPARAMETERS
from trainer.training.non_finite_loss import DivergedError, RaiseOnNonFiniteLoss
from trainer.training.train import train


def test_a_loss_that_is_not_a_number_stops_training(transformed, tmp_path):
    """An absurd learning rate ends in DivergedError that says where and what to do, not in a model of NaN."""
    parameters = HYPERPARAMETERS.model_copy(update={"learning_rate": 1e30, "max_epochs": 20})
    with pytest.raises(DivergedError, match=r"The loss became .* lower learning_rate"):
        train(transformed.rows(), BINARY, parameters, tmp_path)
    assert not (tmp_path / "history.json").exists()


@pytest.mark.parametrize("loss", [np.nan, np.inf])
def test_each_batch_and_each_validation_is_watched(loss):
    """Whichever loss goes first, training stops there."""
    with pytest.raises(DivergedError, match="training batch 7"):
        RaiseOnNonFiniteLoss().on_train_batch_end(7, {"loss": loss})
    with pytest.raises(DivergedError, match="validation after epoch 1"):
        RaiseOnNonFiniteLoss().on_epoch_end(0, {"loss": 0.5, "val_loss": loss})


def test_a_finite_loss_is_let_through_with_and_without_validation():
    """Nothing is raised while every loss is a number."""
    guard = RaiseOnNonFiniteLoss()
    guard.on_train_batch_end(0, {"loss": 0.75})
    guard.on_epoch_end(0, {"loss": 0.5})
    guard.on_epoch_end(1, {"loss": 0.5, "val_loss": 0.6})
