"""The label's column says what kind of answer the model gives."""

import json

import pytest

from trainer.column import Column
from trainer.task import Task


@pytest.mark.parametrize(
    ("label", "task"),
    [
        (Column("y", "int64", "category", role="label", values=(0, 1)), Task("binary", (0, 1))),
        (
            Column("y", "string", "category", role="label", values=("no", "yes")),
            Task("binary", ("no", "yes")),
        ),
        (Column("y", "int64", "category", role="label", values=(3, 1, 2)), Task("multiclass", (3, 1, 2))),
        (Column("y", "float32", "number", role="label"), Task("regression")),
        (Column("y", "int64", "number", role="label"), Task("regression")),
    ],
)
def test_a_label_gives_its_task(label: Column, task: Task):
    assert Task.of(label) == task
    written = {"kind": task.kind, "classes": list(task.classes), "answer": task.answer}
    assert json.loads(task.as_json()) == written
