"""`evergreen import` says what it wrote, and in one line why it wrote nothing."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipeline.cli.commands import evergreen
from pipeline.data.convert import for_project
from pipeline.data.convert.rows_check import Expected
from pipeline.data.rules.dialect import Dialect
from pipeline.data.rules.import_rules import ColumnRule, ImportRules, LeftOut
from pipeline.errors import ConfigError, DataError

RULES = ImportRules(
    Dialect(),
    "day",
    "day",
    (ColumnRule("day", "Day", "date", formats=("%Y-%m-%d",)), ColumnRule("late", "Late", "whole")),
    (LeftOut("Id", "names each row"),),
)
TEXT = "Id,Day,Late\n1,2013-01-31,0\n2,2013-02-01,1\n"
Command = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs `evergreen import` on a file, into the folder `spans`, in a project with the rules above."""
    monkeypatch.setattr(for_project, "rules", lambda _: RULES)
    monkeypatch.setattr(for_project, "expected", lambda *_: Expected("late"))

    def run(text: str, *options: str) -> Result:
        (tmp_path / "f.csv").write_text(text, encoding="utf-8")
        source = f"data.source={tmp_path / 'spans'}"
        return CliRunner().invoke(evergreen, ["import", str(tmp_path / "f.csv"), "--set", source, *options])

    return run


def test_the_summary_says_what_was_written(command: Command, tmp_path: Path):
    spans = tmp_path / "spans"
    assert command(TEXT, "--dry-run").output == (
        "2 rows from 2013-01-31 to 2013-02-01\n"
        f"2 spans, 2013-01-31.csv to 2013-02-01.csv, would be written into {spans}\n"
        "left out: Id\n"
    )
    assert not spans.exists()
    assert f"2 spans, 2013-01-31.csv to 2013-02-01.csv, written into {spans}\n" in command(TEXT).output
    assert (spans / "2013-01-31.csv").read_text() == "day,late\n2013-01-31,0\n"
    again = command(TEXT).output
    assert "2 spans, 2013-01-31.csv to 2013-02-01.csv, imported before; nothing changed\n" in again
    assert "written" not in again


def test_one_more_day_is_named(command: Command):
    command(TEXT)
    said = command(TEXT + "3,2013-02-02,1\n").output
    assert "\n2013-02-02.csv written into " in said
    assert "\n2 spans, 2013-01-31.csv to 2013-02-01.csv, imported before\n" in said


def test_many_days_are_not_all_told(command: Command):
    days = [f"2013-02-{day:02}" for day in range(1, 8)]
    command("Id,Day,Late\n" + "".join(f"1,{day},0\n" for day in days))
    said = command("Id,Day,Late\n" + "".join(f"1,{day},\n1,{day},0\n" for day in days)).output
    assert said.count("1 row added to the 1 that were there") == 5
    assert "and 2 more days like these" in said


def test_a_refusal_is_the_commands(command: Command):
    assert isinstance(command(TEXT + "x\n").exception, DataError)


@pytest.mark.parametrize(
    ("options", "words"),
    [(["--add", "--replace"], "exclude each other"), (["--as", "2013-01-01"], "--as names undated rows")],
)
def test_options_that_contradict_are_refused(command: Command, options: list[str], words: str):
    error = command(TEXT, *options).exception
    assert isinstance(error, ConfigError)
    assert words in str(error)


def test_undated_rows_may_be_named(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    undated = dataclasses.replace(
        RULES,
        grain="file",
        date=None,
        columns=RULES.columns[1:],
        left_out=(LeftOut("Id", ""), LeftOut("Day", "")),
    )
    monkeypatch.setattr(for_project, "rules", lambda _: undated)
    said = command(TEXT, "--as", "2013-01-01").output
    assert said == f"2 rows\n2013-01-01.csv written into {tmp_path / 'spans'}\nleft out: Id, Day\n"
