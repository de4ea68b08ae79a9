"""A split that does not fit the columns is refused at its line; the hash is of the key or of all features."""

from pathlib import Path

import pytest

from components.example_gen.hash_split import HashSplit
from pipeline.config import columns
from pipeline.config.load import load
from pipeline.config.split import SplitConfig
from pipeline.config.split_rule import faults_of_split, hash_split
from pipeline.errors import ConfigError
from trainer.column import Column, ColumnTable

DAY = Column("day", "string", "date", role="date")
LABEL = Column("late", "int64", "category", role="label", values=(0, 1))
AGE = Column("age", "float32", "number")
PATIENT = Column("patient", "string", "category")
OPTIONAL = Column("ward", "string", "category", required=False)
KEY = Column("person", "string", "category", role="key")


def table(*more: Column) -> ColumnTable:
    return ColumnTable((LABEL, PATIENT, AGE, OPTIONAL, *more))


def split(eval_fraction: float = 0.2, key: str | None = None, spread_copies: bool = False) -> SplitConfig:
    return SplitConfig(eval_fraction=eval_fraction, key=key, spread_copies=spread_copies)


@pytest.mark.parametrize(
    ("asked", "more", "fault"),
    [
        (split(), (), None),
        (split(0.0), (DAY,), None),
        (split(), (DAY,), None),
        (split(key="patient"), (), None),
        (split(key="person"), (KEY,), None),
        (split(0.0), (DAY, KEY), None),
        (
            split(0.0),
            (),
            (
                "eval_fraction",
                "is 0, so the last days judge, and no column of trainer/columns.yaml has the role 'date'; "
                "set it to the share of rows that judge, as 0.2",
            ),
        ),
        (
            split(key="pateint"),
            (),
            (
                "key",
                "is 'pateint', and trainer/columns.yaml has no such column (did you mean 'patient'?)",
            ),
        ),
        (
            split(key="late"),
            (),
            ("key", "is 'late', which is the label; name the column that says who a row belongs to"),
        ),
        (
            split(key="day"),
            (DAY,),
            ("key", "is 'day', which is the date; name the column that says who a row belongs to"),
        ),
        (
            split(key="ward"),
            (),
            ("key", "is 'ward', which a row may lack; make it required in trainer/columns.yaml"),
        ),
        (
            split(),
            (KEY,),
            (
                "key",
                "is null, and column 'person' of trainer/columns.yaml has the role 'key'; set it to "
                "'person', or give the column another role",
            ),
        ),
        (
            split(key="patient"),
            (KEY,),
            (
                "key",
                "is 'patient', and column 'person' of trainer/columns.yaml has the role 'key'; set it to "
                "'person', or give the column another role",
            ),
        ),
    ],
)
def test_a_split_fits_its_columns(asked: SplitConfig, more: tuple[Column, ...], fault):
    assert [*faults_of_split(asked, table(*more))] == ([fault] if fault else [])


def test_the_hash_is_of_all_features_by_name_and_never_of_the_label():
    expected = (("age", "float32"), ("day", "string"), ("patient", "string"), ("ward", "string"))
    assert hash_split(split(), table(DAY)) == HashSplit(0.2, expected, False)
    shuffled = ColumnTable((DAY, AGE, OPTIONAL, LABEL, PATIENT))
    assert hash_split(split(spread_copies=True), shuffled) == HashSplit(0.2, expected, True)


def test_the_hash_is_of_the_key_alone_where_there_is_one():
    assert hash_split(split(key="person"), table(KEY)) == HashSplit(0.2, (("person", "string"),), False)


def test_where_the_last_days_judge_there_is_no_hash():
    assert hash_split(split(0.0), table(DAY)) is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            "split: {spread_copies: true}",
            "split: spread_copies is true and eval_fraction 0, so the last days",
        ),
        (
            "split: {spread_copies: true, eval_fraction: 0.2, key: carrier}",
            "split: spread_copies is true and key 'carrier', whose rows stay together; set one of them only",
        ),
        (
            "split: {eval_fraction: 0.2, key: carier}",
            "split.key is 'carier', and trainer/columns.yaml has no",
        ),
        ("data: {grain: file}", "data.grain is file and split.eval_fraction 0: the last deliveries would"),
        (
            "data: {grain: week, format: bigquery, source: 'bigquery://project/a/b'}",
            "data: grain is week, and a BigQuery table comes in the days of its partitions; set grain: day",
        ),
        ("data: {grain: weak}", "data.grain: got 'weak': Input should be 'day', 'week', 'month' or 'file'"),
        (
            "split: {eval_fraction: 0.2}\nwindow: {days: 7}",
            "training.validation_days is 7 of 7 days to train on, which leaves none to fit; lower it",
        ),
        (
            "data: {grain: week}\nwindow: {days: 2, eval_days: 1}",
            "training.validation_days is 7 of 7 days to train on, which leaves none to fit; lower it",
        ),
        (
            "data: {grain: month}\nwindow: {days: 2, eval_days: 2}",
            "window.eval_days is 2 of 2 months, which leaves none to train on; lower eval_days",
        ),
    ],
)
def test_a_configuration_that_cannot_split_is_refused_at_its_line(
    tmp_path: Path, settings: str, message: str
):
    (tmp_path / "mine.yaml").write_text(f"{settings}\n")
    with pytest.raises(ConfigError) as fault:
        load(str(tmp_path / "mine.yaml"))
    assert f": {message}" in str(fault.value)
    assert str(fault.value).startswith(str(tmp_path / "mine.yaml")) or "defaults.yaml:" in str(fault.value)


@pytest.mark.parametrize(
    "settings",
    [
        {"split.eval_fraction": "0.2", "window.days": "8"},
        {"data.grain": "month", "window.days": "2", "window.eval_days": "1"},
        {"data.grain": "file", "split.eval_fraction": "0.2", "window.days": "1"},
    ],
)
def test_what_can_split_is_taken(settings: dict[str, str]):
    load("local", settings)


def test_without_dates_no_days_are_held_out(monkeypatch: pytest.MonkeyPatch):
    undated = tuple(column for column in columns.read().columns if column.role != "date")
    monkeypatch.setattr(columns, "read", lambda: ColumnTable(undated))
    load("local", {"split.eval_fraction": "0.2", "window.days": "1"})
