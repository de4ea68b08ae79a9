"""What training reports about itself."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class TrainingReport:
    """How a model was trained; history.json holds it.

    Attributes:
      first_loss: the first that was reported: the mean of the first few batches.
      first_epoch_loss: the mean of the first epoch.
      best_epoch: the number of epochs that the model was trained for, from 1: the one with the lowest
        validation loss.
      validation_loss: of that epoch, on the days held out.
      validation_metrics: of that epoch, on the days held out, by the names of heads.py.
      validation_rows: rows of the days held out to choose the number of epochs.
      rows: all rows; the model was trained on every one.
      epochs: the metrics of each epoch in which the number of epochs was chosen, by name.
    """

    first_loss: float
    first_epoch_loss: float
    best_epoch: int
    validation_loss: float
    validation_metrics: dict[str, float]
    validation_rows: int
    rows: int
    epochs: dict[str, list[float]]

    def write(self, path: Path) -> None:
        """Writes the report as JSON."""
        path.write_text(json.dumps(dataclasses.asdict(self), indent=2) + "\n", encoding="utf-8")
