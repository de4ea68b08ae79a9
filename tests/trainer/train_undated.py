"""Transforms, trains, exports and asks a table without dates or a required feature; prints what came out.

A program, because the columns are read once in a process: EVERGREEN_COLUMNS names them.
"""

import functools
import json
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import tensorflow as tf
import tensorflow_transform as tft

from tests.trainer import in_memory
from tests.trainer.random_rows import HYPERPARAMETERS
from trainer import features
from trainer.heads import head_of
from trainer.preprocessing import preprocessing_fn
from trainer.training.export import export
from trainer.training.rows import rows_of
from trainer.training.train import train

ROWS = 600


def main(folder: Path) -> None:
    chance = np.random.default_rng(17)
    age, marks = chance.normal(10, 2, ROWS).astype(np.float32), chance.integers(0, 20, ROWS)
    table = pa.table(
        {
            "grade": (age + marks > 20).astype(np.int64),
            "pupil": [f"p{number // 3}" for number in range(ROWS)],
            "age": pa.array(np.where(np.arange(ROWS) % 10, age, np.nan), from_pandas=True),
            "marks": marks,
        }
    )
    in_memory.preprocessing_fn = functools.partial(preprocessing_fn, split_key="pupil")
    transform: tft.TFTransformOutput = in_memory.analyze(table, str(folder / "graph"))
    rows = rows_of(in_memory.transform(table, transform))
    _, held_out = rows.split_by_fold(HYPERPARAMETERS.validation_fraction)
    head = head_of(features.TASK, rows.label)
    model, report = train(rows, head, HYPERPARAMETERS, folder)
    export(model, head, transform, str(folder / "exported"))
    served = tf.saved_model.load(str(folder / "exported"))
    answer = served.signatures["serving_default"](age=tf.constant(age), marks=tf.constant([-(2**63)]))
    print(
        json.dumps(
            {
                "columns": sorted(served.signatures["serving_default"].structured_input_signature[1]),
                "has_days": rows.has_days,
                "pupils": len(np.unique(rows.fold)),
                "held_out": report.validation_rows,
                "held_out_pupils": len(np.unique(held_out.fold)),
                "answers": int(np.isfinite(next(iter(answer.values())).numpy()).sum()),
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
