"""What a release keeps of its rows, or of its answers, where a later run finds it."""

from __future__ import annotations

import os

import tensorflow as tf

from components.gates.no_baseline import NO_BASELINE
from monitoring.baseline import Baseline


def write(baseline: Baseline, path: str) -> None:
    """Writes a baseline to a local or remote path; folders are made."""
    tf.io.gfile.makedirs(os.path.dirname(path))
    with tf.io.gfile.GFile(path, "w") as file:
        file.write(baseline.as_json())


def read(folder: str, name: str, what: str) -> tuple[Baseline | None, str]:
    """Returns the baseline of the champion's release, or why there is none.

    Args:
      folder: that the release recorded; NO_BASELINE if it did not; empty if there is no champion.
      name: of the file.
      what: it is, for people.
    """
    if not folder:
        return None, ""
    if folder == NO_BASELINE:
        return None, f"the champion was released before a {what} was kept; the next release has one"
    try:
        with tf.io.gfile.GFile(os.path.join(folder, name)) as file:
            return Baseline.from_json(file.read()), ""
    except (tf.errors.OpError, ValueError) as error:
        first = str(error).splitlines()[0]
        return None, f"the {what} of the champion's run cannot be read: {first}"
