"""The numbers of training for a table's size. Pure Python."""

from __future__ import annotations

import dataclasses
from typing import Literal

ClassWeights = Literal["none", "balanced"]
_RARE = 0.02  # share of rows, below which a class is weighted
_ROWS_PER_COLUMN = 10


@dataclasses.dataclass(frozen=True)
class TrainingNumbers:
    """How a model of a table of some size is trained.

    Attributes:
      batch_size … dropout: as in the section `training` of the configuration.
      minimum_count, quantile_buckets: as in trainer/columns.yaml.
    """

    batch_size: int
    max_epochs: int
    patience_epochs: int
    learning_rate: float
    embedding_size: int
    category_dropout: float
    hidden_units: tuple[int, ...]
    dropout: float
    minimum_count: int
    quantile_buckets: int


# Most rows that train, to the numbers.
_SIZES: tuple[tuple[int, TrainingNumbers], ...] = (
    (1_000, TrainingNumbers(32, 60, 10, 0.003, 4, 0.1, (64, 32), 0.2, 3, 5)),
    (5_000, TrainingNumbers(64, 40, 6, 0.003, 8, 0.1, (64, 32), 0.2, 4, 10)),
    (20_000, TrainingNumbers(128, 20, 4, 0.002, 8, 0.2, (128, 64), 0.3, 6, 10)),
    (100_000, TrainingNumbers(256, 10, 3, 0.002, 16, 0.2, (128, 64), 0.3, 10, 20)),
    (500_000, TrainingNumbers(512, 6, 2, 0.002, 16, 0.3, (128, 64), 0.3, 20, 20)),
)
_LARGEST = TrainingNumbers(1_024, 3, 2, 0.002, 16, 0.3, (128, 64), 0.3, 50, 20)


def numbers(train_rows: int, columns: int) -> TrainingNumbers:
    """Returns the numbers for so many rows that train, and so many columns that they are learned from.

    With few rows a column, the same steps learn the rows by heart within an epoch or two: it learns slowly
    then, and without half of what it sees.
    """
    found = next((numbers for most, numbers in _SIZES if train_rows <= most), _LARGEST)
    if train_rows >= _ROWS_PER_COLUMN * columns:
        return found
    return dataclasses.replace(
        found,
        max_epochs=(found.max_epochs + 1) // 2,
        patience_epochs=(found.patience_epochs + 1) // 2,
        learning_rate=round(found.learning_rate / 3, 6),
        category_dropout=0.5,
        dropout=0.5,
    )


def class_weights(classes: int, rarest: int, rows: int) -> ClassWeights:
    """Returns whether classes are weighted: where one of two is rare.

    Of several, weights would make the most frequent ones be missed, and accuracy fall.

    Args:
      classes: of the label; 0 for a number.
      rarest: rows of the rarest class.
      rows: with a label.
    """
    return "balanced" if classes == 2 and is_rare(rarest, rows) else "none"


def is_rare(rarest: int, rows: int) -> bool:
    """Whether a class of so few rows is learned only where it weighs more."""
    return rarest < _RARE * rows
