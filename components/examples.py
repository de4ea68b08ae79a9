"""Reading the records of an Examples artifact."""

from __future__ import annotations

import os
from collections.abc import Iterator

import tensorflow as tf
from tfx.types import artifact_utils, standard_artifacts

BATCH_ROWS = 8192


def records(examples: standard_artifacts.Examples, split: str) -> Iterator[bytes]:
    """Serialized tf.Examples of a split, file by file."""
    pattern = os.path.join(artifact_utils.get_split_uri([examples], split), "*")
    files = sorted(tf.io.gfile.glob(pattern))
    for batch in tf.data.TFRecordDataset(files, compression_type="GZIP").batch(BATCH_ROWS):
        yield from batch.numpy().tolist()
