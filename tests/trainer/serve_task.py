"""Trains on random rows of another table of columns, exports, asks both signatures, and prints what they say.

A process of its own, because the table of columns is read once: EVERGREEN_COLUMNS names the file. Argument: a
folder to write into. Prints one line of JSON: the labels, the training report's losses, the raw answers of
the trained model, and the answers of each signature by output.
"""

import json
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

from tests.trainer import in_memory
from tests.trainer.random_rows import HYPERPARAMETERS, random_table, request
from tests.trainer.training.test_export import examples
from trainer import features
from trainer.heads import head_of
from trainer.training.export import export
from trainer.training.rows import rows_of
from trainer.training.train import train

ROWS, ASKED = 1_200, 40


def main(into: Path) -> None:
    """Prints the answers to the first rows."""
    table = random_table(ROWS, seed=1)
    transform = in_memory.analyze(table, str(into / "graph"))
    rows = rows_of(in_memory.transform(table, transform))
    head = head_of(features.TASK, rows.label)
    parameters = HYPERPARAMETERS.model_copy(update={"max_epochs": 6, "patience_epochs": 6})
    model, report = train(rows, head, parameters, into / "run")
    export(model, head, transform, str(into / "model"))
    few = table.slice(0, ASKED)
    logits = model.predict({name: values[:ASKED] for name, values in rows.features.items()}, verbose=0)
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        signatures = tf.compat.v1.saved_model.load(session, ["serve"], str(into / "model")).signature_def
        answers = {
            "columns": ask(session, signatures["serving_default"], request(few)),
            "examples": ask(session, signatures["tf_examples"], {"examples": examples(few)}),
        }
    print(
        json.dumps(
            {
                "labels": few[features.LABEL].to_pylist(),
                "ids": rows.label[:ASKED, 0].tolist(),
                "first_loss": report.first_loss,
                "validation_loss": report.validation_loss,
                "logits": logits.tolist(),
                "task": (into / "model" / "task.json").read_text(),
                **answers,
            }
        )
    )


def ask(session: tf.compat.v1.Session, signature, inputs: dict) -> dict[str, list]:
    """Returns each output as nested lists."""
    feeds = {signature.inputs[name].name: values for name, values in inputs.items()}
    outputs = {name: tensor.name for name, tensor in signature.outputs.items()}
    answers = session.run(outputs, feeds)
    return {
        name: np.vectorize(bytes.decode)(values).tolist() if values.dtype == object else values.tolist()
        for name, values in answers.items()
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
