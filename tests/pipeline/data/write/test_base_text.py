"""base.yaml as init writes it: read again, it says what was proposed."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.config import columns
from pipeline.config.load import load
from pipeline.data.infer.survey import survey
from pipeline.data.propose.proposal import propose
from pipeline.data.propose.questions import Answers, Defaults
from pipeline.data.raw.open_raw import open_raw
from pipeline.data.write.base_text import base_text
from pipeline.data.write.columns_text import columns_text
from tests.pipeline.data import practice_tables
from trainer import columns_file, yaml12


def _read(table, folder, name):
    raw = open_raw(str(table.write(folder)))
    proposal = propose(survey(raw), table.label, Answers(), Defaults(), dt.date(2024, 6, 1))
    return yaml12.read(base_text(proposal, name), "base.yaml").plain()


def test_a_dated_table_has_a_window_and_no_split(tmp_path):
    values = _read(practice_tables.panel(), tmp_path, "panel")
    assert values["data"] == {"source": "data/panel", "grain": "week"}
    assert values["window"] == {"days": 60, "eval_days": 12}
    assert "split" not in values


def test_an_undated_table_has_a_split_and_no_window(tmp_path):
    values = _read(practice_tables.patients(), tmp_path, "patients")
    assert values["data"]["grain"] == "file"
    assert values["split"] == {"eval_fraction": 0.2, "key": "patient_id"}
    assert "window" not in values


@pytest.mark.parametrize("make", practice_tables.TABLES)
def test_what_init_writes_is_a_configuration_that_loads(make, tmp_path, monkeypatch):
    table = make()
    raw = open_raw(str(table.write(tmp_path)))
    proposal = propose(survey(raw), table.label, Answers(), Defaults(), dt.date(2024, 6, 1))
    proposed = columns_file.parse(columns_text(proposal.kept, proposal.training))
    monkeypatch.setattr(columns, "read", lambda: proposed)
    monkeypatch.setenv("EVERGREEN_CONFIGS", str(tmp_path))
    (tmp_path / "base.yaml").write_text(base_text(proposal, "mine"))
    (tmp_path / "local.yaml").write_text("{}")
    assert load("local").name == "mine"


@pytest.mark.parametrize("name", ["a", "a-name-of-so-many-characters-that-no-comment-fits-on-the-line"])
def test_no_comment_becomes_part_of_a_value(name, tmp_path):
    assert _read(practice_tables.houses(), tmp_path, name)["data"]["source"] == f"data/{name}"


def test_the_gates_are_of_the_task(tmp_path):
    thresholds = _read(practice_tables.houses(), tmp_path, "houses")["model_gate"]["thresholds"]
    assert [each["metric"] for each in thresholds] == ["RootMeanSquaredError", "MeanAbsoluteError"]
    assert all(each["at_most"] > 0 for each in thresholds)


def test_each_class_needs_half_of_the_rows_that_the_rarest_had(tmp_path):
    table = practice_tables.german()
    gate = _read(table, tmp_path, "kunden")["data_gate"]
    assert 10 <= gate["min_class_rows"] < gate["min_eval_rows"]
    assert "min_class_rows" not in _read(practice_tables.houses(), tmp_path, "houses")["data_gate"]
