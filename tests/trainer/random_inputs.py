"""Rows of random inputs to the model, made without a transform."""

import numpy as np

from trainer import preprocessing
from trainer.heads import BinaryHead
from trainer.task import Task
from trainer.training.rows import Rows

BINARY = BinaryHead(Task("binary", (0, 1)))


def random_inputs(rows: int, seed: int) -> Rows:
    """Returns rows on one day; by chance a third of the labels is 1."""
    random = np.random.default_rng(seed)
    features = {
        "numbers": random.normal(size=(rows, preprocessing.NUMBERS)).astype(np.float32),
        "categories": random.integers(0, preprocessing.EMBEDDING_ROWS, (rows, preprocessing.CATEGORIES)),
    }
    return Rows(features, (random.random((rows, 1)) < 1 / 3).astype(np.float32), np.zeros(rows, np.int64))
