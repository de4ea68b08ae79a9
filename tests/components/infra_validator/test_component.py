"""The infra gate on real model servers: a model that the session loader cannot query does not get through."""

import json
from pathlib import Path

import pytest
import tensorflow as tf
from tfx.types import standard_artifacts

from components.infra_validator.component import InfraValidator
from components.model_files.folder import NOT_RECORDED, record_of
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


def test_a_model_whose_files_changed_is_not_served_to_find_out(tmp_path: Path):
    served = tmp_path / "model" / "Format-Serving"
    write_keras(served)
    trained = record_of(str(served))
    path = served / "saved_model.pb"
    path.write_bytes(path.read_bytes()[:-1] + b"?")

    blessing = _validate(tmp_path, rows=8, recorded=trained)

    assert blessing.get_int_custom_property("blessed") == 0
    assert "is not loaded: saved_model.pb has the SHA-256" in blessing.get_string_custom_property("reason")


def _validate(folder: Path, rows: int, recorded: str | None = None) -> standard_artifacts.InfraBlessing:
    model, examples, blessing = (
        standard_artifacts.Model(),
        standard_artifacts.Examples(),
        standard_artifacts.InfraBlessing(),
    )
    model.set_string_custom_property("files", NOT_RECORDED if recorded is None else recorded)
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
