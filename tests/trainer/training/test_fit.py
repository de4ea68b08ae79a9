"""Fitting: it repeats, it can overfit, on one device or several."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from tests.trainer.default_hyperparameters import default_hyperparameters
from tests.trainer.random_rows import HYPERPARAMETERS
from trainer.training.fit import fit, strategy
from trainer.training.rows import Rows


def weights(rows: Rows, seed: int, folder) -> list[np.ndarray]:
    """Trains for an epoch and returns the weights."""
    parameters = HYPERPARAMETERS.model_copy(update={"seed": seed})
    return fit(rows, parameters, 1, folder).model.get_weights()


def test_the_same_data_and_seed_give_the_same_weights(transformed, tmp_path):
    """Equal to the last bit; another seed gives others."""
    rows = transformed.rows()
    first, again, other = (weights(rows, seed, tmp_path) for seed in (3, 3, 4))
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert not all(np.array_equal(one, two) for one, two in zip(first, other, strict=True))


@pytest.mark.filterwarnings("error:.*shuffle.*:UserWarning")
def test_keras_is_not_asked_to_shuffle_what_comes_shuffled(transformed, tmp_path):
    """It would not, and newer versions say so."""
    assert fit(transformed.rows(), HYPERPARAMETERS, 1, tmp_path).epochs["loss"]


def test_a_few_records_can_be_learned_by_heart(transformed, tmp_path):
    """With no regularisation the model overfits 32 distinct rows: gradients reach everything they should."""
    rows = transformed.rows()
    _, distinct = np.unique(rows.features["categories"], axis=0, return_index=True)
    few = Rows(
        {name: values[distinct[:32]] for name, values in rows.features.items()},
        rows.label[distinct[:32]],
        rows.day[distinct[:32]],
    )
    parameters = default_hyperparameters(
        max_epochs=150, batch_size=32, learning_rate=0.02, category_dropout=0, dropout=0, weight_decay=0
    )
    fitted = fit(few, parameters, 150, tmp_path)
    assert fitted.epochs["loss"][-1] < 0.02


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
    assert strategy() is tf.distribute.get_strategy()
