"""Training: it learns, it repeats, it chooses epochs on the latest days, it reports."""

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from tests.trainer.random_rows import HYPERPARAMETERS
from trainer.hyperparameters import Hyperparameters
from trainer.training import training
from trainer.training.rows import Rows, TrainingDataError


def test_training_beats_the_label_mean_on_later_days(trained, transformed):
    """On held-out days the loss is below that of always answering the mean label, and the order is better."""
    mean = transformed.rows().label.mean()
    entropy = -(mean * math.log(mean) + (1 - mean) * math.log(1 - mean))
    assert trained.history["validation_loss"] < 0.95 * entropy
    assert trained.history["validation_auc"] > 0.65


def test_the_first_batch_is_predicted_with_the_label_mean(trained, transformed):
    """An untrained model starts from the mean, so its first loss is about the mean's entropy, not log 2."""
    mean = transformed.rows().label.mean()
    entropy = -(mean * math.log(mean) + (1 - mean) * math.log(1 - mean))
    assert abs(trained.history["first_loss"] - entropy) < 0.08


def test_history_is_written_as_json(trained):
    """history.json holds the first losses, the best epoch, the validation metrics and every epoch."""
    written = json.loads((trained.run_dir / "history.json").read_text())
    assert written == trained.history
    losses = written["epochs"]["val_loss"]
    assert written["best_epoch"] == 1 + losses.index(min(losses))
    assert written["validation_loss"] == min(losses)
    assert written["first_epoch_loss"] == written["epochs"]["loss"][0]


def test_tensorboard_can_read_the_losses(trained):
    """The event files of both fits hold a loss for each epoch."""
    for fit in ("stopping", "final"):
        (events,) = (trained.run_dir / fit / "train").glob("events.out.tfevents.*")
        tags = [
            v.tag for event in tf.compat.v1.train.summary_iterator(str(events)) for v in event.summary.value
        ]
        assert tags.count("epoch_loss") >= 1


def test_epochs_are_chosen_on_the_latest_days_and_the_model_sees_all(transformed, tmp_path, monkeypatch):
    """First fit: earlier days against the last ones. Second fit: all days, for the best number of epochs."""
    fits = []

    def record(rows: Rows, _parameters, epochs, _logs, _callbacks, held_out=None):
        fits.append((rows, epochs, held_out))
        return None, {"loss": [0.5, 0.4, 0.3], "val_loss": [0.6, 0.5, 0.7], "val_auc": [0.5, 0.6, 0.7]}

    monkeypatch.setattr(training, "fit", record)
    rows = transformed.rows()
    _, history = training.train(rows, HYPERPARAMETERS, tmp_path)
    (earlier, most, held_out), (everything, best, nothing) = fits
    assert sorted(set(held_out.day)) == sorted(set(rows.day))[-HYPERPARAMETERS.validation_days :]
    assert earlier.day.max() < held_out.day.min()
    assert len(earlier) + len(held_out) == len(everything) == len(rows)
    assert (most, best, nothing) == (HYPERPARAMETERS.max_epochs, 2, None)
    assert history["best_epoch"] == 2


def weights(rows: Rows, seed: int, folder) -> list[np.ndarray]:
    """Trains for an epoch and returns the weights."""
    parameters = HYPERPARAMETERS.model_copy(update={"seed": seed})
    model, _ = training.fit(rows, parameters, 1, folder, [])
    return model.get_weights()


def test_the_same_data_and_seed_give_the_same_weights(transformed, tmp_path):
    """Equal to the last bit; another seed gives others."""
    rows = transformed.rows()
    first, again, other = (weights(rows, seed, tmp_path) for seed in (3, 3, 4))
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert not all(np.array_equal(one, two) for one, two in zip(first, other, strict=True))


def test_a_few_records_can_be_learned_by_heart(transformed, tmp_path):
    """With no regularisation the model overfits 32 distinct rows: gradients reach everything they should."""
    rows = transformed.rows()
    _, distinct = np.unique(rows.features["categories"], axis=0, return_index=True)
    few = Rows(
        {name: values[distinct[:32]] for name, values in rows.features.items()},
        rows.label[distinct[:32]],
        rows.day[distinct[:32]],
    )
    parameters = Hyperparameters(
        max_epochs=150, batch_size=32, learning_rate=0.02, category_dropout=0, dropout=0, weight_decay=0
    )
    _, history = training.fit(few, parameters, 150, tmp_path, [])
    assert history["loss"][-1] < 0.02


def test_too_few_days_are_refused(transformed, tmp_path):
    """Nothing is trained when holding out the last days leaves none."""
    rows = transformed.rows()
    parameters = HYPERPARAMETERS.model_copy(update={"validation_days": 10})
    with pytest.raises(TrainingDataError, match=r"Train holds 10 days.*validation_days"):
        training.train(rows, parameters, tmp_path)


@pytest.mark.slow
def test_replicas_share_the_work_and_the_model_can_be_exported(transformed, tmp_path):
    """MirroredStrategy, here over three logical CPUs: uneven batches are no trouble, the export answers."""
    graph = Path(transformed.output.transform_savedmodel_dir).parent
    command = [
        sys.executable,
        "-m",
        "tests.trainer.train_on_replicas",
        transformed.examples,
        str(graph),
        str(tmp_path),
    ]
    done = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("replicas 3, probability of 1 row\n")


def test_without_a_gpu_the_default_strategy_is_used():
    """Here there is no GPU, and no strategy stands between Keras and the CPU."""
    assert not tf.config.list_logical_devices("GPU")
    assert training.strategy() is tf.distribute.get_strategy()
