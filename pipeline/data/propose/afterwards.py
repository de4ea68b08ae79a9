"""Days that are known after the row's own only: a delivery of an order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from components.shown import shown
from pipeline.data.infer.proposed import Proposed
from pipeline.data.propose.frame import Frame


def never_before(sample: Frame, columns: Sequence[Proposed]) -> list[str]:
    """Returns a warning for each column whose days are at or after the row's in every row of the sample."""
    day = next((column for column in columns if column.role == "date"), None)
    if day is None:
        return []
    said = []
    for column in columns:
        age = f"{column.name}.age"
        if column.left_out or column.source == day.source or age not in sample.names:
            continue
        ages = sample.values[:, sample.names.index(age)]
        ages = ages[np.isfinite(ages)]
        if len(ages) and ages.max() <= 0 and ages.min() < 0:
            said.append(
                f"{column.source} is never before the row's day; if it is known only afterwards: --leave-out "
                f"{shown(column.source)}"
            )
    return said


def of_the_model(sample: Frame, columns: Sequence[Proposed]) -> Frame:
    """Returns the sample without what the model does not see: how long before the row's day a date is."""
    hidden = {f"{column.name}.age" for column in columns if column.kind == "date"}
    return sample.without_features(hidden) if sample.days is not None else sample
