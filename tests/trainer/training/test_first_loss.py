"""The loss that training started from is kept."""

from trainer.training.first_loss import FirstLoss


def test_the_first_loss_is_kept_and_later_ones_do_not_replace_it():
    first_loss = FirstLoss()
    assert first_loss.value is None
    first_loss.on_train_batch_end(0, {"loss": 0.75})
    first_loss.on_train_batch_end(1, {"loss": 0.5})
    assert first_loss.value == 0.75
