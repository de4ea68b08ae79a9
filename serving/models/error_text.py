"""TensorFlow's errors as one line for people."""

from __future__ import annotations

import re

import tensorflow as tf

# Errors that blame the values of a request: a model that gives one is still good.
VALUE_ERRORS = (tf.errors.InvalidArgumentError, tf.errors.OutOfRangeError)
# What a model's own check says (tf.debugging.Assert): TensorFlow escapes it and puts it in brackets.
_ASSERTION = re.compile(r"^assertion failed: \[(.*)\]$", re.MULTILINE)


def one_line(error: Exception) -> str:
    """Returns what a model's check says, else the first line that says something.

    TensorFlow adds its graph's stack to the rest.
    """
    text = error.message if isinstance(error, tf.errors.OpError) else str(error)
    if checked := _ASSERTION.search(text):
        return re.sub(r"\\(['\"])", r"\1", checked.group(1))
    lines = [line.strip() for line in text.splitlines()]
    return next((line for line in lines if line and line != "Graph execution error:"), type(error).__name__)
