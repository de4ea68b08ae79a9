"""How far answers are off in the large, measured on arrays."""

from __future__ import annotations

import numpy as np

from components.evaluator.calibration_rule import Offset
from components.evaluator.metric_table import BINARY, REGRESSION


def offset(kind: str, labels: np.ndarray, answers: np.ndarray) -> Offset | None:
    """Returns how far answers [rows] are off from labels [rows]; None for several classes."""
    if kind not in (BINARY, REGRESSION):
        return None
    labels, answers = labels.astype(np.float64), answers.astype(np.float64)
    predicted, seen = float(answers.mean()), float(labels.mean())
    both_signs = labels.min() < 0 < labels.max()
    scale = 1.0 if both_signs or seen == 0 else predicted / seen
    error = float((answers - scale * labels).std() / np.sqrt(len(labels)))
    return Offset(predicted, seen, float(labels.std()) if both_signs else None, error)
