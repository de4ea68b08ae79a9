"""Compares the Keras model with the reference over six windows of the year, side by side.

Command:  python -m benchmarks.quality [--json FILE]
Takes:    two minutes on two cores
Result:   a table of AUC and log loss by window; the model's mean AUC is within 0.01 of the reference's

Both see the same train days and are judged on the same 14 days after them. The model goes the pipeline's way:
analysed and transformed by trainer.preprocessing, trained by trainer.training with default hyperparameters.
"""

from __future__ import annotations

import os

os.environ.setdefault(
    "TF_CPP_MIN_LOG_LEVEL", "3"
)  # before TensorFlow is imported: its notes would hide the table

import argparse
import contextlib
import dataclasses
import datetime
import io
import json
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from benchmarks import quality_reference
from benchmarks.quality_windows import LAST_DAYS, Score, score, split
from sample.flights import flights
from tests.trainer import in_memory
from tests.trainer.default_hyperparameters import default_hyperparameters
from trainer import features
from trainer.heads import head_of
from trainer.training.rows import rows_of
from trainer.training.train import train

LARGEST_AUC_GAP = 0.01


@dataclasses.dataclass(frozen=True)
class Comparison:
    """The scores on one window's eval days, and how long the model trained."""

    model: Score
    reference: Score
    seconds: float


def compare(all_flights: pd.DataFrame, last_day: datetime.date) -> Comparison:
    """Trains the model and the reference on the window that ends on `last_day` and judges both."""
    train_flights, eval_flights = (
        pa.Table.from_pandas(part, preserve_index=False) for part in split(all_flights, last_day)
    )
    with tempfile.TemporaryDirectory() as folder:
        transform = in_memory.analyze(train_flights, f"{folder}/transform")
        rows = rows_of(in_memory.transform(train_flights, transform))
        started = time.monotonic()
        with contextlib.redirect_stdout(io.StringIO()):  # Keras's lines, one per epoch
            head = head_of(features.TASK, rows.label)
            model, _ = train(rows, head, default_hyperparameters(), Path(folder) / "run")
        seconds = time.monotonic() - started
        evaluation = rows_of(in_memory.transform(eval_flights, transform))
    logit = model.predict(evaluation.features, batch_size=8_192, verbose=0)[:, 0]
    probability = 1 / (1 + np.exp(-logit.astype(np.float64)))
    return Comparison(
        score(evaluation.label[:, 0], probability), quality_reference.evaluate(all_flights, last_day), seconds
    )


def table(comparisons: dict[str, Comparison]) -> str:
    """Returns the comparisons as text, a line per window, and the means."""
    lines = [
        "               AUC                log loss           training",
        "window ends    model  reference   model  reference   seconds",
    ]
    rows = [
        (day, one.model.auc, one.reference.auc, one.model.log_loss, one.reference.log_loss, one.seconds)
        for day, one in comparisons.items()
    ]
    rows.append(("mean", *np.mean([row[1:] for row in rows], axis=0)))
    for day, *numbers in rows:
        lines.append("{:12s}  {:6.4f}   {:6.4f}    {:6.4f}   {:6.4f}   {:6.1f}".format(day, *numbers))
    return "\n".join(lines)


def auc_gap(comparisons: dict[str, Comparison]) -> float:
    """Returns by how much the reference's mean AUC is above the model's."""
    return float(np.mean([one.reference.auc - one.model.auc for one in comparisons.values()]))


def main() -> int:
    """Prints the comparison; exits with 1 if the model is too far below the reference."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--json", type=Path, help="write the scores to this file")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    all_flights = flights()
    comparisons = {}
    for number, last_day in enumerate(LAST_DAYS, start=1):
        print(f"window {number} of {len(LAST_DAYS)}", file=sys.stderr)
        comparisons[last_day.isoformat()] = compare(all_flights, last_day)
    print(table(comparisons))
    gap = auc_gap(comparisons)
    print(
        f"The model's mean AUC is {-gap:+.4f} from the reference's; at least {-LARGEST_AUC_GAP} is expected."
    )
    if arguments.json:
        windows = {day: dataclasses.asdict(one) for day, one in comparisons.items()}
        arguments.json.write_text(
            json.dumps({"windows": windows, "auc_gap": gap}, indent=2) + "\n", encoding="utf-8"
        )
    return 0 if gap <= LARGEST_AUC_GAP else 1


if __name__ == "__main__":
    sys.exit(main())
