"""What differs between two versions is said in the words of the configuration, and what is equal is not."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.model_diff import Difference, Made, compared, page
from pipeline.lineage.runs import SUCCEEDED, Artifact, Run, Stage
from tests.pipeline.lineage.told_models import START, version

SCHEMA = """
feature {{ name: "carrier" type: BYTES presence {{ min_fraction: 1.0 }} }}
feature {{ name: "{name}" type: FLOAT }}
"""


@pytest.fixture
def made(tmp_path: Path):
    def make(
        number: int, *, schema: str = "temp", metrics: dict[str, Any] | None = None, **changed: Any
    ) -> Made:
        place = tmp_path / str(number)
        (place / "schema").mkdir(parents=True)
        (place / "schema" / "schema.pbtxt").write_text(SCHEMA.format(name=schema))
        (place / "evaluation").mkdir()
        found = {"candidate": {"overall": {"AUC": 0.7, "ExampleCount": 90.0}}} if metrics is None else metrics
        (place / "evaluation" / "metrics.json").write_text(json.dumps(found))
        config = {"window": {"days": 60}, "training": {"learning_rate": 0.1, "hidden_units": [8]}}
        launch = {
            "config": json.dumps({**config, **changed.pop("config", {})}),
            "code": json.dumps({"Trainer": "aaa", "Transform": "bbb", **changed.pop("code", {})}),
            "source": "f00",
            "window_fingerprint": "0123",
            "champion": "",
            **changed.pop("launch", {}),
        }
        facts = {
            "window": json.dumps({"train_first": "2013-01-01", "train_last": "2013-01-09"}),
            "signature": json.dumps({"inputs": {"temp": "float [-1]"}, "outputs": {"late": "float [-1]"}}),
            "files": json.dumps({"version": 1, "files": {"saved_model.pb": [5, "0" * 64]}}),
            **changed.pop("facts", {}),
        }
        assert not changed
        stages = tuple(
            Stage(1, node, "complete", 1.0, {}, {key: (Artifact(1, "", str(place / key), START, {}),)})
            for node, key in (("SchemaImport", "schema"), ("Evaluator", "evaluation"))
        )
        run = Run(f"run-{number}", SUCCEEDED, "", START, launch, stages)
        return Made(version(number, **facts), "retired" if number == 1 else "live", run)

    return make


def differing(before: Made, after: Made) -> dict[str, list[str]]:
    return {
        name: [str(each) for each in section.differences]
        for name, section in compared(before, after).items()
        if section.differences
    }


def test_versions_that_were_made_alike_differ_in_their_state_alone(made: Any):
    assert differing(made(1), made(2)) == {"state": ["state: retired → live"]}


@pytest.mark.parametrize(
    ("changed", "section", "said"),
    [
        (
            {"config": {"training": {"learning_rate": 0.2, "hidden_units": [8]}}},
            "hyperparameters",
            ["training.learning_rate: 0.1 → 0.2"],
        ),
        ({"config": {"window": {"days": 30}}}, "configuration", ["window.days: 60 → 30"]),
        ({"config": {"gate": {"on": True}}}, "configuration", ["gate.on: - → true"]),
        (
            {"config": {"gates": [{"metric": "AUC", "at_least": 0.6}]}},
            "configuration",
            ['gates.1.metric: - → "AUC"', "gates.1.at_least: - → 0.6"],
        ),
        ({"code": {"Trainer": "ccc"}, "launch": {"source": "bad"}}, "code", ["commit: f00 → bad"]),
        (
            {"schema": "wind"},
            "columns",
            ["temp: float, may be missing → -", "wind: - → float, may be missing"],
        ),
        (
            {"facts": {"signature": '{"inputs": {"temp": "int64 [-1]"}, "outputs": {"late": "float [-1]"}}'}},
            "signature",
            ["input temp: float [-1] → int64 [-1]"],
        ),
        (
            {"facts": {"window": '{"train_first": "2013-01-01", "train_last": "2013-01-19"}'}},
            "data",
            ["training days: 2013-01-01 … 2013-01-09 → 2013-01-01 … 2013-01-19"],
        ),
        ({"launch": {"window_fingerprint": "4567"}}, "data", ["fingerprint of the rows: 0123 → 4567"]),
        (
            {"facts": {"files": json.dumps({"version": 1, "files": {"saved_model.pb": [6, "1" * 64]}})}},
            "files",
            ["saved_model.pb: 5 bytes, 00000000 → 6 bytes, 11111111"],
        ),
        (
            {"metrics": {"candidate": {"overall": {"AUC": 0.75, "ExampleCount": 90.0}}}},
            "metrics",
            ["AUC: 0.7 → 0.75 (+0.05), better; higher is better"],
        ),
    ],
)
def test_each_subject_shows_what_differs_and_nothing_else(
    made: Any, changed: dict[str, Any], section: str, said: list[str]
):
    assert differing(made(1), made(2, **changed)) == {"state": ["state: retired → live"], section: said}


def test_what_is_recorded_as_json_is_compared_key_by_key(made: Any):
    labels = [json.dumps({"name": name, "classes": [0, 1]}) for name in ("late", "early")]
    recipes = [{"columns": digit * 64, "label": label} for digit, label in zip("ab", labels, strict=True)]
    before, after = (
        made(number, facts={"recipe": json.dumps(recipe)}) for number, recipe in enumerate(recipes, start=1)
    )
    assert differing(before, after)["columns"] == [
        'label.name: "late" → "early"',
        f"fingerprint of columns.yaml: {'a' * 12} → {'b' * 12}",
    ]
    plain = made(3, facts={"recipe": json.dumps({"label": "late"})})  # as an early version recorded it
    assert 'label: "late" → -' in differing(plain, after)["columns"]


def test_a_line_is_short_and_json_has_all(made: Any):
    (found,) = compared(made(1), made(2, config={"window": {"days": "9" * 90}}))["configuration"].differences
    assert (len(found.after), len(str(found))) == (92, len("window.days: 60 → ") + 60)


def test_changed_code_is_named_by_its_stages(made: Any):
    section = compared(made(1), made(2, code={"Trainer": "ccc"}, launch={"source": "bad"}))["code"]
    assert section.remark == "of these stages: Trainer"
    assert section.differences == (Difference("commit", "f00", "bad"),)


def test_metrics_of_the_same_rows_are_compared_where_there_are_some(made: Any):
    before = made(1)
    judged = {
        "candidate": {"overall": {"AUC": 0.75}},
        "champion": {"overall": {"AUC": 0.72}},
    }
    beside = compared(before, made(2, metrics=judged, launch={"champion": "1.0.1"}))["metrics"]
    assert beside.remark == "both on the evaluation rows of 1.0.2"
    assert [str(each) for each in beside.differences] == [
        "AUC: 0.72 → 0.75 (+0.03), better; higher is better"
    ]
    apart = compared(before, made(3, launch={"window_fingerprint": "4567"}))["metrics"]
    assert apart.remark == "each on its own evaluation rows, so other days are part of the difference"
    assert compared(before, made(4))["metrics"].remark == "both on the same evaluation rows"


def test_what_an_old_release_did_not_record_is_said_and_is_no_difference(made: Any):
    old = made(1, facts={"signature": "", "files": ""}, metrics={})
    sections = compared(old, made(2))
    for name in ("signature", "files", "metrics"):
        assert sections[name].differences == ()
        assert sections[name].remark == "not recorded for one of them"
    gone = dataclasses.replace(old, run=None)
    assert compared(gone, gone)["code"].remark == "not recorded for both"


def test_a_newcomer_reads_a_line_for_each_subject(made: Any):
    after = made(
        2, facts={"version_reason": "made as 1.0.1, on other data"}, launch={"window_fingerprint": "4567"}
    )
    assert list(page(made(1), after)) == [
        "1.0.2 was trained on the same days as 1.0.1, though with other rows, with the same training code, "
        "columns and hyperparameters; AUC stayed 0.7, each on other days, so that says little of which model "
        "is better.",
        "1.0.1: registered 2026-11-26 23:01 UTC by run run-1",
        "1.0.2: registered 2026-11-26 23:02 UTC by run run-2, made as 1.0.1, on other data",
        "state            state: retired → live",
        "data             fingerprint of the rows: 0123 → 4567",
        "code             the same",
        "columns          the same",
        "hyperparameters  the same",
        "configuration    the same",
        "signature        the same",
        "metrics          each on its own evaluation rows, so other days are part of the difference",
        "files            the same",
    ]


def test_a_long_section_is_cut_and_says_by_how_much(made: Any):
    many = {"gate": {f"limit_{number}": number for number in range(20)}}
    lines = list(page(made(1), made(2, config=many)))
    assert "                 and 8 more; --json has all" in lines
