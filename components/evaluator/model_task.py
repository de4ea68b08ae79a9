"""Which task a released model was made for, as its folder says."""

from __future__ import annotations

import os

import tensorflow as tf

from components.task import Task

# Beside the SavedModel's graph; trainer/training/export.py writes it.
TASK_FILE = "task.json"


def read(model_path: str) -> Task | None:
    """Returns the task of a SavedModel; None for one that does not say it."""
    path = os.path.join(model_path, TASK_FILE)
    if not tf.io.gfile.exists(path):
        return None
    with tf.io.gfile.GFile(path) as file:
        return Task.from_json(file.read())
