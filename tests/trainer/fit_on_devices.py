"""Fits the same rows on one device and on two logical CPUs, and writes what came of each.

A process of its own, because devices are fixed when TensorFlow starts. Argument: a folder, to write 1.npz and
2.npz into: losses, first loss, iterations and weights.
"""

import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

from tests.trainer.default_hyperparameters import small_hyperparameters
from tests.trainer.random_inputs import BINARY, random_inputs
from trainer.training import fit

ROWS, BATCH, EPOCHS = 624, 32, 2  # 20 batches, more than STEPS_PER_CALL; the last one is short


def main(into: Path) -> None:
    """Fits on each number of devices."""
    (cpu,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    for devices in (tf.distribute.get_strategy(), tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])):
        fit.strategy = lambda devices=devices: devices
        np.savez(into / f"{devices.num_replicas_in_sync}.npz", **fitted(into))


def fitted(into: Path) -> dict[str, np.ndarray]:
    """Returns what is compared, by name."""
    parameters = small_hyperparameters(max_epochs=EPOCHS, batch_size=BATCH, patience_epochs=EPOCHS)
    fitter = fit.Fitter(BINARY, parameters)
    result = fitter.fit(random_inputs(ROWS, 1), EPOCHS, into / "logs", random_inputs(129, 2))
    iterations = tf.distribute.get_strategy().experimental_local_results(
        result.model.optimizer.iterations.value
    )[0]
    compared = {"first_loss": result.first_loss, "iterations": iterations.numpy(), **result.epochs}
    return compared | {f"weights {at}": value for at, value in enumerate(result.model.get_weights())}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
