"""What people and machines read of a run: rows read, kept and refused, and whether it was done before."""

import dataclasses
import datetime as dt
import json
import sys
from pathlib import Path

import pytest

from components.gates.override import Override, to_json
from components.gates.verdict import Check, conclude
from pipeline.cli import summary
from pipeline.cli.run_values import as_values, origin
from pipeline.cli.runs import table
from pipeline.cli.summary import after_run
from pipeline.launch.champion import Reset
from pipeline.lineage.events import State
from pipeline.lineage.runs import FAILED, SUCCEEDED, Artifact, Run, Stage
from pipeline.retrain import Outcome
from trainer import yaml12

NOW = dt.datetime(2013, 4, 1, tzinfo=dt.timezone.utc)
WINDOW = {
    "train_first": "2013-01-01",
    "train_last": "2013-03-17",
    "eval_first": "2013-03-18",
    "eval_last": "2013-03-31",
}
COUNTS = {"rows_read": 12345, "rows_kept": 12000, "rows_train": 10000, "rows_eval": 2000, "rows_refused": 345}
REASONS = {"no label": 345}


def run(state: str = SUCCEEDED, **properties: object) -> Run:
    examples = Artifact(1, "Examples", "/examples", NOW, properties)
    stages = (Stage(1, "ExampleGen", "complete", 1.0, {}, {"examples": (examples,)}),) if properties else ()
    return Run("20130401-abc", state, "", NOW, {"window": json.dumps(WINDOW)}, stages)


def counted() -> Run:
    return run(**COUNTS, refused_by_reason=json.dumps(REASONS))


def test_the_list_of_runs_shows_the_rows_kept_and_refused():
    header, line = table([counted()])
    assert line.split()[:7] == ["20130401-abc", SUCCEEDED, "2013-01-01", "…", "2013-03-31", "12,000", "345"]
    assert [line[header.index(name) :].split()[0] for name in ("against", "registered")] == ["-", "-"]


def released(identifier: str, name: str, version: str) -> Run:
    facts = {"blessed": 1, "model_name": name, "version": version, "pushed_destination": "/served/1"}
    record = Artifact(int(version[-1]), "Any", "/r", NOW, facts)
    release = Stage(1, "Release", "complete", 1.0, {}, {"release": (record,)})
    return Run(identifier, SUCCEEDED, "", NOW, {"window": json.dumps(WINDOW)}, (release,))


def test_the_list_of_runs_names_the_models_where_there_are_several():
    runs = [released("20130401-abc", "flights", "1.0.1"), run(FAILED)]
    header, *lines = table(runs)
    assert [line[header.index("registered") :].split()[0] for line in lines] == ["1.0.1", "-"]
    long = "late-flights-of-all-carriers"
    header, *lines = table([*runs, released("20130402-abc", long, "1.0.2")])
    shown = [line[header.index("registered") :].split()[0] for line in lines]
    assert shown == ["flights/1.0.1", "-", f"{long}/1.0.2"]
    assert header.index("why") > header.index("registered") + len(shown[-1])
    assert [as_values(each)["model"] for each in runs] == ["flights", None]


def test_machines_read_the_counts_with_their_reasons():
    for values in (as_values(counted())["rows"], origin(counted())["data"]):
        assert {name: values[name] for name in COUNTS} == COUNTS
        assert values["refused_by_reason"] == REASONS


def test_a_run_that_counted_no_rows_is_listed_without_them():
    begun = run(FAILED, span=5)
    for each in (run(FAILED), begun):
        _, line = table([each])
        assert line.split()[:7] == ["20130401-abc", FAILED, "2013-01-01", "…", "2013-03-31", "-", "-"]
        assert as_values(each)["rows"] == {}


def test_a_repeated_launch_is_said_to_be_done_by_that_run():
    lines = [*after_run(Outcome(counted(), repeated=True, log=Path("log")))]
    assert "nothing to do: run 20130401-abc has done this launch (succeeded); no stage was started" in lines
    assert (
        "rows      12,345 read, 12,000 kept (10,000 train, 2,000 eval), 345 refused (no label: 345)" in lines
    )


def test_decimals_that_were_read_as_whole_numbers_are_said():
    lines = [*after_run(Outcome(run(**COUNTS, refused_by_reason="{}", decimals=1200), True, Path("log")))]
    assert "          1,200 values such as 12.0 were read as whole numbers" in lines
    assert not any("12.0" in line for line in after_run(Outcome(counted(), True, Path("log"))))


@pytest.mark.parametrize(
    ("days", "named"),
    [
        ((30, 31), "2013-03-30, 2013-03-31"),
        ((1, 2, 3, 31), "2013-03-01 … 2013-03-31 (4 days)"),
    ],
)
def test_days_without_a_label_are_named(days: tuple[int, ...], named: str):
    unlabelled = [f"2013-03-{day:02}" for day in days]
    ended = run(**COUNTS, refused_by_reason=json.dumps(REASONS), unlabelled_days=json.dumps(unlabelled))
    lines = [*after_run(Outcome(ended, repeated=False, log=Path("log")))]
    assert f"no label  {named}: no row of these days has a label, so they add nothing" in lines
    assert as_values(ended)["rows"]["unlabelled_days"] == unlabelled


@pytest.mark.parametrize("unlabelled", [{}, {"unlabelled_days": "[]"}], ids=["earlier version", "none"])
def test_where_every_day_has_labels_nothing_is_said_of_days(unlabelled: dict):
    ended = run(**COUNTS, refused_by_reason=json.dumps(REASONS), **unlabelled)
    assert not any("no label " in line for line in after_run(Outcome(ended, False, Path("log"))))
    assert origin(ended)["data"]["unlabelled_days"] == []


@pytest.mark.parametrize("repeated", [True, False])
def test_days_that_the_window_leaves_out_are_named(repeated: bool):
    """As the data is now: also where an earlier run did the launch."""
    note = "left out: 2013-04-01.CSV (rename it to 2013-04-01.csv)"
    assert note in [*after_run(Outcome(counted(), repeated, Path("log"), notes=(note,)))]


def test_a_run_that_was_started_is_not_said_to_be_done_before():
    lines = [*after_run(Outcome(counted(), repeated=False, log=Path("log")))]
    assert not any("nothing to do" in line for line in lines)


def registered() -> Run:
    facts = {"blessed": 1, "version": "1.0.1", "pushed_destination": "/served/1"}
    release = Stage(1, "Release", "complete", 1.0, {}, {"release": (Artifact(1, "Any", "/r", NOW, facts),)})
    return Run("20130401-abc", SUCCEEDED, "", NOW, {"window": json.dumps(WINDOW)}, (release,))


@pytest.mark.parametrize(
    ("state", "command"),
    [
        (State.LIVE, "serve"),
        (State.CANDIDATE, "models approve 1.0.1 --reason TEXT"),
        (State.RETIRED, "models restore 1.0.1 --reason TEXT"),
        (State.WITHDRAWN, "models restore 1.0.1 --reason TEXT"),
        (State.QUARANTINED, "models restore 1.0.1 --reason TEXT --allow-quarantined"),
    ],
)
def test_what_comes_next_is_offered_with_the_configuration_that_the_run_had(
    monkeypatch: pytest.MonkeyPatch, state: State, command: str
):
    """Pasted into a shell it serves what was just released, and not another workspace."""
    typed = ["evergreen", "run", "--set", "root=my folder", "--until", "2013-03-31", "--config", "mine.yaml"]
    monkeypatch.setattr(sys, "argv", typed)
    (line,) = [*after_run(Outcome(registered(), False, Path("log"), state=state))][-1:]
    assert line.partition("evergreen ")[2] == f"{command} --set 'root=my folder' --config mine.yaml"


@pytest.mark.parametrize("state", State)
def test_only_a_version_that_serves_is_said_to_be_released(state: State):
    lines = [*after_run(Outcome(registered(), repeated=True, log=Path("log"), state=state))]
    assert any(line.startswith("released  version 1.0.1") for line in lines) is (state is State.LIVE)
    assert any(line.startswith("serve it") for line in lines) is (state is State.LIVE)
    assert any(line.startswith("approve") for line in lines) is (state is State.CANDIDATE)
    assert state is State.LIVE or any(state.value in line or "once it is approved" in line for line in lines)


def test_a_candidate_that_waits_for_a_rollout_is_not_said_to_wait_for_approval():
    ended = Outcome(registered(), False, Path("log"), state=State.CANDIDATE, after_rollout_of="1.0.0")
    lines = [*after_run(ended)]
    assert "registered; `evergreen rollout run` rolls it out after the rollout of 1.0.0, or" in lines[-1]
    assert not any("approve" in line for line in lines)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "-"),
        (12.0, "12"),
        (0.123456, "0.1235"),
        (0.001, "0.001"),
        (0.00099, "0.0010"),
        (9999.2, "9999"),
        (10000.25, "10,000"),
        (123456789.25, "123,456,789"),
        (1e15, "1e+15"),
        (float("nan"), "nan"),
    ],
)
def test_numbers_are_as_short_as_they_can_be_read(value, written):
    assert summary._number(value) == written


def test_columns_of_large_numbers_stay_apart(monkeypatch):
    side = {"overall": {"RootMeanSquaredError": 123_456_789_012.5}}
    monkeypatch.setattr(summary, "read_metrics", lambda _: {"candidate": side, "prior": side})
    header, line = summary._metrics(counted())
    assert line.split() == ["RootMeanSquaredError", "123,456,789,012", "123,456,789,012"]
    assert len(header) == len(line)


@pytest.mark.parametrize("threshold", [0.5, None])
def test_only_a_limit_that_was_missed_is_said_to_be_changeable(monkeypatch, threshold):
    """A champion that cannot be evaluated closes the gate, too, and no limit is to blame."""
    check = {"name": "a", "subject": "overall", "measured": None, "threshold": threshold, "passed": False}
    check["reason"] = "too low"
    verdict = {"gate": "model", "passed": False, "reason": "why", "checks": [check]}
    monkeypatch.setattr(summary, "read_verdicts", lambda _: [verdict])
    said = any("to change the limit" in line for line in summary._gates(counted()))
    assert said == (threshold is not None)


def test_each_failed_check_has_a_line_of_its_own_the_stops_first(tmp_path: Path):
    checks = (
        Check("distribution", "temp", 0.4, 0.1, False, "temp is unlike the days before", action="warn"),
        Check("few rows", "2013-03-31", 40, 400, False, "2013-03-31 has 40 rows"),
        Check("rows at least", "train", 12, 3, True, ""),
        *(Check("anomaly", f"train/{n}", 1, 0, False, f"column {n} is odd") for n in range(9)),
    )
    ended = judged(tmp_path, checks=checks, notes=("drift was not judged",))
    lines = [*after_run(Outcome(ended, False, Path("log")))]
    first = lines.index("gate      data     CLOSED  10 of 12 checks failed")
    assert lines[first + 1] == "  stop              2013-03-31 has 40 rows"
    assert lines[first + 11] == f"{'':<20}and 1 more; `evergreen lineage 20130401-abc --json` has all"
    assert lines[first + 12] == "  note              drift was not judged"
    assert lines[first + 13].split() == ["12", "train:", "rows", "at", "least", "3"]


def test_checks_that_are_not_shown_are_counted(monkeypatch):
    shown = {"name": "AUC at least", "subject": "overall", "measured": 1, "threshold": 0.5, "passed": True}
    checks = [shown, {**shown, "subject": "a=1"}, {**shown, "name": "blessing", "threshold": None}]
    verdict = {"gate": "model", "passed": True, "reason": "all 3 checks passed", "checks": checks}
    monkeypatch.setattr(summary, "read_verdicts", lambda _: [verdict])
    lines = [*summary._gates(counted())]
    assert [line.strip() for line in lines[1:]] == ["1  overall: AUC at least 0.5", "and 2 more that passed"]
    verdict["checks"] = [shown]
    assert len([*summary._gates(counted())]) == 2


def test_columns_that_were_ignored_are_warned_of_with_their_days():
    extra = {"gate": ["2013-03-30", "2013-03-31"], **{f"c{n}": ["2013-03-31"] for n in range(7)}}
    ended = run(**COUNTS, refused_by_reason="{}", extra_columns=json.dumps(extra))
    lines = [*after_run(Outcome(ended, True, Path("log")))]
    assert (
        "warning   column 'gate' of 2013-03-30, 2013-03-31 is not in trainer/columns.yaml, and was ignored"
        in lines
    )
    assert sum(line.startswith("warning") for line in lines) == 5
    assert "          and 3 more columns like this" in lines
    assert as_values(ended)["rows"]["extra_columns"] == extra
    assert not any("ignored" in line for line in after_run(Outcome(counted(), True, Path("log"))))


OVERRIDE = Override(
    gate="data", check="rows at least", subject="eval", reason="a holiday", by="Ada", expires="2026-03-10"
)


FEW = (
    Check("rows at least", "eval", 3, 10, False, "eval has 3 rows"),
    Check("anomaly", "train/temp", 1, 0, False, "odd", action="warn"),
)


def judged(
    folder: Path, *overrides: Override, recorded: str = "", checks=FEW, notes=(), **launch: str
) -> Run:
    """A run whose data gate found too few rows of eval, and an anomaly that only warns."""
    verdict = conclude("data", checks, notes=notes, overrides=overrides)
    (folder / "verdict.json").write_text(verdict.as_json())
    facts = {"gate": "data", "blessed": int(verdict.passed), "reason": verdict.reason}
    gate = Stage(
        1, "DataGate", "complete", 1.0, {}, {"verdict": (Artifact(1, "Any", str(folder), NOW, facts),)}
    )
    return Run("20130401-abc", SUCCEEDED, "", NOW, {"overrides": recorded, **launch}, (gate,))


def test_a_closed_gate_says_which_lines_would_let_its_checks_fail(tmp_path: Path):
    lines = [*after_run(Outcome(judged(tmp_path), False, Path("log")))]
    assert "under `overrides:` of base.yaml" in "\n".join(lines)
    (line,) = [each.strip() for each in lines if each.strip().startswith("- {")]
    (values,) = yaml12.read(line, "x").plain()
    assert values == {
        "gate": "data",
        "check": "rows at least",
        "subject": "eval",
        "reason": "…",
        "by": "…",
        "expires": "YYYY-MM-DD",
    }


def test_an_overridden_check_is_shown_with_reason_person_and_day_everywhere(tmp_path: Path):
    ended = judged(tmp_path, OVERRIDE, recorded=to_json([OVERRIDE]))
    text = "\n".join(after_run(Outcome(ended, False, Path("log"))))
    assert "overridden: rows at least of eval: a holiday (Ada, until 2026-03-10)" in text
    assert "under `overrides:`" not in text
    assert "nothing was overridden" not in text
    expected = [
        {
            "gate": "data",
            "check": "rows at least",
            "subject": "eval",
            "why": "a holiday (Ada, until 2026-03-10)",
        }
    ]
    assert as_values(ended)["overridden"] == origin(ended)["overridden"] == expected
    _, line = table([ended])
    assert line.endswith("overridden: rows at least: a holiday (Ada, until 2026-03-10)")


def test_an_override_that_had_nothing_to_do_is_told_of(tmp_path: Path):
    other = OVERRIDE.model_copy(update={"subject": "train"})
    unreached = OVERRIDE.model_copy(update={"gate": "infra", "check": "served"})
    ended = judged(tmp_path, OVERRIDE, other, recorded=to_json([OVERRIDE, other, unreached]))
    told = [
        each for each in after_run(Outcome(ended, False, Path("log"))) if "nothing was overridden" in each
    ]
    assert told == [
        "override  the data gate's check 'rows at least' of 'train' did not fail, so nothing was overridden; "
        "remove it"
    ]


def test_a_model_that_was_reset_since_is_shown_so():
    one = released("20130401-abc", "flights", "1.0.1")
    stage = one.stages[0]
    record = stage.outputs["release"][0]
    text = Reset("wrong labels", "Ada", "2026-03-10T09:00:00+00:00").as_json()
    properties = {**record.properties, "reset": text}
    stage = dataclasses.replace(
        stage, outputs={"release": (dataclasses.replace(record, properties=properties),)}
    )
    one = dataclasses.replace(one, stages=(stage,))
    assert origin(one)["reset"] == {"reason": "wrong labels", "by": "Ada", "at": "2026-03-10T09:00:00+00:00"}
    assert [*table([one])][1].endswith("reset: wrong labels (Ada, 2026-03-10)")
