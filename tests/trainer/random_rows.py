"""Random rows of whatever columns features.py names, and what is made of them.

Nothing here knows the sample's columns, so the tests of this folder hold for a fork's features too.
"""

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pyarrow as pa
import tensorflow as tf
import tensorflow_transform as tft

from tests.trainer.default_hyperparameters import default_hyperparameters
from trainer import features
from trainer.column import Column
from trainer.heads import Head
from trainer.training.rows import Rows, read_rows
from trainer.training.training_report import TrainingReport

ROWS = 2_000
FIRST_DAY = datetime.date(2013, 1, 1)
DAYS = 10
HYPERPARAMETERS = default_hyperparameters(max_epochs=2, validation_days=3, batch_size=128, learning_rate=0.01)


def random_values(column: Column, rows: int, random: np.random.Generator) -> list:
    """Returns values of the column's kind; a fifth are None where the column may be missing."""
    few = random.zipf(1.6, rows) % 300
    values = {
        "clock": lambda: random.integers(0, 24, rows) * 100 + random.integers(0, 60, rows),
        "date": lambda: [
            str(FIRST_DAY + datetime.timedelta(days=int(day))) for day in random.integers(0, DAYS, rows)
        ],
        "timestamp": lambda: [
            f"{FIRST_DAY - datetime.timedelta(days=int(age))} {age % 24:02}:{age % 60:02}:00" for age in few
        ],
        "category": lambda: (
            [column.values[one % len(column.values)] for one in few]
            if column.values
            else [f"value {one}" for one in few]
            if column.dtype == "string"
            else few
        ),
        "text": lambda: [f"Word{one % 7}, wörd{one % 11}! {'x ' * (one % 80)}" for one in few],
        "number": lambda: (
            random.normal(50, 20, rows) if column.dtype == "float32" else random.integers(-250, 250, rows)
        ),
    }[column.kind]()
    missing = random.random(rows) < (0 if column.required else 0.2)
    return [None if gone else value for value, gone in zip(values, missing, strict=True)]


def random_table(rows: int, seed: int) -> pa.Table:
    """Returns rows whose label goes by the weekday of their date and by chance, whatever the task.

    In a table without dates it goes by chance alone.
    """
    random = np.random.default_rng(seed)
    columns = {column.name: random_values(column, rows, random) for column in features.COLUMNS}
    days = columns[features.DATE] if features.DATE else [str(FIRST_DAY)] * rows
    weekday = np.array([datetime.date.fromisoformat(day).weekday() for day in days])
    columns[features.LABEL] = random_labels(weekday, random)
    return pa.table(columns)


def random_labels(weekday: np.ndarray, random: np.random.Generator) -> list:
    """Returns a label for each row that its weekday says something about."""
    rows, classes = len(weekday), features.TASK.classes
    if not classes:
        return (1_000 + 50 * weekday + random.normal(0, 30, rows)).tolist()
    if len(classes) == 2:
        numbers = (random.random(rows) < np.where(weekday < 3, 0.7, 0.2)).astype(int)
    else:
        by_chance = random.integers(0, len(classes), rows)
        numbers = np.where(random.random(rows) < 0.7, weekday % len(classes), by_chance)
    return [classes[number] for number in numbers]


def request(table: pa.Table, **replaced: list) -> dict[str, np.ndarray]:
    """Returns the rows as a request of named columns, `replaced` ones replaced."""
    columns = {}
    for column in features.REQUEST_COLUMNS:
        values = replaced.get(column.name) or table[column.name].to_pylist()
        dense = [column.missing if value is None else value for value in values]
        columns[column.name] = np.array(dense, object if column.dtype == "string" else column.dtype)
    return columns


@dataclass(frozen=True)
class Transformed:
    """What Transform leaves behind: the graph, and the transformed examples as GZIP TFRecord."""

    output: tft.TFTransformOutput
    examples: str

    def rows(self) -> Rows:
        """Reads the transformed examples."""
        return read_rows([self.examples], self.output.transformed_feature_spec())


@dataclass(frozen=True)
class Trained:
    """A trained model, what it ends in, how it was trained, and the folder of its logs."""

    model: keras.Model
    head: Head
    report: TrainingReport
    run_dir: Path


@dataclass(frozen=True)
class Servable:
    """An exported model in a session."""

    session: tf.compat.v1.Session
    signatures: dict[str, Any]

    def ask(self, signature: str, **inputs: Any) -> np.ndarray:
        """Returns the probabilities for the inputs, by name."""
        signature_def = self.signatures[signature]
        feeds = {signature_def.inputs[name].name: values for name, values in inputs.items()}
        return self.session.run(signature_def.outputs["probability"].name, feeds)
