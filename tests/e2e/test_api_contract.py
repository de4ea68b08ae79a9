"""What clients may rely on: golden requests to a released model, and what is always true of the answers."""

import http.client
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from serving.client.server_process import ModelServerProcess
from tests.e2e.conftest import Project

pytestmark = pytest.mark.e2e

GOLDEN = json.loads(Path(__file__).with_name("golden").joinpath("requests.json").read_text())
# Outputs that each stage promises: the key, and files below its folder.
PROMISED = {
    "SchemaImport": ("schema", ["schema.pbtxt"]),
    "ExampleGen": ("examples", ["Split-train/*.gz", "Split-eval/*.gz"]),
    "StatisticsGen": ("statistics", ["Split-train/FeatureStats.pb", "Split-eval/FeatureStats.pb"]),
    "ExampleValidator": ("anomalies", ["Split-train/SchemaDiff.pb", "Split-eval/SchemaDiff.pb"]),
    "DataGate": ("verdict", ["verdict.json"]),
    "Transform": ("transform_graph", ["transform_fn/saved_model.pb", "transformed_metadata/schema.pbtxt"]),
    "Trainer": ("model", ["Format-Serving/saved_model.pb", "Format-Serving/variables/variables.index"]),
    "Evaluator": (
        "evaluation",
        ["metrics.json", "metrics-*.tfrecord", "validations.tfrecord", "eval_config.json"],
    ),
    "InfraValidator": ("blessing", ["verdict.json", "INFRA_BLESSED"]),
    "Pusher": ("pushed_model", ["saved_model.pb"]),
    "Release": ("release", ["verdict.json", "release.json"]),
}


@pytest.fixture(scope="module")
def server(green: Project) -> Iterator[ModelServerProcess]:
    with ModelServerProcess(green.workspace.served_models("flights"), "flights") as running:
        yield running


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden["name"])
def test_a_golden_request_is_answered_as_promised(server: ModelServerProcess, golden: dict):
    connection = http.client.HTTPConnection(urlsplit(server.rest_url).netloc, timeout=30)
    connection.request("POST", "/v1/models/flights:predict", json.dumps(golden["body"]))
    response = connection.getresponse()
    answer = json.loads(response.read())
    assert response.status == golden["status"], answer
    if "error" in golden:
        assert re.search(golden["error"], answer["error"])
        return
    probabilities = answer["predictions" if "rows" in golden else "outputs"]
    assert len(probabilities) == golden.get("rows", golden.get("outputs"))
    assert all(0.0 < probability < 1.0 for probability in probabilities)


@pytest.mark.parametrize("stage", PROMISED)
def test_a_stage_writes_what_it_promises(green: Project, stage: str):
    key, files = PROMISED[stage]
    folder = Path(green.runs()[0].output(stage, key).uri)
    for pattern in files:
        assert [path for path in folder.glob(pattern) if path.is_file()], f"{pattern} in {folder}"
