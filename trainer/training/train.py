"""Trains the model: first to find for how many epochs, then on all rows."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from trainer.heads import Head
from trainer.hyperparameters import Hyperparameters
from trainer.training.fit import FitResult, Fitter
from trainer.training.rows import Rows
from trainer.training.training_report import TrainingReport

VALIDATION = "val_"  # before the name of what Keras measured on the rows held out


def train(
    rows: Rows, head: Head, hyperparameters: Hyperparameters, run_dir: Path
) -> tuple[keras.Model, TrainingReport]:
    """Returns a fitted model and how it was trained; writes TensorBoard logs and history.json into `run_dir`.

    The last days of `rows`, or a share of them where they have no dates, are held out to choose the number of
    epochs. It is then fitted anew, for as many epochs on all rows, because the latest days say most about
    the coming ones.

    Raises:
      TrainingDataError: nothing is left beside what is held out, or nothing to hold out.
      DivergedError: the loss is no longer a finite number.
    """
    to_fit, held_out = _held_out(rows, hyperparameters)
    fitter = Fitter(head, hyperparameters)
    stopping = fitter.fit(to_fit, hyperparameters.max_epochs, run_dir / "stopping", held_out)
    report = _report(stopping, rows, held_out)
    final = fitter.fit(rows, report.best_epoch, run_dir / "final")
    report.write(run_dir / "history.json")
    return final.model, report


def _held_out(rows: Rows, hyperparameters: Hyperparameters) -> tuple[Rows, Rows]:
    if rows.has_days:
        return rows.split_by_time(hyperparameters.validation_days)
    return rows.split_by_fold(hyperparameters.validation_fraction)


def _report(stopping: FitResult, rows: Rows, held_out: Rows) -> TrainingReport:
    best = int(np.argmin(stopping.epochs["val_loss"]))
    return TrainingReport(
        first_loss=stopping.first_loss,
        first_epoch_loss=stopping.epochs["loss"][0],
        best_epoch=best + 1,
        validation_loss=stopping.epochs["val_loss"][best],
        validation_metrics={
            name.removeprefix(VALIDATION): values[best]
            for name, values in stopping.epochs.items()
            if name.startswith(VALIDATION) and name != "val_loss"
        },
        validation_rows=len(held_out),
        rows=len(rows),
        epochs=stopping.epochs,
    )
