"""Fitting: it repeats, it can overfit, on one device or several."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from tests.trainer.default_hyperparameters import default_hyperparameters, small_hyperparameters
from tests.trainer.random_inputs import BINARY, random_inputs
from tests.trainer.random_rows import HYPERPARAMETERS
from trainer.training import fit as fitting
from trainer.training.fit import Fitter, strategy
from trainer.training.rows import Rows


def weights(rows: Rows, seed: int, folder) -> list[np.ndarray]:
    """Trains for an epoch and returns the weights."""
    parameters = HYPERPARAMETERS.model_copy(update={"seed": seed})
    return Fitter(BINARY, parameters).fit(rows, 1, folder).model.get_weights()


def test_the_same_data_and_seed_give_the_same_weights(transformed, tmp_path):
    """Equal to the last bit; another seed gives others."""
    rows = transformed.rows()
    first, again, other = (weights(rows, seed, tmp_path) for seed in (3, 3, 4))
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert not all(np.array_equal(one, two) for one, two in zip(first, other, strict=True))


@pytest.mark.filterwarnings("error:.*shuffle.*:UserWarning")
def test_keras_is_not_asked_to_shuffle_what_comes_shuffled(transformed, tmp_path):
    """It would not, and newer versions say so."""
    assert Fitter(BINARY, HYPERPARAMETERS).fit(transformed.rows(), 1, tmp_path).epochs["loss"]


@pytest.mark.filterwarnings("error:.*ran out of data:UserWarning")
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("rows", [300, 20])  # five batches, the last one short; one, smaller than a batch
def test_steps_are_those_of_the_batches_and_of_the_schedule(rows, mirrored, tmp_path, monkeypatch):
    """Keras knows how many batches there are: it counts no step without rows, and has nothing to warn of."""
    if mirrored:
        monkeypatch.setattr(fitting, "strategy", lambda: tf.distribute.MirroredStrategy(["CPU:0"]))
    parameters = small_hyperparameters(max_epochs=2, batch_size=64, patience_epochs=2)
    fitted = Fitter(BINARY, parameters).fit(random_inputs(rows, 1), 2, tmp_path, random_inputs(9, 2))
    optimizer = fitted.model.optimizer
    assert optimizer.iterations.numpy() == 2 * math.ceil(rows / 64)
    schedule = optimizer.get_config()["learning_rate"]["config"]
    assert schedule["decay_steps"] == 2 * math.ceil(rows / 64)


def test_a_second_fit_is_that_of_a_new_model(tmp_path):
    """Weights, moments, dropout, the schedule and the first bias are as if there had been no first one."""
    first, second = random_inputs(300, 1), random_inputs(170, 2)
    second.label[:] = second.label * 0 + (np.arange(170) % 5 == 0)[:, None]
    parameters = small_hyperparameters(max_epochs=3, batch_size=64, patience_epochs=3, dropout=0.3)
    used = Fitter(BINARY, parameters)
    used.fit(first, 2, tmp_path / "first", random_inputs(9, 3))
    again, new = (
        fitter.fit(second, 2, tmp_path / name)
        for name, fitter in (("again", used), ("new", Fitter(BINARY, parameters)))
    )
    assert again.epochs == new.epochs
    assert again.first_loss == new.first_loss
    for one, two in zip(again.model.get_weights(), new.model.get_weights(), strict=True):
        assert np.array_equal(one, two)


def test_a_second_fit_is_not_traced_again(tmp_path, monkeypatch):
    """Python computes the loss while TensorFlow traces, and never afterwards."""
    fitter, traced = Fitter(BINARY, small_hyperparameters(max_epochs=1, batch_size=64)), []
    compute_loss = fitter.model.compute_loss

    def traced_loss(*positional, **named):
        traced.append(1)
        return compute_loss(*positional, **named)

    monkeypatch.setattr(fitter.model, "compute_loss", traced_loss)
    fitter.fit(random_inputs(300, 1), 1, tmp_path / "first", random_inputs(9, 3))
    before = len(traced)
    assert before
    fitter.fit(random_inputs(500, 2), 1, tmp_path / "second")
    assert len(traced) == before


def test_fitting_stops_when_held_out_rows_no_longer_gain(tmp_path):
    """Epochs are counted from call to call of Keras' fit: these gain never, so it ends after its patience."""
    rows = random_inputs(100, 1)
    contrary = Rows(rows.features, 1 - rows.label, rows.day)
    parameters = small_hyperparameters(max_epochs=9, batch_size=50, patience_epochs=2, learning_rate=0.01)
    fitted = Fitter(BINARY, parameters).fit(rows, 9, tmp_path, contrary)
    assert len(fitted.epochs["loss"]) == len(fitted.epochs["val_loss"]) == 3
    assert fitted.model.optimizer.iterations.numpy() == 3 * 2


def test_a_few_records_can_be_learned_by_heart(transformed, tmp_path):
    """With no regularisation the model overfits 32 distinct rows: gradients reach everything they should."""
    rows = transformed.rows()
    _, distinct = np.unique(rows.features["categories"], axis=0, return_index=True)
    seen = np.tile(distinct[:32], 15)  # an epoch begins slower than it takes a step
    few = Rows(
        {name: values[seen] for name, values in rows.features.items()}, rows.label[seen], rows.day[seen]
    )
    parameters = default_hyperparameters(
        max_epochs=10, batch_size=32, learning_rate=0.02, category_dropout=0, dropout=0, weight_decay=0
    )
    fitted = Fitter(BINARY, parameters).fit(few, 10, tmp_path)
    assert fitted.epochs["loss"][-1] < 0.02


def run_module(name: str, *arguments: str) -> str:
    """Returns what a module of this folder prints, run in a process of its own."""
    command = [sys.executable, "-m", f"tests.trainer.{name}", *arguments]
    done = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_replicas_share_the_work_and_the_model_can_be_exported(transformed, tmp_path):
    """MirroredStrategy, here over three logical CPUs: uneven batches are no trouble, the export answers."""
    graph = Path(transformed.output.transform_savedmodel_dir).parent
    printed = run_module("train_on_replicas", transformed.examples, str(graph), str(tmp_path))
    assert printed.endswith("replicas 3, probability of 1 row\n")


@pytest.mark.slow
def test_two_devices_train_as_one_does(tmp_path):
    """The same rows in the same batches, as many steps: the same losses and weights, but for rounding."""
    run_module("fit_on_devices", str(tmp_path))
    one, two = (np.load(tmp_path / f"{devices}.npz") for devices in (1, 2))
    assert one["iterations"] == two["iterations"] == 2 * 20
    for name in one.files:
        np.testing.assert_allclose(one[name], two[name], rtol=0, atol=2e-6, err_msg=name)


def test_without_a_gpu_the_default_strategy_is_used():
    """Here there is no GPU, and no strategy stands between Keras and the CPU."""
    assert not tf.config.list_logical_devices("GPU")
    assert strategy() is tf.distribute.get_strategy()
