"""Labels that came since are judged with both versions, once, on rows that neither was trained on."""

import dataclasses
import datetime as dt
import itertools
import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from components.model_files.folder import record_of
from pipeline.errors import DataError
from pipeline.lineage.events import ModelVersion
from pipeline.lineage.rollouts import Rollout
from pipeline.rollout import labelled_spans
from pipeline.rollout.labelled_spans import LabelledSpans
from pipeline.runners.workspace import Workspace
from serving.rollout.evidence import Evidence
from serving.rollout.guards_rule import METRIC, look
from serving.rollout.plan import AB, RolloutPlan, Stage
from serving.traffic.split import gets_candidate
from tests.pipeline.lineage.told_models import version
from tests.pipeline.rollout.deployments import deployed
from trainer import features

PLAN = RolloutPlan("r1", "canary", (Stage(0.5, 100),))
HEADER = ",".join(column.name for column in features.COLUMNS)
EVAL_LAST = {"window": json.dumps({"train_last": "2013-01-05", "eval_last": "2013-01-10"})}
ROWS = 1_500


class Model(tf.Module):
    """Answers what `wind_speed` or `temp` says, by weights; the first is the better sign of a late flight."""

    def __init__(self, wind: float, temp: float) -> None:
        super().__init__()
        self.weights = tf.constant([wind, temp], tf.float32)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "examples")])
    def ask(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        spec = {name: tf.io.FixedLenFeature([], tf.float32) for name in ("wind_speed", "temp")}
        parsed = tf.io.parse_example(examples, spec)
        logits = parsed["wind_speed"] * self.weights[0] + parsed["temp"] * self.weights[1]
        return {"probability": tf.sigmoid(logits / 10)}


def row(day: str, late: int | None, wind: float, temp: float, dest: str) -> str:
    known = {"flight_date": day, "late": "" if late is None else late, "wind_speed": f"{wind:.3f}"}
    known |= {"temp": f"{temp:.3f}", "carrier": "UA", "origin": "EWR", "dest": dest, "flight": 7}
    known |= {"sched_dep_time": 900, "sched_arr_time": 1100, "distance": 700}
    return ",".join(str(known.get(column.name, "")) for column in features.COLUMNS)


def write_day(folder: Path, day: str, rows: int = ROWS, late: tuple[int | None, ...] = (0, 1)) -> None:
    random = np.random.default_rng(int(day[-2:]))
    labels = [late[each] for each in random.integers(len(late), size=rows)]
    signs = ([each + random.normal() * 1.5 for each in map(float, map(bool, labels))] for _ in range(2))
    lines = (
        row(day, *values, f"D{number % 40:02}")
        for number, values in enumerate(zip(labels, *signs, strict=True))
    )
    folder.mkdir(exist_ok=True)
    (folder / f"{day}.csv").write_text("\n".join([HEADER, *lines]) + "\n")


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory):
    """A workspace in which 1.0.1 and 1.0.2 use both signs, and 1.0.3 looks at one of them only."""
    found = deployed(tmp_path_factory.mktemp("root"))
    for number, weights in ((1, (5, 5)), (2, (6, 6)), (3, (5, 0))):
        folder = Workspace(found.root).served_models("flights") / str(number)
        model = Model(*weights)
        tf.saved_model.save(model, str(folder), signatures={"tf_examples": model.ask})
    return found


@pytest.fixture
def days(tmp_path: Path) -> Path:
    for number in (9, 10, 11, 12):
        write_day(tmp_path / "days", f"2013-01-{number:02}")
    return tmp_path / "days"


def rollout(deployment, candidate: int = 2, plan: RolloutPlan = PLAN) -> Rollout:
    def made(number: int) -> ModelVersion:
        folder = deployment.workspace.served_models("flights") / str(number)
        return version(number, files=record_of(str(folder)), **EVAL_LAST)

    return Rollout(made(candidate), made(1), plan, ())


def labels(deployment, days: Path, **overrides: str) -> LabelledSpans:
    config = deployment.config(**{"data.source": str(days), "data.label_delay_days": "0", **overrides})
    return LabelledSpans(config, deployment.workspace)


def test_spans_after_both_versions_were_made_are_judged_once(deployment, days: Path):
    source, told = labels(deployment, days), rollout(deployment)
    found = source.new(told, ())
    assert [(each.day, each.rows) for each in found] == [("2013-01-11", ROWS), ("2013-01-12", ROWS)]
    assert all(0.6 < each.champion < 0.9 for each in found)
    assert [each.candidate for each in found] == pytest.approx([each.champion for each in found], abs=1e-3)
    assert source.new(told, found) == ()
    write_day(days, "2013-01-13")
    assert [each.day for each in source.new(told, found)] == ["2013-01-13"]


def test_many_spans_are_judged_a_few_at_a_time(deployment, days: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(labelled_spans, "MOST_SPANS", 1)
    source, told = labels(deployment, days), rollout(deployment)
    (first,) = source.new(told, ())
    (second,) = source.new(told, (first,))
    assert (first.day, second.day) == ("2013-01-11", "2013-01-12")


def test_labels_are_waited_for_as_long_as_the_configuration_says(deployment, days: Path):
    found = labels(deployment, days, **{"data.label_delay_days": "1"}).new(rollout(deployment), ())
    assert [each.day for each in found] == ["2013-01-11"]


def test_a_worse_candidate_is_turned_back_by_the_labels(deployment, days: Path):
    told = rollout(deployment, 3)
    found = labels(deployment, days).new(told, ())
    assert all(each.difference < -0.03 and 0 < each.standard_error < 0.02 for each in found)
    assert all(each.candidate - each.champion == pytest.approx(each.difference) for each in found)
    readings = {each.name: each for each in look(PLAN, Evidence(labelled=found))}
    assert readings[METRIC].fired


def test_of_a_metric_that_should_be_low_a_higher_one_is_a_loss(deployment, days: Path):
    threshold = "[{metric: BinaryCrossentropy, scope: overall, at_most: 9}]"
    found = labels(deployment, days, **{"model_gate.thresholds": threshold}).new(rollout(deployment, 2), ())
    assert all(each.champion < 0 and each.difference < 0 for each in found), "the candidate is too sure"


def test_rows_that_cannot_say_how_sure_they_are_wait_for_the_next_span(deployment, tmp_path: Path):
    folder = tmp_path / "days"
    write_day(folder, "2013-01-11", late=(1,))
    write_day(folder, "2013-01-12", late=(None,))
    source, told = labels(deployment, folder), rollout(deployment)
    assert source.new(told, ()) == ()
    assert source.new(told, ()) == ()
    write_day(folder, "2013-01-13", rows=200)
    (found,) = source.new(told, ())
    assert (found.day, found.rows) == ("2013-01-13", ROWS + 200)


def test_what_cannot_be_judged_is_named(deployment, days: Path):
    (days / "2013-01-11.csv").write_text(f"{HEADER}\n{row('2013-01-11', 7, 1, 1, 'D00')}\n")
    with pytest.raises(DataError, match=r"the spans from 2013-01-11 on cannot be judged: .*classes"):
        labels(deployment, days).new(rollout(deployment), ())


def test_a_version_whose_files_changed_is_not_asked(deployment, days: Path):
    told = rollout(deployment)
    files = record_of(str(days))
    changed = dataclasses.replace(told.version, facts={**told.version.facts, "files": files})
    with pytest.raises(DataError, match="cannot be judged"):
        labels(deployment, days).new(dataclasses.replace(told, version=changed), ())


def test_in_an_ab_by_a_column_each_version_is_judged_on_its_own_clients(deployment, days: Path):
    """The candidate's clients have labels that nobody can tell, so its metric falls alone."""
    plan = dataclasses.replace(PLAN, kind=AB, key_column="dest")
    lines = (days / "2013-01-11.csv").read_text().splitlines()
    late, dest = (HEADER.split(",").index(name) for name in ("late", "dest"))
    coin = itertools.cycle("01")
    for number, line in enumerate(lines[1:], start=1):
        cells = line.split(",")
        if gets_candidate(plan.id, cells[dest], 0.5):
            cells[late] = next(coin)
        lines[number] = ",".join(cells)
    (days / "2013-01-11.csv").write_text("\n".join(lines) + "\n")
    found = labels(deployment, days).new(rollout(deployment, 2, plan), ())[0]
    assert found.champion > 0.65
    assert found.candidate == pytest.approx(0.5, abs=0.06)
    assert found.difference == pytest.approx(found.candidate - found.champion)
    assert found.standard_error > 0.01
    assert found.rows == ROWS
    assert dt.date.fromisoformat(found.day) == dt.date(2013, 1, 11)
