"""An import agrees with the project: its columns, their types, its grain, a folder of CSV files."""

import dataclasses
from pathlib import Path

import pytest

from pipeline.config import load
from pipeline.data.convert import for_project
from pipeline.data.rules.dialect import Dialect
from pipeline.data.rules.import_rules import ColumnRule, ImportRules
from pipeline.errors import ConfigError
from trainer.column import Column

COLUMNS = (
    Column("fare", "float32", "number"),
    Column("zone", "string", "category", required=False),
    Column("late", "int64", "category", role="label"),
)
RULES = ImportRules(
    Dialect(),
    "file",
    None,
    (ColumnRule("fare", "Fare", "number"), ColumnRule("zone", "Zone"), ColumnRule("late", "Late", "whole")),
)


def test_the_table_of_columns_says_what_is_expected():
    expected = for_project.expected(RULES, COLUMNS)
    assert (expected.label, expected.required) == ("late", frozenset({"fare"}))


def test_whole_numbers_may_become_floats():
    columns = (ColumnRule("fare", "Fare", "whole"), *RULES.columns[1:])
    for_project.expected(dataclasses.replace(RULES, columns=columns), COLUMNS)


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ((*RULES.columns, ColumnRule("lat", "lat")), "has no column 'lat' (did you mean 'late'?)"),
        (RULES.columns[:2], "the column 'late' of trainer/columns.yaml is missing; add its line"),
        ((ColumnRule("fare", "Fare"), *RULES.columns[1:]), "'fare' is read as string, and is float32 in"),
        (
            (*RULES.columns[:2], ColumnRule("late", "Late", "number")),
            "'late' is read as a number with decimals",
        ),
    ],
)
def test_rules_that_do_not_agree_with_it_are_refused(rules: tuple[ColumnRule, ...], words: str):
    with pytest.raises(ConfigError) as refusal:
        for_project.expected(dataclasses.replace(RULES, columns=rules), COLUMNS)
    assert str(refusal.value).startswith("pipeline/configs/import.yaml: ")
    assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (
            {"data.source": "bigquery://project/data/trips", "data.format": "bigquery"},
            "writes into a folder of this machine",
        ),
        ({"data.source": "gs://bucket/days"}, "writes into a folder of this machine"),
        ({"data.format": "parquet"}, "data.format is parquet, and an import writes CSV"),
    ],
)
def test_spans_are_csv_files_of_a_folder(overrides: dict[str, str], words: str):
    with pytest.raises(ConfigError, match=words):
        for_project.folder(load.load("local", overrides))
    assert for_project.folder(load.load("local", {"data.source": "here"})) == Path("here")
