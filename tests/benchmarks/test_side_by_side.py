"""Contenders take turns, and what the stock reference does outside of its clock is not counted against it."""

import os
import sqlite3
from pathlib import Path

import pytest

from benchmarks import performance_page, runs_file
from benchmarks.contenders import OURS, STAGES, STOCK, Outcome
from benchmarks.observation import Cost, Observation, Sample
from benchmarks.ratios import Run
from benchmarks.side_by_side import plan, whole

SEEN = Observation((Sample(1000.0, 0.0, 0), Sample(1100.0, 50.0, 0)), 0, 1.0, 0.0)
RUN = Run(
    "1",
    "ours",
    1,
    Cost(9.0, 8.0, 7.0),
    dict.fromkeys(STAGES, Cost(3.0, 2.0, 1.0)),
    6.0,
    3.0,
    Outcome(5, 4, 0.7),
    True,
    "abc",
)


def record(root: Path, *executions: tuple[str, float, float]) -> None:
    """Writes the two tables of ML Metadata's file that are read."""
    with sqlite3.connect(root / "metadata.sqlite") as store:
        store.execute("CREATE TABLE Type (id INTEGER, name TEXT)")
        store.execute(
            "CREATE TABLE Execution (type_id INTEGER, create_time_since_epoch INTEGER, "
            "last_update_time_since_epoch INTEGER)"
        )
        for number, (name, begin, end) in enumerate(executions):
            store.execute("INSERT INTO Type VALUES (?, ?)", (number, name))
            store.execute("INSERT INTO Execution VALUES (?, ?, ?)", (number, begin * 1000, end * 1000))


def seconds(spans: list) -> dict[str, float]:
    totals: dict[str, float] = {}
    for span in spans:
        totals[span.stage] = totals.get(span.stage, 0.0) + span.end - span.begin
    return totals


def test_contenders_take_turns_and_stock_is_spared_ten_years():
    assert plan(["0.1", "10"], ["stock", "ours", "plain"], 2) == [
        *(("0.1", name, repeat) for repeat in (1, 2) for name in ("stock", "ours", "plain")),
        *(("10", name, repeat) for repeat in (1, 2) for name in ("ours", "plain")),
    ]


def test_laying_out_the_days_is_no_stage_of_the_stock_reference(tmp_path: Path):
    for split, day, written in (("train", 1, 1010.0), ("train", 2, 1013.0), ("eval", 3, 1015.0)):
        path = tmp_path / "data" / split / f"{day}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (written, written))
    record(
        tmp_path,
        ("tfx.components.example_gen.csv_example_gen.component.CsvExampleGen", 1017.0, 1050.0),
        ("tfx.components.pusher.component.Pusher", 1051.0, 1060.0),
    )
    assert seconds(STOCK.spans(tmp_path, SEEN)) == {
        "start-up": 10.0 + 2.0,
        "laying out": 5.0,
        "ingestion": 33.0,
        "between stages": 1.0,
        "push": 9.0,
        "after the push": 40.0,
    }


def test_ours_is_charged_from_the_start_of_its_process_to_its_release(tmp_path: Path):
    record(
        tmp_path,
        ("components.example_gen.component.ExampleGen", 1005.0, 1050.0),
        ("components.release.component.Release", 1050.0, 1060.0),
    )
    assert seconds(OURS.spans(tmp_path, SEEN)) == {
        "start-up": 5.0,
        "ingestion": 45.0,
        "push": 10.0,
        "after the push": 40.0,
    }


def test_the_whole_ends_with_the_pushed_model():
    stages = {
        "laying out": Cost(100.0, 100.0, 100.0),
        "training": Cost(2.0, 3.0, 5.0),
        "push": Cost(1.0, 1.0, 4.0),
        "after the push": Cost(100.0, 100.0, 100.0),
    }
    assert whole(stages) == Cost(3.0, 4.0, 5.0)


def test_runs_survive_a_break(tmp_path: Path):
    runs_file.save(tmp_path / "runs.json", [RUN])
    assert runs_file.to_resume(tmp_path / "runs.json") == [RUN]
    assert runs_file.to_resume(tmp_path / "other.json") == []


def test_runs_of_another_machine_are_not_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    runs_file.save(tmp_path / "runs.json", [RUN])
    monkeypatch.setattr(runs_file, "machine", lambda: {"cores": 64})
    with pytest.raises(SystemExit, match="64"):
        runs_file.to_resume(tmp_path / "runs.json")


def test_the_page_says_what_was_measured_and_keeps_what_people_wrote(tmp_path: Path):
    slow_stock = Run(**{**vars(RUN), "contender": "stock", "whole": Cost(36.0, 30.0, 9.0), "pushed": False})
    runs_file.save(tmp_path / "runs.json", [RUN, slow_stock])
    page = tmp_path / "performance.md"
    page.write_text(f"before\n{performance_page.BEGIN}\nold\n{performance_page.END}\nafter\n")
    performance_page.write(tmp_path / "runs.json", tmp_path)
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text
    assert "| year: stock / ours, wall | at least 5 | 4.00 | 4.00 – 4.00 | **no** |" in text
    assert "| year: ours / plain, wall | at most 2.5 | not measured |  |  |" in text
    assert "| **whole** | **36.0** | **30.0** | **9** | **9.0** | **8.0** | **7** |" in text
    assert "stock, runs: 1: 5 rows trained on, 4 judged, AUC 0.7000, largest process 6 MiB, " in text
    assert "meanwhile 3 CPU s by other processes, NOT pushed" in text
    assert (tmp_path / "images" / "performance.png").read_bytes().startswith(b"\x89PNG")
    first = text
    performance_page.write(tmp_path / "runs.json", tmp_path)
    assert page.read_text() == first
