"""import.yaml comes back as it was written, and a mistake in it gets one line with the nearest right word."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.data.rules.dialect import Dialect
from pipeline.data.rules.import_rules import ColumnRule, ImportRules, LeftOut
from pipeline.data.rules.rules_file import dump, load, parse
from pipeline.errors import ConfigError

RULES = ImportRules(
    Dialect("csv", "cp1252", ";"),
    "day",
    "trip_date",
    (
        ColumnRule("trip_date", "Trip Date", "date", formats=("%d.%m.%Y",)),
        ColumnRule("picked_up", "Trip Date", "timestamp", formats=("%d.%m.%Y", "%d.%m.%y"), pivot=30),
        ColumnRule("fare", "Fare (€)", "number", ("NA", "-", "null", "-999"), decimal=",", thousands="."),
        ColumnRule("tip", "tip", "whole", remove=("€", "EUR"), negative_parentheses=True),
        ColumnRule("ok", "ok", "boolean", ones=("yes",), zeros=("no", "false")),
        ColumnRule("zone", "zone"),
    ),
    (LeftOut("id", "names each row: nothing to learn"),),
)
TEXT = """\
# How a raw file becomes the spans of data.source. `evergreen import FILE` reads tomorrow's file by these
# rules, and refuses what does not fit, by line and column. docs/import.md says what each word means.
dialect: {format: csv, encoding: cp1252, delimiter: ';'}
grain: day              # a file a day
date: trip_date         # the column that rows are grouped by

# One line a column of the spans: its name, `from`: its name in the file, `as`: what its cells are (text, if
# left out), `nulls`: cells that say that nothing is known.
columns:
  - {name: trip_date, from: Trip Date, as: date, format: '%d.%m.%Y'}
  - {name: picked_up, from: Trip Date, as: timestamp, format: ['%d.%m.%Y', '%d.%m.%y'], pivot: 30}
  - {name: fare, from: Fare (€), as: number, decimal: ',', thousands: '.', nulls: [NA, '-', 'null', '-999']}
  - {name: tip, as: whole, remove: ['€', EUR], negative_parentheses: true}
  - {name: ok, as: boolean, ones: ['yes'], zeros: ['no', 'false']}
  - {name: zone}

# Columns of the file that spans do not have. One that stands neither here nor above is refused as new.
left_out:
  - {column: id, why: 'names each row: nothing to learn'}
"""
_WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12).map(str.strip).filter(bool)


def test_the_file_reads_as_if_a_person_had_written_it():
    assert dump(RULES) == TEXT


def test_what_was_written_is_read(tmp_path: Path):
    (tmp_path / "import.yaml").write_text(dump(RULES), encoding="utf-8")
    assert load(tmp_path / "import.yaml") == RULES


@pytest.mark.parametrize(
    "rules",
    [
        ImportRules(Dialect("parquet"), "file", None, (ColumnRule("a", "a"),)),
        ImportRules(Dialect("table"), "file", None, (ColumnRule("a", "a"),)),
        ImportRules(Dialect(comment="#"), "file", None, (ColumnRule("a", "a"),)),
        ImportRules(Dialect(delimiter="\t"), "file", None, (ColumnRule("a", "a"),)),
    ],
)
def test_every_dialect_comes_back(rules: ImportRules):
    assert parse(dump(rules)) == rules


@settings(max_examples=30)
@given(_WORDS, st.lists(_WORDS, max_size=3), _WORDS)
def test_every_name_and_code_comes_back(name: str, nulls: list[str], reason: str):
    left_out = (LeftOut(name + "!", reason),)
    rules = ImportRules(Dialect(), "file", None, (ColumnRule("a", name, nulls=tuple(nulls)),), left_out)
    assert parse(dump(rules)) == rules


def test_a_text_may_stand_without_quotes():
    text = TEXT.replace("'null', '-999'", "null, -999, 1.10, true")
    assert parse(text).columns[2].nulls == ("NA", "-", "null", "-999", "1.10", "true")


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        (
            "grain: day ",
            "grain: dya ",
            "4: grain: 'dya' is none of day, week, month, file (did you mean 'day'?)",
        ),
        (
            "as: whole",
            "as: hole",
            "13: tip.as: 'hole' is none of text, whole, number, boolean, date, timestamp, clock",
        ),
        (
            "name: zone",
            "nmae: zone",
            "15: unknown key 'nmae' in a column (did you mean 'name'?); known here: name",
        ),
        ("{name: zone}", "{from: zone}", "15: a column lacks the key 'name'"),
        ("{name: zone}", "zone", "15: a column is 'zone'; expected {name: …}"),
        ("cp1252", "cp1251", "3: dialect.encoding: 'cp1251' is none of utf-8, cp1252"),
        ("';'", "':'", "3: dialect.delimiter: ':' is none of ',', ';', '\\t', '|'"),
        ("format: csv", "format: parquet", "3: dialect.encoding is of csv; remove it"),
        ("pivot: 30", "pivot: x", "11: picked_up.pivot is 'x'; expected a whole number"),
        ("pivot: 30", "pivot: true", "11: picked_up.pivot is True; expected a whole number"),
        (
            "parentheses: true",
            "parentheses: yes",
            "13: tip.negative_parentheses is 'yes'; expected true or false",
        ),
        ("[NA,", "['',", "12: fare.nulls is ''; expected a text"),
        ("'%d.%m.%Y'}", "'%d.%m'}", "10: column 'trip_date': format: '%d.%m' lacks a year"),
        ("\ncolumns:", "\ncolumn:", "9: unknown key 'column' in the file (did you mean 'columns'?)"),
        ("left_out:\n  -", "left_out:\n ", "18: left_out is {'column': 'id'"),
        ("name: zone", "name: fare", "the column 'fare' stands twice"),
        ("date: trip_date", "date: trip", "date: 'trip' is no name of a column"),
        ("columns:", "columns: [", "10: while parsing a flow node"),
    ],
)
def test_a_mistake_gets_one_line(right: str, wrong: str, message: str):
    assert right in TEXT
    with pytest.raises(ConfigError) as refusal:
        parse(TEXT.replace(right, wrong, 1))
    said = str(refusal.value)
    assert said.removeprefix("import.yaml:").lstrip().startswith(message)
    assert "\n" not in said


def test_rules_without_columns_are_refused():
    with pytest.raises(ConfigError, match="columns: there is none"):
        parse("dialect: {format: csv}\ngrain: file\ncolumns: []\n")


def test_a_file_that_is_not_there_says_what_writes_it(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"import.yaml: No such file.*evergreen init FILE"):
        load(tmp_path / "import.yaml")
    (tmp_path / "import.yaml").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(tmp_path / "import.yaml")
