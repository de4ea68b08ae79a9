"""Trains under MirroredStrategy over three logical CPUs, exports, and asks the export through a session.

A process of its own, because devices are fixed when TensorFlow starts. Arguments: transformed examples,
transform graph, folder to write into.
"""

import sys
from pathlib import Path

import tensorflow as tf
import tensorflow_transform as tft

from tests.trainer.default_hyperparameters import default_hyperparameters
from tests.trainer.random_inputs import BINARY
from trainer import features
from trainer.training import fit
from trainer.training.export import export
from trainer.training.rows import read_rows
from trainer.training.train import train

REPLICAS = 3


def main(examples: str, graph: str, into: Path) -> None:
    """Prints how many replicas trained, and how many rows the export answered."""
    (cpu,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * REPLICAS)
    strategy = tf.distribute.MirroredStrategy([f"CPU:{index}" for index in range(REPLICAS)])
    fit.strategy = lambda: strategy
    transform = tft.TFTransformOutput(graph)
    rows = read_rows([examples], transform.transformed_feature_spec())
    hyperparameters = default_hyperparameters(max_epochs=1, validation_days=3, batch_size=128)
    model, _ = train(rows, BINARY, hyperparameters, into / "run")
    export(model, BINARY, transform, str(into / "model"))
    print(f"replicas {strategy.num_replicas_in_sync}, probability of {ask(into / 'model')} row")


def ask(model: Path) -> int:
    """Returns how many probabilities come back for one row of zeros."""
    zeros = {"int64": 0, "float32": 0.0, "string": "2013-01-01"}  # a day, where a column wants one
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        signature = tf.compat.v1.saved_model.load(session, ["serve"], str(model)).signature_def[
            "serving_default"
        ]
        feeds = {signature.inputs[c.name].name: [zeros[c.dtype]] for c in features.REQUEST_COLUMNS}
        return len(session.run(signature.outputs["probability"].name, feeds))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
