"""The infra gate on real model servers: a model that the session loader cannot query does not get through."""

import json
from pathlib import Path

import pytest
import tensorflow as tf
from tfx.types import standard_artifacts

from components.infra_validator.component import InfraValidator
from tests.serving.servable_samples import write_keras

pytestmark = pytest.mark.slow

POLICY = {"requests": 2, "rows_per_request": 4, "load_timeout_s": 60.0, "max_disagreement": 1e-5}


def test_a_model_that_the_session_loader_cannot_query_is_not_blessed(tmp_path: Path):
    """`tf.saved_model.load` takes this model, a model server does not."""
    write_keras(tmp_path / "model" / "Format-Serving")
    tf.saved_model.load(str(tmp_path / "model" / "Format-Serving"))

    blessing = _validate(tmp_path, rows=8)

    assert blessing.get_int_custom_property("blessed") == 0
    assert "could not serve it" in blessing.get_string_custom_property("reason")
    assert Path(blessing.uri, "INFRA_NOT_BLESSED").is_file()
    assert not Path(blessing.uri, "INFRA_BLESSED").exists()


def test_a_folder_without_a_model_is_not_blessed(tmp_path: Path):
    (tmp_path / "model" / "Format-Serving").mkdir(parents=True)
    assert _validate(tmp_path, rows=8).get_int_custom_property("blessed") == 0


def _validate(folder: Path, rows: int) -> standard_artifacts.InfraBlessing:
    model, examples, blessing = (
        standard_artifacts.Model(),
        standard_artifacts.Examples(),
        standard_artifacts.InfraBlessing(),
    )
    model.uri, examples.uri = str(folder / "model"), str(folder / "examples")
    blessing.uri = str(folder / "blessing")
    examples.split_names = '["eval"]'
    split = folder / "examples" / "Split-eval"
    split.mkdir(parents=True)
    with tf.io.TFRecordWriter(str(split / "data.gz"), "GZIP") as writer:
        for _ in range(rows):
            writer.write(tf.train.Example().SerializeToString())
    InfraValidator.test_call(
        model=model,
        examples=examples,
        blessing=blessing,
        signature="tf_examples",
        policy=json.dumps(POLICY),
        code_fingerprint="",
    )
    return blessing
