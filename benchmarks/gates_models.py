"""Models of the shipped kind on windows of the year, and ways to make one worse by a known amount."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import io
import tempfile
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from benchmarks.quality_windows import split
from components.evaluator.binary_metrics import auc
from components.task import Task

LAST_DAYS = ("03-01", "04-12", "05-24", "07-05", "08-16", "09-27", "11-08", "12-20")
SEEDS = (17, 18, 19, 20, 21, 22)
SLICES = ("origin", "carrier")
TASK = Task("binary", (0, 1), "probability")


@dataclasses.dataclass(frozen=True)
class Window:
    """The eval rows of a window, and what models of several seeds answer to them.

    Attributes:
      last_day: of the window.
      labels: [rows] 0 or 1.
      days: [rows] text.
      columns: name to [rows] of text, for slices.
      logits: [seeds, rows].
      prior: mean label of the days that trained.
      later: name of a variant of the week after it to days [rows] of text and the first seed's logits [rows].
    """

    last_day: str
    labels: np.ndarray
    days: np.ndarray
    columns: dict[str, np.ndarray]
    logits: np.ndarray
    prior: float
    later: Mapping[str, tuple[np.ndarray, np.ndarray]] = dataclasses.field(default_factory=dict)


def train(flights: pd.DataFrame, last_day: str, later: Iterable[tuple[str, pd.DataFrame]] = ()) -> Window:
    """Trains a model of each seed on a window, as the pipeline does.

    Args:
      flights: of the year.
      last_day: of the window, MM-DD.
      later: names and rows that the model of the first seed answers as well.
    """
    from tests.trainer import in_memory
    from tests.trainer.default_hyperparameters import default_hyperparameters
    from trainer import features
    from trainer.heads import head_of
    from trainer.training.rows import rows_of
    from trainer.training.train import train as fit

    warnings.filterwarnings("ignore")
    parts = split(flights, datetime.date.fromisoformat(f"2013-{last_day}"))
    train_flights, eval_flights = (pa.Table.from_pandas(part, preserve_index=False) for part in parts)
    logits = []
    with tempfile.TemporaryDirectory() as folder:
        transform = in_memory.analyze(train_flights, f"{folder}/transform")
        rows = rows_of(in_memory.transform(train_flights, transform))
        evaluation = rows_of(in_memory.transform(eval_flights, transform))
        head = head_of(features.TASK, rows.label)
        answered: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        for seed in SEEDS:
            with contextlib.redirect_stdout(io.StringIO()):  # Keras's lines, one per epoch
                model, _ = fit(rows, head, default_hyperparameters(seed=seed), Path(folder) / str(seed))
            logits.append(model.predict(evaluation.features, batch_size=8_192, verbose=0)[:, 0])
            for name, frame in later if seed == SEEDS[0] else ():
                table = pa.Table.from_pandas(frame, train_flights.schema, preserve_index=False)
                inputs = rows_of(in_memory.transform(table, transform)).features
                answers = model.predict(inputs, batch_size=8_192, verbose=0)[:, 0].astype(np.float64)
                answered[name] = (frame["flight_date"].astype(str).to_numpy(), answers)
    frame = parts[1]
    return Window(
        last_day,
        evaluation.label[:, 0].astype(np.float64),
        frame["flight_date"].astype(str).to_numpy(),
        {name: frame[name].astype(str).to_numpy() for name in SLICES},
        np.array(logits, dtype=np.float64),
        float(parts[0]["late"].mean()),
        answered,
    )


def probability(logits: np.ndarray) -> np.ndarray:
    """Returns the probabilities [rows] of logits [rows]."""
    return 1 / (1 + np.exp(-logits))


def noisy(labels: np.ndarray, logits: np.ndarray, target: float, random: np.random.Generator) -> np.ndarray:
    """Returns logits [rows] with so much noise that their AUC is `target`; as they are if it is less."""
    noise = random.normal(size=len(logits))
    return logits + noise * root(lambda scale: auc(labels, logits + noise * scale) - target, 0.0, 8.0)


def scaled(logits: np.ndarray, times: float) -> np.ndarray:
    """Returns logits [rows] moved by one number, so that the mean probability is so many times as high."""
    goal = times * probability(logits).mean()
    return logits + root(lambda shift: goal - probability(logits + shift).mean(), -8.0, 8.0)


def root(falling: Callable[[float], float], low: float, high: float) -> float:
    """Returns where a falling function is 0, by halving; `low` where it is below 0 everywhere."""
    for _ in range(22):
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return low
