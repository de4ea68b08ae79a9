"""What the trainer says of the task is what the components read."""

import pytest

from components.task import Task as Read
from trainer.task import Task


@pytest.mark.parametrize(
    ("task", "answer"),
    [
        (Task("binary", (0, 1)), "probability"),
        (Task("multiclass", ("ä", "b", "c")), "probabilities"),
        (Task("regression"), "prediction"),
    ],
)
def test_a_task_reads_as_it_was_written(task: Task, answer: str):
    assert Read.from_json(task.as_json()) == Read(task.kind, task.classes, answer)
