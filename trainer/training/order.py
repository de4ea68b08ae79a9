"""The order in which an epoch sees the rows."""

from __future__ import annotations

import numpy as np


def order(rows: int, seed: int, epoch: int) -> np.ndarray:
    """Returns the numbers 0 to `rows` - 1 shuffled, int64 [rows]; another order each epoch, counted from 0.

    It depends on nothing else: not on the devices, nor on what was read before. So an epoch can be trained
    alone, and from its middle on.
    """
    return np.random.default_rng([seed, epoch]).permutation(rows)
