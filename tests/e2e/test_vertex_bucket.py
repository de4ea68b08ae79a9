"""Steps that are written here work on addresses that are no folders, as a bucket's are not.

TensorFlow's `ram://` file system stands for the bucket: like `gs://` it is reached through gfile only, and
`pathlib`, `shutil` and `open` find nothing there.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf
from tfx.types import artifact_utils, standard_artifacts
from tfx.utils import io_utils, json_utils

from components.evaluator.component import Evaluator_Executor
from components.infra_validator.component import InfraValidator_Executor
from components.model_files.rule import PROPERTY
from components.trainer.executor import Executor
from pipeline.config import load as configs
from tests.e2e.conftest import SMALL, Project
from tests.trainer.default_hyperparameters import default_hyperparameters
from trainer import features

pytestmark = pytest.mark.e2e

BUCKET = "ram://bucket"


@pytest.fixture(scope="module")
def bucket(green: Project) -> dict[str, Any]:
    """The artifacts of the first run by `<stage>.<key>`, moved to the bucket."""
    (run, *_) = green.runs()
    wanted = {
        "SchemaImport.schema": standard_artifacts.Schema,
        "ExampleGen.examples": standard_artifacts.Examples,
        "Transform.transform_graph": standard_artifacts.TransformGraph,
        "Transform.transformed_examples": standard_artifacts.Examples,
        "Trainer.model": standard_artifacts.Model,
    }
    moved = {}
    for name, kind in wanted.items():
        recorded = run.output(*name.split("."))
        assert recorded is not None
        artifact = kind()
        artifact.uri = f"{BUCKET}/{name}"
        io_utils.copy_dir(recorded.uri, artifact.uri)
        if kind is standard_artifacts.Examples:
            artifact.split_names = artifact_utils.encode_split_names(
                ["train"] if name.startswith("Transform") else ["train", "eval"]
            )
        if PROPERTY in recorded.properties:
            artifact.set_string_custom_property(PROPERTY, recorded.properties[PROPERTY])
        moved[name] = artifact
    return moved


def _output(kind: Any, name: str) -> Any:
    artifact = kind()
    artifact.uri = f"{BUCKET}/out/{name}"
    return artifact


def test_trainer_trains_from_a_bucket_into_a_bucket(bucket: dict[str, Any]):
    model, model_run = _output(standard_artifacts.Model, "model"), _output(standard_artifacts.ModelRun, "run")
    small = default_hyperparameters(max_epochs=1, validation_days=int(SMALL["training.validation_days"]))
    Executor().Do(
        {
            "examples": [bucket["Transform.transformed_examples"]],
            "transform_graph": [bucket["Transform.transform_graph"]],
            "schema": [bucket["SchemaImport.schema"]],
        },
        {"model": [model], "model_run": [model_run]},
        {
            "run_fn": "trainer.entry.run_fn",
            "train_args": '{"splits": ["train"]}',
            "eval_args": '{"splits": ["train"]}',
            "custom_config": json_utils.dumps({"hyperparameters": small.model_dump(mode="json")}),
        },
    )
    assert tf.io.gfile.exists(f"{model.uri}/Format-Serving/saved_model.pb")
    assert tf.io.gfile.exists(f"{model_run.uri}/history.json")


def test_evaluator_judges_a_model_of_a_bucket(bucket: dict[str, Any], green: Project):
    evaluation = _output(standard_artifacts.ModelEvaluation, "evaluation")
    blessing = _output(standard_artifacts.ModelBlessing, "blessing")
    threshold = {"metric": "AUC", "scope": "overall", "at_least": 0.5}
    policy = {
        "min_slice_rows": 500,
        "on_first_run": "allow",
        "on_overlap": "allow",
        "slices": [],
        "thresholds": [threshold],
        "min_slice_class_rows": 30,
        "calibration": {"max_off": None, "max_worse_than_champion": 0.15},
        "suspicious_auc": None,
        "max_model_mb": 100.0,
        "max_ms_per_row": 1_000.0,
        "fairness": [],
        "prediction_drift": {"reaction": "warn", "floor": 0.01},
    }
    Evaluator_Executor().Do(
        {
            "examples": [bucket["ExampleGen.examples"]],
            "schema": [bucket["SchemaImport.schema"]],
            "model": [bucket["Trainer.model"]],
        },
        {"evaluation": [evaluation], "blessing": [blessing]},
        {
            "label": "late",
            "task": features.TASK.as_json(),
            "signature": "tf_examples",
            "date": features.DATE,
            "policy": json.dumps(policy),
            "incomparable": "",
            "code_fingerprint": "",
        },
    )
    assert blessing.get_int_custom_property("blessed") == 1
    recorded = green.runs()[0].output("Evaluator", "evaluation")
    assert recorded is not None
    expected = json.loads(Path(recorded.uri, "metrics.json").read_text())["candidate"]["overall"]
    with tf.io.gfile.GFile(f"{evaluation.uri}/metrics.json") as file:
        assert json.load(file)["candidate"]["overall"] == pytest.approx(expected)


def test_infra_validator_serves_a_model_of_a_bucket(bucket: dict[str, Any]):
    blessing = _output(standard_artifacts.InfraBlessing, "infra")
    policy = configs.load("local", {"infra_gate.requests": "2"}).infra_gate.model_dump_json()
    InfraValidator_Executor().Do(
        {"model": [bucket["Trainer.model"]], "examples": [bucket["ExampleGen.examples"]]},
        {"blessing": [blessing]},
        {"signature": "tf_examples", "policy": policy, "code_fingerprint": ""},
    )
    assert blessing.get_int_custom_property("blessed") == 1, blessing.get_string_custom_property("reason")
    assert tf.io.gfile.exists(f"{blessing.uri}/INFRA_BLESSED")
