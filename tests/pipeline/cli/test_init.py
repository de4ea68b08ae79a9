"""`evergreen init` in a small project: what it writes, what it keeps, what it refuses."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline.cli import init as command
from pipeline.data.convert.rows_check import Expected
from pipeline.data.imports.import_spans import import_spans
from pipeline.data.propose import baseline
from pipeline.data.raw.open_raw import open_raw
from pipeline.data.rules import rules_file
from pipeline.data.write.project import BASE, COLUMNS, IMPORT
from pipeline.errors import ConfigError, DataError
from tests.pipeline.data import practice_tables
from trainer import columns_file

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A project of the files that init knows, in git."""
    root = tmp_path / "project"
    for path in (COLUMNS, BASE):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, root / path)
    (root / "sample").mkdir()
    (root / "sample" / "flights.py").write_text("")
    (root / ".gitignore").write_text("/data/\n.evergreen*/\n")
    _git(root, "init", "-q")
    _commit(root)
    monkeypatch.setattr(command, "project_root", lambda: root)
    monkeypatch.setattr(baseline, "_MOST_TREES", 20)  # what is expected of a model is not what is tested here
    return root


def _git(root: Path, *words: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    done = subprocess.run(["git", "-C", root, *identity, *words], check=True, capture_output=True, text=True)
    return done.stdout


def _commit(root: Path) -> None:
    _git(root, "add", "-A")
    _git(root, "commit", "-qm", "now")


def _init(table, folder: Path, *words: str) -> str:
    result = CliRunner().invoke(
        command.init, [str(table.write(folder)), "--label", table.label, *words], catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    return result.output


def _state(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and ".git/" not in str(path)
    }


def test_init_writes_columns_configuration_rules_and_spans(project, tmp_path):
    output = _init(practice_tables.panel(), tmp_path, "--yes")
    columns = columns_file.parse((project / COLUMNS).read_text(encoding="utf-8"))
    rules = rules_file.load(project / IMPORT)
    assert columns.label.name == "Weekly_Sales"
    assert [column.name for column in columns.columns] == [rule.name for rule in rules.columns]
    assert (rules.grain, rules.date) == ("week", "Week")
    assert len([*(project / "data" / "panel").glob("*.csv")]) == 60
    assert "source: data/panel" in (project / BASE).read_text(encoding="utf-8")
    assert output.endswith("next      evergreen run\n")
    assert _git(project, "status", "--porcelain").split() == ["M", BASE, "M", COLUMNS, "??", IMPORT]


@pytest.mark.parametrize("classes", [("+", "-"), ("!", "?"), ("AS", "EU", "NA"), ("a", "null")])
def test_null_codes_that_are_classes_and_odd_cells_come_through(classes, project, tmp_path):
    random, rows = np.random.default_rng(7), []
    for row in range(1_200):
        other = {100: "9999-12-31", 101: "2021-02-30", 102: "later"}.get(row, f"2021-0{1 + row % 9}-11")
        clock = "24:00" if row == 7 else f"{row % 24}:{row % 6}0"
        minus = f"\u22121\u00a0{row % 900 + 100}" if row % 2 else f"{row % 50}-"
        rows.append([classes[random.integers(len(classes))], other, clock, minus, (row * 7919) % 101])
    table = practice_tables.Table("odd.csv", "y", rows, dict.fromkeys(["y", "other", "at", "amount", "x"]))
    _init(table, tmp_path, "--yes")
    columns = columns_file.parse((project / COLUMNS).read_text(encoding="utf-8"))
    assert set(columns.label.values) == set(classes)
    assert {column.name: column.kind for column in columns.columns} == {
        **{"y": "category", "other": "date", "at": "clock", "amount": "number", "x": "number"}
    }
    rules = rules_file.load(project / IMPORT)
    assert {*rules.columns[1].nulls} >= {"9999-12-31", "2021-02-30", "later"}
    (span,) = (project / "data" / "odd").glob("*.csv")
    lines = span.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1_201
    assert {line.split(",")[0] for line in lines[1:]} == set(classes)
    assert {float(line.split(",")[3]) for line in lines[1:3]} == {0.0, -1101.0}


def test_what_excel_and_pandas_add_to_a_table_comes_through(project, tmp_path):
    random = np.random.default_rng(5)
    rows = [(random.normal(), random.choice(["Köln", "Ulm"]), random.integers(2)) for _ in range(400)]
    lines = [f"{row};{a:.3f};{b};{y};\r\n" for row, (a, b, y) in enumerate(rows)]
    file = tmp_path / "excel.csv"
    head = "sep=;\r\n# by hand; twice\r\n;a;b;y;\r\n"
    file.write_text(head + "".join(lines), encoding="utf-16", newline="")
    words = [str(file), "--label", "y", "--yes"]
    result = CliRunner().invoke(command.init, words, catch_exceptions=False)
    assert "read as   text in utf-16, cells separated by semicolons; comments (#) before" in result.output
    rules = rules_file.load(project / IMPORT)
    assert [rule.name for rule in rules.columns] == ["a", "b", "y"]
    assert [each.source for each in rules.left_out] == ["Unnamed: 0", "Unnamed: 4"]
    tomorrow = tmp_path / "tomorrow.csv"
    tomorrow.write_text(";a;b;y;\n" + "".join(lines[:9]), encoding="utf-16")
    outcome = import_spans(open_raw(str(tomorrow), rules.dialect), rules, Expected("y"), tmp_path / "spans")
    assert outcome.rows == 9


@pytest.mark.parametrize("make", practice_tables.TABLES)
def test_no_line_is_wider_than_a_terminal(make, project, tmp_path):
    assert project
    table = make()
    for line in _init(table, tmp_path, "--yes", "--dry-run").split("predicts")[0].splitlines():
        assert len(line) <= 100


def test_a_dry_run_prints_the_diff_and_writes_nothing(project, tmp_path):
    before = _state(project)
    output = _init(practice_tables.panel(), tmp_path, "--yes", "--dry-run")
    assert f"--- a/{COLUMNS}" in output
    assert "+  - {name: Store, dtype: int64, kind: category}" in output
    assert _state(project) == before


def test_the_same_again_changes_nothing(project, tmp_path):
    _init(practice_tables.panel(), tmp_path, "--yes")
    _commit(project)
    before = _state(project)
    output = _init(practice_tables.panel(), tmp_path, "--yes")
    assert _state(project) == before
    assert f"unchanged {COLUMNS}" in output
    assert "unchanged data/panel: all 1,500 rows are there already" in output


def test_an_undated_table_is_not_imported_twice(project, tmp_path):
    _init(practice_tables.houses(), tmp_path, "--yes")
    _commit(project)
    _init(practice_tables.houses(), tmp_path, "--yes")
    assert len([*(project / "data" / "houses").glob("*.csv")]) == 1


def _rows_of(folder: Path) -> int:
    return sum(len(path.read_text(encoding="utf-8").splitlines()) - 1 for path in folder.glob("*.csv"))


def test_a_longer_undated_file_takes_the_place_of_the_deliveries_it_holds(project, tmp_path):
    table = practice_tables.houses()
    rows = len(table.rows)
    _init(table, tmp_path, "--yes")
    folder = project / "data" / "houses"
    [first] = folder.glob("*.csv")
    header, *lines = first.read_text(encoding="utf-8").splitlines()
    first.write_text("\n".join([header, *lines[: rows // 2], ""]), encoding="utf-8")
    second = first.with_name("2019-01-01.csv")
    second.write_text("\n".join([header, *lines[rows // 2 : -5], ""]), encoding="utf-8")
    _commit(project)
    output = _init(table, tmp_path, "--yes")
    assert [path.name for path in folder.glob("*.csv")] == [first.name]
    assert _rows_of(folder) == rows
    assert f"{second.name}: all its rows are in {table.name}, which takes its place" in output


def test_a_longer_dated_file_doubles_and_loses_no_row(project, tmp_path):
    table = practice_tables.panel()
    _init(table, tmp_path, "--yes")
    folder = project / "data" / "panel"
    newest = max(folder.glob("*.csv"))
    for path in (newest, min(folder.glob("*.csv"))):
        path.write_text("".join(path.read_text(encoding="utf-8").splitlines(True)[:-3]), encoding="utf-8")
    _commit(project)
    _init(table, tmp_path, "--yes")
    assert _rows_of(folder) == len(table.rows)
    # A row of another file of that week must not go because this one lacks it.
    with newest.open("a", encoding="utf-8") as file:
        file.write(newest.read_text(encoding="utf-8").splitlines()[-1] + "\n")
    _init(table, tmp_path, "--yes")
    assert _rows_of(folder) == len(table.rows) + 1


def test_hand_edits_stay_when_init_runs_again(project, tmp_path):
    _init(practice_tables.panel(), tmp_path, "--yes")
    for path, old, new in (
        (
            COLUMNS,
            "{name: Temperature, dtype: float32, kind: number}",
            "{name: Temperature, dtype: float32, kind: number, max: 60}",
        ),
        (BASE, "labels: {team: panel}", "labels: {team: sales}"),
    ):
        text = (project / path).read_text(encoding="utf-8")
        assert old in text
        (project / path).write_text(text.replace(old, new), encoding="utf-8")
    _commit(project)
    _init(practice_tables.panel(), tmp_path, "--yes", "--leave-out", "StoreType")
    columns = (project / COLUMNS).read_text(encoding="utf-8")
    assert "kind: number, max: 60}" in columns
    assert "StoreType" not in columns
    assert "team: sales" in (project / BASE).read_text(encoding="utf-8")


def test_a_file_of_which_nobody_knows_what_init_wrote_stays(project, tmp_path):
    _init(practice_tables.panel(), tmp_path, "--yes")
    shutil.rmtree(project / ".evergreen-init")
    _commit(project)
    before = (project / COLUMNS).read_bytes()
    output = _init(practice_tables.panel(), tmp_path, "--yes", "--leave-out", "StoreType")
    assert (project / COLUMNS).read_bytes() == before
    assert f"kept      {COLUMNS}" in output


def test_after_a_checkout_init_writes_anew(project, tmp_path):
    _init(practice_tables.panel(), tmp_path, "--yes")
    _git(project, "checkout", ".")
    _init(practice_tables.houses(), tmp_path, "--yes")
    columns = columns_file.parse((project / COLUMNS).read_text(encoding="utf-8"))
    assert columns.label.name == "SalePrice"


def test_after_a_checkout_the_edits_of_before_stay(project, tmp_path):
    _init(practice_tables.panel(), tmp_path, "--yes")
    text = (project / BASE).read_text(encoding="utf-8")
    (project / BASE).write_text(text.replace("team: panel", "team: sales"), encoding="utf-8")
    _commit(project)
    _init(practice_tables.houses(), tmp_path, "--yes")
    _git(project, "checkout", ".")
    _init(practice_tables.panel(), tmp_path, "--yes", "--leave-out", "StoreType")
    assert "team: sales" in (project / BASE).read_text(encoding="utf-8")
    assert "StoreType" not in (project / COLUMNS).read_text(encoding="utf-8")


def test_after_a_checkout_the_proposal_that_was_taken_back_is_no_base(project, tmp_path):
    _init(practice_tables.panel(), tmp_path, "--yes")
    _commit(project)
    without = ("--yes", "--leave-out", "StoreType")
    _init(practice_tables.panel(), tmp_path, *without)
    _git(project, "checkout", ".")
    text = (project / BASE).read_text(encoding="utf-8")
    (project / BASE).write_text(text.replace("team: panel", "team: sales"), encoding="utf-8")
    text = (project / COLUMNS).read_text(encoding="utf-8")
    (project / COLUMNS).write_text(text.replace("kind: number}", "kind: number, max: 60}"), encoding="utf-8")
    _commit(project)
    output = _init(practice_tables.panel(), tmp_path, *without)
    columns = (project / COLUMNS).read_text(encoding="utf-8")
    assert "max: 60" in columns
    assert "StoreType" not in columns
    assert "StoreType" not in [rule.name for rule in rules_file.load(project / IMPORT).columns]
    assert "team: sales" in (project / BASE).read_text(encoding="utf-8")
    assert "your edits stay" not in output


def test_after_a_checkout_spans_of_other_rules_are_written_anew(project, tmp_path):
    _init(practice_tables.panel(), tmp_path, "--yes")
    _commit(project)
    _init(practice_tables.panel(), tmp_path, "--yes", "--leave-out", "StoreType")
    _git(project, "checkout", ".")
    _init(practice_tables.panel(), tmp_path, "--yes")
    headers = {path.read_text().split("\n")[0] for path in (project / "data" / "panel").glob("*.csv")}
    assert headers == {",".join(rule.name for rule in rules_file.load(project / IMPORT).columns)}


def test_after_a_rule_was_mended_by_hand_all_rows_are_written_anew(project, tmp_path):
    table = practice_tables.german()
    _init(table, tmp_path, "--yes")
    _commit(project)
    [folder] = (project / "data").iterdir()
    before = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.csv"))]
    text = (project / IMPORT).read_text(encoding="utf-8")
    old, new = "ones: [ja], zeros: [nein]}", "ones: [nein], zeros: [ja]}"
    [line] = [line for line in text.splitlines() if "Stammkunde" in line]
    assert old in line
    (project / IMPORT).write_text(text.replace(line, line.replace(old, new)), encoding="utf-8")
    _commit(project)
    _init(table, tmp_path, "--yes")
    assert [*(project / "data").iterdir()] == [folder]
    assert _rows_of(folder) == len(table.rows)
    after = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.csv"))]
    assert all(one != other for one, other in zip(before, after, strict=True))


def test_spans_with_rows_that_the_file_lacks_are_moved_away_and_not_removed(project, tmp_path):
    _init(practice_tables.panel(), tmp_path, "--yes")
    _commit(project)
    newest = max((project / "data" / "panel").glob("*.csv"))
    with newest.open("a", encoding="utf-8") as file:
        file.write(newest.read_text(encoding="utf-8").splitlines()[-1] + "\n")
    output = _init(practice_tables.panel(), tmp_path, "--yes", "--leave-out", "StoreType")
    assert "moved     data/panel.before-1" in output
    assert (project / "data" / "panel.before-1" / newest.name).exists()


def test_the_name_of_the_first_time_stays_whatever_the_next_file_is_called(project, tmp_path):
    _init(practice_tables.panel(), tmp_path, "--yes", "--name", "weekly-sales")
    _commit(project)
    before = _state(project)
    _init(dataclasses.replace(practice_tables.panel(), name="panel-2026.csv"), tmp_path, "--yes")
    assert _state(project) == before


def test_rows_go_where_the_configuration_says(project, tmp_path):
    _init(practice_tables.panel(), tmp_path, "--yes")
    text = (project / BASE).read_text(encoding="utf-8")
    (project / BASE).write_text(text.replace("source: data/panel", "source: data/mine"), encoding="utf-8")
    _commit(project)
    shutil.rmtree(project / "data")
    _init(practice_tables.panel(), tmp_path, "--yes")
    assert [path.name for path in (project / "data").iterdir()] == ["mine"]


def test_a_folder_that_holds_others_is_not_moved_away(project, tmp_path):
    _init(practice_tables.panel(), tmp_path, "--yes")
    text = (project / BASE).read_text(encoding="utf-8")
    (project / BASE).write_text(text.replace("source: data/panel", "source: pipeline"), encoding="utf-8")
    _commit(project)
    with pytest.raises(ConfigError, match=r"data\.source is pipeline, which holds the folder configs"):
        _init(practice_tables.panel(), tmp_path, "--yes")


@pytest.mark.parametrize("source", ["gs://bucket/rows", "/rows", "../rows", "."])
def test_a_folder_outside_of_the_project_is_refused(project, tmp_path, source):
    _init(practice_tables.panel(), tmp_path, "--yes")
    text = (project / BASE).read_text(encoding="utf-8")
    (project / BASE).write_text(text.replace("source: data/panel", f"source: {source}"), encoding="utf-8")
    _commit(project)
    with pytest.raises(ConfigError, match="init writes spans into a folder below the project"):
        _init(practice_tables.panel(), tmp_path, "--yes")


def test_a_dirty_tree_is_refused(project, tmp_path):
    (project / BASE).write_text("mine: 1\n")
    before = _state(project)
    with pytest.raises(ConfigError, match="has changes that are not committed"):
        _init(practice_tables.panel(), tmp_path, "--yes")
    assert _state(project) == before


def test_another_table_begins_anew_where_the_rules_of_the_first_are_removed(project, tmp_path):
    _init(practice_tables.panel(), tmp_path, "--yes")
    text = (project / COLUMNS).read_text(encoding="utf-8")
    (project / COLUMNS).write_text(text.replace("kind: number}", "kind: number, max: 60}"), encoding="utf-8")
    _commit(project)
    with pytest.raises(
        ConfigError, match=rf"begin anew: git rm {IMPORT}, commit, remove the folder of spans"
    ):
        _init(practice_tables.houses(), tmp_path, "--yes")
    _git(project, "rm", "-q", IMPORT)
    _commit(project)
    shutil.rmtree(project / "data" / "panel")
    _init(practice_tables.houses(), tmp_path, "--yes")
    columns = columns_file.parse((project / COLUMNS).read_text(encoding="utf-8"))
    assert columns.label.name == "SalePrice"
    assert [path.name for path in (project / "data").iterdir()] == ["houses"]


def test_what_a_killed_init_had_begun_is_finished_and_nothing_else_is_done(project, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.data.write.journal._rename", _killed)
        with pytest.raises(RuntimeError, match="killed"):
            _init(practice_tables.panel(), tmp_path, "--yes")
    output = _init(practice_tables.panel(), tmp_path, "--yes")
    assert "look at it with `git diff`, commit it" in output
    assert output.count("\n") == 1
    assert "Weekly_Sales" in (project / COLUMNS).read_text(encoding="utf-8")
    _commit(project)
    assert f"unchanged {COLUMNS}" in _init(practice_tables.panel(), tmp_path, "--yes")


def _killed(*_: object) -> None:
    raise RuntimeError("killed")


def test_a_cell_that_cannot_be_read_leaves_everything_as_it_was(project, tmp_path, monkeypatch):
    before = _state(project)

    def failing(*_, **__):
        raise DataError("houses.csv: line 7: no")

    monkeypatch.setattr("pipeline.data.write.project.import_spans", failing)
    with pytest.raises(DataError):
        _init(practice_tables.houses(), tmp_path, "--yes")
    after = {path: text for path, text in _state(project).items() if not path.startswith(".evergreen-init")}
    assert after == before


def test_open_questions_without_a_terminal_end_the_command(project, tmp_path):
    before = _state(project)
    with pytest.raises(ConfigError, match="--leave-out 'refund amount' or --keep 'refund amount'"):
        _init(practice_tables.orders(), tmp_path)
    assert _state(project) == before


def test_the_sample_goes_where_somebody_says_so(project, tmp_path):
    _init(practice_tables.panel(), tmp_path, "--yes")
    assert (project / "sample").exists()
    _commit(project)
    _init(practice_tables.panel(), tmp_path, "--yes", "--without-sample")
    assert not (project / "sample").exists()


def test_a_name_is_made_of_the_file_s_and_another_can_be_given(project, tmp_path):
    _init(practice_tables.panel(), tmp_path, "--yes", "--name", "weekly-sales")
    assert (project / "data" / "weekly-sales").is_dir()
    with pytest.raises(ConfigError, match="--name 'Weekly Sales'"):
        _init(practice_tables.panel(), tmp_path, "--yes", "--dry-run", "--name", "Weekly Sales")
