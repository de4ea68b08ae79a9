"""Training: it learns, it chooses epochs on the latest days, it reports."""

import dataclasses
import json
import math

import pytest
import tensorflow as tf

from tests.trainer.random_inputs import BINARY
from tests.trainer.random_rows import HYPERPARAMETERS
from trainer.training import train as training
from trainer.training.fit import FitResult
from trainer.training.rows import Rows, TrainingDataError


def test_training_beats_the_label_mean_on_later_days(trained, transformed):
    """On held-out days the loss is below that of always answering the mean label, and the order is better."""
    mean = transformed.rows().label.mean()
    entropy = -(mean * math.log(mean) + (1 - mean) * math.log(1 - mean))
    assert trained.report.validation_loss < 0.95 * entropy
    assert trained.report.validation_metrics["auc"] > 0.65


def test_the_first_batch_is_predicted_with_the_label_mean(trained, transformed):
    """An untrained model starts from the mean, so its first loss is about the mean's entropy, not log 2."""
    mean = transformed.rows().label.mean()
    entropy = -(mean * math.log(mean) + (1 - mean) * math.log(1 - mean))
    assert abs(trained.report.first_loss - entropy) < 0.08


def test_history_is_written_as_json(trained):
    """history.json holds the first losses, the best epoch, the validation metrics and every epoch."""
    written = json.loads((trained.run_dir / "history.json").read_text())
    assert written == dataclasses.asdict(trained.report)
    losses = written["epochs"]["val_loss"]
    assert written["best_epoch"] == 1 + losses.index(min(losses))
    assert written["validation_loss"] == min(losses)
    assert written["first_epoch_loss"] == written["epochs"]["loss"][0]


def test_tensorboard_can_read_the_losses(trained):
    """The event files of both fits hold a loss for each epoch."""
    report = trained.report
    for fit, epochs in (("stopping", len(report.epochs["loss"])), ("final", report.best_epoch)):
        (events,) = (trained.run_dir / fit / "train").glob("events.out.tfevents.*")
        tags = [
            v.tag for event in tf.compat.v1.train.summary_iterator(str(events)) for v in event.summary.value
        ]
        assert tags.count("epoch_loss") == epochs


def test_epochs_are_chosen_on_the_latest_days_and_the_model_sees_all(transformed, tmp_path, monkeypatch):
    """First fit: earlier days against the last ones. Second fit: all days, for the best number of epochs."""
    fits = []

    class Recorder:
        def __init__(self, *_):
            pass

        def fit(self, rows: Rows, epochs, _logs, held_out=None):
            fits.append((rows, epochs, held_out))
            losses = {"loss": [0.5, 0.4, 0.3], "val_loss": [0.6, 0.5, 0.7], "val_auc": [0.5, 0.6, 0.7]}
            return FitResult(None, 0.8, losses)

    monkeypatch.setattr(training, "Fitter", Recorder)
    rows = transformed.rows()
    _, report = training.train(rows, BINARY, HYPERPARAMETERS, tmp_path)
    (earlier, most, held_out), (everything, best, nothing) = fits
    assert sorted(set(held_out.day)) == sorted(set(rows.day))[-HYPERPARAMETERS.validation_days :]
    assert earlier.day.max() < held_out.day.min()
    assert len(earlier) + len(held_out) == len(everything) == len(rows)
    assert (most, best, nothing) == (HYPERPARAMETERS.max_epochs, 2, None)
    assert (report.best_epoch, report.first_loss) == (2, 0.8)
    assert report.validation_metrics == {"auc": 0.6}


def test_too_few_days_are_refused(transformed, tmp_path):
    """Nothing is trained when holding out the last days leaves none."""
    rows = transformed.rows()
    parameters = HYPERPARAMETERS.model_copy(update={"validation_days": 10})
    with pytest.raises(TrainingDataError, match=r"Train holds 10 days.*validation_days"):
        training.train(rows, BINARY, parameters, tmp_path)
