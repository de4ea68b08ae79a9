"""Refuses to train on the CPU at the price of accelerators."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

ACCELERATORS_KEY = "accelerators"  # in Trainer's custom_config: {"count": 1, "allow_cpu": false}


class NoAcceleratorError(RuntimeError):
    """Accelerators were asked for and TensorFlow sees fewer."""


def require(wanted: Mapping[str, Any] | None) -> None:
    """Checks that TensorFlow sees the accelerators that were asked for.

    Args:
      wanted: `count`, and `allow_cpu`: whether a warning is enough; None where none were asked for.

    Raises:
      NoAcceleratorError: it sees fewer.
    """
    if wanted is None:
        return
    said = missing(wanted["count"], len(tf.config.list_physical_devices("GPU")))
    if said and not wanted["allow_cpu"]:
        raise NoAcceleratorError(
            f"{said}; train in an image with CUDA's libraries on a machine with the driver, or set "
            "cloud.trainer.allow_cpu to train as it is"
        )
    if said:
        logging.warning("%s; trained as it is, because cloud.trainer.allow_cpu is set", said)


def missing(wanted: int, seen: int) -> str | None:
    """Returns what is missing, in words; None if nothing is."""
    if seen >= wanted:
        return None
    return (
        f"the run asked for {wanted} {'GPU' if wanted == 1 else 'GPUs'} and TensorFlow sees {seen or 'none'}"
    )
