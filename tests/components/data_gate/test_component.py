"""What the data gate makes of a split's labels."""

import math

import pyarrow as pa
import pytest

from components.data_gate.rule import SplitSummary
from components.task import Task

pytestmark = pytest.mark.slow  # imports TFX

BINARY = Task("binary", (1, 2), "probability")
SEVERAL = Task("multiclass", ("a", "ä", "c"), "probabilities")
NUMBER = Task("regression", (), "prediction")


@pytest.mark.parametrize(
    ("labels", "task", "expected"),
    [
        (pa.array([1, 2, 2, None]), BINARY, SplitSummary(3, {"1": 1, "2": 2})),
        (pa.array([2, 2]), BINARY, SplitSummary(2, {"1": 0, "2": 2})),
        (
            pa.array([b"a", "ä".encode(), b"a"], pa.large_binary()),
            SEVERAL,
            SplitSummary(3, {"a": 2, "ä": 1, "c": 0}),
        ),
        (pa.array([1.5, None, -2.0]), NUMBER, SplitSummary(2, label_min=-2.0, label_max=1.5)),
        (pa.array([3, 7]), NUMBER, SplitSummary(2, label_min=3, label_max=7)),
    ],
)
def test_every_class_is_counted_and_numbers_have_their_extremes(labels, task, expected):
    from components.data_gate.component import _summarise

    summary = _summarise(labels, task)
    assert (summary.rows, summary.class_rows) == (expected.rows, expected.class_rows)
    if not task.classes:
        assert (summary.label_min, summary.label_max) == (expected.label_min, expected.label_max)


def test_no_labels_have_no_extremes():
    from components.data_gate.component import _summarise

    summary = _summarise(pa.array([None, None], pa.float32()), NUMBER)
    assert summary.rows == 0
    assert math.isnan(summary.label_min)
