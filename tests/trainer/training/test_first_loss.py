"""The loss that training started from is kept."""

import pytest

from trainer.training.first_loss import FirstLoss


def kept(reports: list[tuple[int, float]], batches: int) -> float | None:
    """Returns what is kept of an epoch's reports, each a batch's number and the mean loss up to it."""
    first_loss = FirstLoss(batches)
    for batch, loss in reports:
        first_loss.on_train_batch_end(batch, {"loss": loss})
    first_loss.on_epoch_end(0, {"loss": 9.0})
    first_loss.on_train_batch_end(0, {"loss": 8.0})
    return first_loss.value


@pytest.mark.parametrize(
    ("reports", "value"),
    [
        ([(0, 0.9), (1, 0.8), (2, 0.7), (3, 0.6), (4, 0.5)], 0.6),  # one batch a call, as under a strategy
        ([(3, 0.6), (7, 0.5)], 0.6),  # several a call
        ([(0, 0.9), (1, 0.8)], 0.8),  # an epoch with fewer batches
        ([(3, 0.8)], 0.8),  # the same, several a call
    ],
)
def test_the_loss_of_the_first_batches_is_kept_and_later_ones_do_not_replace_it(reports, value):
    """However many batches Keras takes before it reports, it is the mean of the same ones."""
    assert kept(reports, batches=4) == value


def test_there_is_none_before_training():
    assert FirstLoss(4).value is None
