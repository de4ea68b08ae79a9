"""The infra gate on real model servers: a model that the session loader cannot query does not get through."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf
from tfx.types import standard_artifacts

from components.infra_validator.component import InfraValidator
from components.model_files.folder import NOT_RECORDED, record_of
from tests.serving.servable_samples import write_keras, write_scorer

pytestmark = pytest.mark.slow

LOAD = {
    "seconds": 0.0, "rate": 50.0, "batches": [1, 4], "max_p99_ms": None, "max_p99_of_champion": 100.0,
    "p99_floor_ms": 2_000.0, "max_mb": None, "max_mb_of_champion": 2.0,
}  # fmt: skip
POLICY = {
    "requests": 2,
    "rows_per_request": 4,
    "load_timeout_s": 60.0,
    "max_disagreement": 1e-5,
    "load": LOAD,
}


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


def _validate(
    folder: Path,
    rows: int,
    recorded: str | None = None,
    policy: dict = POLICY,
    model: Path | None = None,
    **more: Any,
) -> standard_artifacts.InfraBlessing:
    candidate, examples, blessing = (
        standard_artifacts.Model(),
        standard_artifacts.Examples(),
        standard_artifacts.InfraBlessing(),
    )
    candidate.set_string_custom_property("files", NOT_RECORDED if recorded is None else recorded)
    candidate.uri, examples.uri = str(model or folder / "model"), str(folder / "examples")
    blessing.uri = str(folder / "blessing")
    examples.split_names = '["eval"]'
    split = folder / "examples" / "Split-eval"
    split.mkdir(parents=True)
    with tf.io.TFRecordWriter(str(split / "data.gz"), "GZIP") as writer:
        for _ in range(rows):
            example = tf.train.Example()
            example.features.feature["distance"].float_list.value.append(3.0)
            example.features.feature["hour"].int64_list.value.append(7)
            writer.write(example.SerializeToString())
    InfraValidator.test_call(
        model=candidate,
        examples=examples,
        blessing=blessing,
        signature="tf_examples",
        policy=json.dumps(policy),
        code_fingerprint="",
        **more,
    )
    return blessing


def test_a_model_is_driven_beside_the_champion_where_that_is_asked_for(tmp_path: Path):
    """Open with wide limits; what both did is in the verdict. An altered champion is not loaded."""
    for name in ("model", "champion"):
        write_scorer(tmp_path / name / "Format-Serving")
    champion = standard_artifacts.Model()
    champion.uri = str(tmp_path / "champion")
    recorded = record_of(str(tmp_path / "champion" / "Format-Serving"))
    beside = {"champion": champion, "champion_files": recorded, "on_first_run": "block"}
    policy = {**POLICY, "load": {**LOAD, "seconds": 0.4}}

    blessing = _validate(tmp_path, rows=8, policy=policy, **beside)

    reason = blessing.get_string_custom_property("reason")
    assert blessing.get_int_custom_property("blessed") == 1, reason
    assert reason.startswith("all 8 checks passed")
    each = r"\S+/s, p50 \S+, p95 \S+, p99 \S+ ms"
    assert re.search(rf"with batches of 4: candidate {each}, champion {each}", reason)
    assert re.search(r"candidate's server took [1-9]\d+ MB, champion's [1-9]\d+ MB", reason)

    (tmp_path / "champion" / "Format-Serving" / "saved_model.pb").write_bytes(b"?")
    blessing = _validate(tmp_path / "again", rows=8, policy=policy, model=tmp_path / "model", **beside)
    assert blessing.get_int_custom_property("blessed") == 0
    assert "it could not be driven: " in blessing.get_string_custom_property("reason")
    assert "champion/1 is not loaded: saved_model.pb has" in blessing.get_string_custom_property("reason")
