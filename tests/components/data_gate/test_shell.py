"""The data gate as a node: what it reads and keeps, and that a champion which is gone closes it."""

import json
from pathlib import Path

import pytest

from components.data_gate.columns import GateColumns
from components.gates.override import Override, to_json
from tests.components.data_gate.days import POLICY
from tests.components.example_gen.ingest_folder import HEADER, SCHEMA, ingest
from tests.components.ingestion import schema_of

pytestmark = pytest.mark.slow  # imports TFX

FEW = {"min_train_rows": 1, "min_eval_rows": 1, "min_class_rows": 1}
COLUMNS = GateColumns(
    {"day": "date", "late": "category", "temp": "number", "carrier": "category"}, "late", "day"
)
OVERRIDE = Override(
    gate="data", check="champion answers", reason="only the candidate counts", by="Ada", expires="2026-03-10"
)


def judged(folder: Path, **parameters: object) -> dict:
    """Runs the gate on two good days; returns its verdict."""
    from tfx.types import standard_artifacts

    from components.data_gate.component import DataGate

    (folder / "data").mkdir()
    for day in (1, 2):
        rows = "".join(f"2013-01-0{day},{row % 2},{row}.5,c{row}\n" for row in range(9))
        (folder / "data" / f"2013-01-0{day}.csv").write_text(HEADER + rows)
    anomalies, verdict = standard_artifacts.ExampleAnomalies(), standard_artifacts.ExampleAnomalies()
    anomalies.uri, verdict.uri = str(folder / "anomalies"), str(folder / "verdict")
    for split in ("train", "eval"):
        (folder / "anomalies" / f"Split-{split}").mkdir(parents=True)
        (folder / "anomalies" / f"Split-{split}" / "SchemaDiff.pb").write_bytes(b"")
    defaults = {
        "examples": ingest(folder, "examples"),
        "schema": schema_of(folder / "schema", SCHEMA),
        "anomalies": anomalies,
        "verdict": verdict,
        "columns": COLUMNS.as_json(),
        "grain": "file",
        "baseline": "",
        "calendar": "",
        "task": json.dumps({"kind": "binary", "classes": [0, 1], "answer": "probability"}),
        "policy": POLICY.model_copy(update=FEW).model_dump_json(),
        "code_fingerprint": "code",
    }
    DataGate.test_call(**{**defaults, **parameters})
    return json.loads((folder / "verdict" / "verdict.json").read_text())


def gone(folder: Path):
    from tfx.types import standard_artifacts

    champion = standard_artifacts.Model()
    champion.uri = str(folder / "gone")
    return {"champion": champion, "signature": "tf_examples", "on_first_run": "allow"}


def test_without_a_champion_there_is_nothing_to_ask(tmp_path: Path):
    verdict = judged(tmp_path)
    assert verdict["passed"]
    assert "champion answers" not in [check["name"] for check in verdict["checks"]]


def test_a_champion_that_is_gone_closes_the_gate_with_the_ways_out(tmp_path: Path):
    verdict = judged(tmp_path, **gone(tmp_path))
    assert not verdict["passed"]
    assert "the champion cannot be compared with: there is no saved_model.pb in " in verdict["reason"]
    assert "--ignore-champion REASON" in verdict["reason"]


def test_a_person_may_let_it_fail(tmp_path: Path):
    verdict = judged(tmp_path, **gone(tmp_path), overrides=to_json([OVERRIDE]))
    assert verdict["passed"]
    (check,) = [each for each in verdict["checks"] if each["overridden"]]
    assert (check["name"], check["overridden"]) == (
        "champion answers",
        "only the candidate counts (Ada, until 2026-03-10)",
    )


def test_the_profile_of_the_window_is_kept_for_the_next_run(tmp_path: Path):
    assert "drift was not judged, as there is no champion yet" in judged(tmp_path)["notes"]
    kept = json.loads((tmp_path / "verdict" / "profile.json").read_text())
    assert [*kept["days"]] == ["1970-01-01", "1970-01-02"], "by the numbers of the spans"

    (tmp_path / "next").mkdir()
    verdict = judged(tmp_path / "next", baseline=str(tmp_path / "verdict"))
    assert verdict["passed"]
    assert [check["passed"] for check in verdict["checks"] if "drift" in check["name"]] == [True, True]


@pytest.mark.parametrize("kept", [None, "no JSON", '{"days": {}}'])
def test_a_baseline_that_cannot_be_read_is_told_and_not_passed(tmp_path: Path, kept: str | None):
    folder = tmp_path / "before"
    folder.mkdir()
    if kept is not None:
        (folder / "profile.json").write_text(kept)
    verdict = judged(tmp_path, baseline=str(folder))
    told = {check["name"]: check for check in verdict["checks"] if not check["passed"]}
    assert [*told] == ["drift", "label drift"]
    assert told["drift"]["reason"].startswith("drift was not judged: the data profile of the champion's run")
    assert "\n" not in told["drift"]["reason"]


def test_what_the_launch_found_closes_the_gate(tmp_path: Path):
    verdict = judged(
        tmp_path, calendar=json.dumps({"stale data": "the newest day is 2013-01-02, 9 days old"})
    )
    assert not verdict["passed"]
    assert "9 days old" in verdict["reason"]
