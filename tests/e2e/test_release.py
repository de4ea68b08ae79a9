"""A first run releases a model that answers; the next window is judged against it on the same rows."""

import csv
import json
import re
import shutil
import subprocess
import urllib.request
from pathlib import Path

import grpc
import pytest
import tensorflow_model_analysis as tfma
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

from components.gates.judged_answers import PROPERTIES
from serving.client.server_process import ModelServerProcess
from tests.e2e.conftest import EVERGREEN, Project, states

pytestmark = pytest.mark.e2e


def test_the_first_run_passes_every_gate_and_names_the_champion(green: Project):
    (run,) = green.runs()
    assert set(states(run).values()) == {"complete"}
    assert [artifact.properties["gate"] for artifact in run.verdicts] == ["data", "model", "infra", "release"]
    assert all(artifact.properties["blessed"] == 1 for artifact in run.verdicts)
    standing = green.champion
    assert standing.version == "1.0.1"
    assert standing.served_from == str(green.workspace.served_models("flights") / "1")
    assert (str(standing.train_first), str(standing.train_last)) == ("2013-01-24", "2013-02-06")
    assert green.served == ["1"]


def test_every_flight_is_counted_and_only_those_without_a_label_are_refused(green: Project, flights: Path):
    days = [flights / f"{day}.csv" for day in _days(green.runs()[0].window)]
    rows = [row for day in days for row in csv.DictReader(day.read_text().splitlines())]
    examples = green.runs()[0].output("ExampleGen", "examples").properties
    assert examples["rows_read"] == len(rows)
    assert examples["rows_refused"] == sum(row["late"] == "" for row in rows) > 0
    assert examples["rows_train"] + examples["rows_eval"] == examples["rows_kept"]


def test_an_evaluation_is_readable_by_tensorflow_model_analysis(green: Project):
    uri = green.runs()[0].output("Evaluator", "evaluation").uri
    ours = json.loads(Path(uri, "metrics.json").read_text())["candidate"]
    result = tfma.load_eval_result(uri)
    overall = dict(result.slicing_metrics)[()][""][""]
    assert overall["auc"]["doubleValue"] == pytest.approx(ours["overall"]["AUC"])
    assert len(result.slicing_metrics) == len(ours)
    assert tfma.load_validation_result(uri).validation_ok


def test_the_released_model_answers_plain_json_and_tensorflow_servings_own_client(
    green: Project, flights: Path
):
    row = next(csv.DictReader((flights / "2013-02-11.csv").read_text().splitlines()))
    with ModelServerProcess(green.workspace.served_models("flights"), "flights") as server:
        body = {"instances": [_typed(row), _typed({**row, "temp": "", "tailnum": ""})]}
        by_json = _post(f"{server.rest_url}/v1/models/flights:predict", body)["predictions"]
        request = predict_pb2.PredictRequest()
        request.model_spec.name = "flights"
        request.model_spec.signature_name = "tf_examples"
        request.inputs["examples"].CopyFrom(_examples([row]))
        with grpc.insecure_channel(server.grpc_target) as channel:
            answer = prediction_service_pb2_grpc.PredictionServiceStub(channel).Predict(request, timeout=30)
    assert all(0 < probability < 1 for probability in by_json)
    assert answer.outputs["probability"].float_val[0] == pytest.approx(by_json[0], abs=1e-6)


def test_serve_and_predict_answer_for_every_row_of_a_file(green: Project, flights: Path):
    command = green.command("serve", "--rest_api_port", "0", "--port", "0")
    with subprocess.Popen(command, cwd=green.folder, stdout=subprocess.PIPE, text=True) as server:
        try:
            ready = server.stdout.readline()
            address = re.search(r"http://[^/\s]+", ready).group(0)
            day = flights / "2013-02-11.csv"
            done = green.call("predict", "--url", address, str(day))
        finally:
            server.terminate()
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(day.read_text().splitlines()) - 1
    assert server.returncode == 0


def test_a_repeated_launch_starts_no_node_and_reports_the_finished_run(green: Project):
    before = green.runs()
    done = green.call("run", "--until", "2013-02-10")
    assert done.returncode == 0
    assert before[0].id in done.stdout
    assert green.runs() == before


def test_lineage_names_what_made_the_champion(green: Project):
    origin = json.loads(green.call("lineage", "champion", "--json").stdout)
    (run,) = green.runs()
    assert origin["version"] == "1.0.1"
    assert origin["data"]["window"]["eval_last"] == "2013-02-10"
    assert origin["schema"]["fingerprint"] == run.launch["schema_fingerprint"]
    assert set(origin["code"]) >= {"Transform", "Trainer", "Evaluator"}
    assert origin["config"]["window"]["days"] == 18
    assert [verdict["gate"] for verdict in origin["verdicts"]] == ["data", "model", "infra", "release"]
    for artifact in ("StatisticsGen.statistics", "Transform.transform_graph", "Trainer.model"):
        assert Path(origin["artifacts"][artifact][0]).is_dir()


def test_runs_lists_how_each_run_ended(green: Project):
    (listed,) = json.loads(green.call("runs", "--json").stdout)
    assert (listed["state"], listed["released"]) == ("succeeded", "1.0.1")


def test_the_next_window_is_judged_against_the_champion_on_the_same_rows(green: Project, tmp_path: Path):
    project = _copy(green, tmp_path)
    done = project.call("run", "--until", "2013-02-14")
    first, second = project.runs()
    metrics = json.loads(Path(second.output("Evaluator", "evaluation").uri, "metrics.json").read_text())
    counts = {name: side["overall"]["ExampleCount"] for name, side in metrics.items()}
    assert (
        counts["candidate"]
        == counts["champion"]
        == second.output("ExampleGen", "examples").properties["rows_eval"]
    )
    assert metrics["champion"]["overall"]["AUC"] != metrics["candidate"]["overall"]["AUC"]
    difference = metrics["difference"]["overall"]
    lost = metrics["champion"]["overall"]["AUC"] - metrics["candidate"]["overall"]["AUC"]
    assert difference["AUC loss"] == pytest.approx(lost)
    assert min(difference["AUC se"], difference["AUC se by day"]) > 0
    baseline = second.stage("Evaluator").inputs["baseline_model"][0]
    assert baseline.id == first.output("Trainer", "model").id
    judged = second.output("Evaluator", "blessing").properties
    means = [metrics[side]["overall"]["MeanPrediction"] for side in ("candidate", "champion")]
    assert 0 < (means[0] - means[1]) / float(judged["answer_shift_sd"]) < 0.5, (
        "the deviation of a probability"
    )
    assert float(judged["answer_shift_day_sd"]) > 0
    assert judged["answer_shift_beside"] == baseline.uri
    compared = [c for c in _checks(second, "model") if "worse than champion" in c["name"]]
    assert compared
    (drift,) = [c for c in _checks(second, "model") if c["name"] == "prediction drift"]
    assert drift["measured"] is not None, "the first release's answers were found"
    allowed = all(check["passed"] for check in _checks(second, "model"))
    for name in PROPERTIES if second.release else ():
        assert second.release.properties[name] == judged[name]
    assert done.returncode == (0 if allowed else 1)
    assert project.served == (["1", "2"] if allowed else ["1"])
    assert project.champion.version == ("1.0.2" if allowed else "1.0.1")


def test_a_champion_trained_on_the_eval_days_is_not_compared_and_the_verdict_says_so(
    green: Project, tmp_path: Path
):
    project = _copy(green, tmp_path)
    project.call("run", "--until", "2013-02-08")
    second = project.runs()[-1]
    assert second.stage("Champion") is None
    assert (
        "was trained on 2 of the 4 eval days" in second.output("Evaluator", "blessing").properties["reason"]
    )


def _copy(project: Project, into: Path) -> Project:
    """A second workspace with the same history; the artifacts stay where they are and are only read."""
    shutil.copytree(project.folder, into / "copy")
    return Project(into / "copy", project.data, project.settings)


def _days(window: dict[str, str]) -> list[str]:
    import datetime as dt

    first, last = (dt.date.fromisoformat(window[key]) for key in ("train_first", "eval_last"))
    return [(first + dt.timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]


def _checks(run, gate: str) -> list[dict]:
    (artifact,) = [a for a in run.verdicts if a.properties["gate"] == gate]
    return json.loads(Path(artifact.uri, "verdict.json").read_text())["checks"]


def _typed(row: dict[str, str]) -> dict[str, object]:
    from trainer.features import REQUEST_COLUMNS

    read = {"int64": int, "float32": float, "string": str}
    return {c.name: read[c.dtype](row[c.name]) for c in REQUEST_COLUMNS if row[c.name] != ""}


def _examples(rows: list[dict[str, str]]):
    import tensorflow as tf

    def feature(value):
        if isinstance(value, int):
            return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))
        if isinstance(value, float):
            return tf.train.Feature(float_list=tf.train.FloatList(value=[value]))
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value.encode()]))

    examples = [
        tf.train.Example(
            features=tf.train.Features(feature={name: feature(v) for name, v in _typed(row).items()})
        ).SerializeToString()
        for row in rows
    ]
    return tf.make_tensor_proto(examples)


def _post(url: str, body: dict) -> dict:
    request = urllib.request.Request(url, data=json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


assert EVERGREEN.is_file(), "the tests call the installed command; `make setup` installs it"
