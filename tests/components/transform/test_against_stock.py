"""Our Transform writes the graph and the examples that TFX's does, on the same rows."""

import shutil
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.slow

FLOAT32_SUMS = 2e-3  # in deviations
FUNCTION = "trainer.entry.preprocessing_fn"


def ours(examples, schema, into: Path):
    from tfx.types import standard_artifacts

    from components.transform.component import Transform

    graph, transformed = standard_artifacts.TransformGraph(), standard_artifacts.Examples()
    graph.uri, transformed.uri = str(into / "graph"), str(into / "examples")
    Transform.test_call(
        examples=examples,
        schema=schema,
        transform_graph=graph,
        transformed_examples=transformed,
        preprocessing_fn=FUNCTION,
        analyze_splits='["train"]',
        transform_splits='["train", "eval"]',
        code_fingerprint="",
    )
    return graph, transformed


def stock(examples, schema, into: Path):
    from tfx.components.transform.executor import Executor
    from tfx.dsl.components.base.base_beam_executor import BaseBeamExecutor
    from tfx.proto import transform_pb2
    from tfx.types import standard_artifacts
    from tfx.utils import proto_utils

    graph, transformed = standard_artifacts.TransformGraph(), standard_artifacts.Examples()
    graph.uri, transformed.uri = str(into / "graph"), str(into / "examples")
    splits = transform_pb2.SplitsConfig(analyze=["train"], transform=["train", "eval"])
    Executor(BaseBeamExecutor.Context(tmp_dir=str(into), unique_id="1", beam_pipeline_args=[])).Do(
        {"examples": [examples], "schema": [schema]},
        {"transform_graph": [graph], "transformed_examples": [transformed]},
        {
            "preprocessing_fn": FUNCTION,
            "splits_config": proto_utils.proto_to_json(splits),
            "disable_statistics": 1,
            "force_tf_compat_v1": 0,
            "custom_config": "{}",
        },
    )
    return graph, transformed


def read(graph, transformed, split: str) -> dict[str, np.ndarray]:
    import tensorflow as tf
    import tensorflow_transform as tft

    spec = tft.TFTransformOutput(graph.uri).transformed_feature_spec()
    paths = sorted(str(path) for path in Path(transformed.uri, f"Split-{split}").iterdir())
    (batch,) = tf.data.TFRecordDataset(paths, compression_type="GZIP").batch(1_000_000)
    return {name: value.numpy() for name, value in tf.io.parse_example(batch, spec).items()}


def test_transformed_examples_equal_those_of_stock(ingested, tmp_path: Path):
    """Equal but for two things that depend on how rows are batched, in stock Transform too.

    tf.Transform sums a batch in float32: the mean of `pressure` (1,013, deviation 9) is off by 2e-4 of a
    deviation in batches of 900 rows, by 7e-4 in batches of 5,000; no other column by more than 4e-5.
    Boundaries of quantile buckets are a sketch's: at most one bucket off, in few rows.
    """
    import tensorflow_transform as tft

    from trainer.preprocessing import NUMBER_COLUMNS

    mine, theirs = ours(*ingested, tmp_path / "ours"), stock(*ingested, tmp_path / "stock")
    outputs = [tft.TFTransformOutput(graph.uri) for graph, _ in (mine, theirs)]
    assert outputs[0].vocabulary_by_name("vocabulary") == outputs[1].vocabulary_by_name("vocabulary")
    assert outputs[0].transformed_feature_spec() == outputs[1].transformed_feature_spec()
    assert outputs[0].raw_metadata.schema == outputs[1].raw_metadata.schema
    assert mine[1].split_names == theirs[1].split_names
    for split in ("train", "eval"):
        a, b = read(*mine, split), read(*theirs, split)
        assert set(a) == set(b)
        np.testing.assert_array_equal(a["day"], b["day"])
        np.testing.assert_array_equal(a["label"], b["label"])
        np.testing.assert_allclose(a["numbers"], b["numbers"], rtol=0, atol=FLOAT32_SUMS)
        buckets = len(NUMBER_COLUMNS)
        np.testing.assert_array_equal(a["categories"][:, buckets:], b["categories"][:, buckets:])
        off = np.abs(a["categories"][:, :buckets] - b["categories"][:, :buckets])
        assert off.max() <= 1
        assert (off > 0).mean() < 0.02


def test_examples_of_another_origin_are_transformed_alike(ingested, tmp_path: Path):
    from tfx.types import standard_artifacts

    examples, schema = ingested
    copy = standard_artifacts.Examples()
    copy.uri, copy.split_names = str(tmp_path / "copy"), examples.split_names
    shutil.copytree(examples.uri, copy.uri)
    Path(copy.uri, "spans.json").unlink()
    a = read(*ours(examples, schema, tmp_path / "a"), "train")
    b = read(*ours(copy, schema, tmp_path / "b"), "train")
    np.testing.assert_allclose(a["numbers"], b["numbers"], rtol=0, atol=FLOAT32_SUMS)
    np.testing.assert_array_equal(a["label"], b["label"])
