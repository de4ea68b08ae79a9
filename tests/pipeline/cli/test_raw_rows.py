"""A raw file gives a model the rows that its spans would, in the file's order."""

from types import SimpleNamespace

import pytest

from components.example_gen.errors import SpanDataError
from pipeline.cli import serve
from pipeline.cli.raw_rows import raw_rows
from pipeline.data.convert import for_project
from pipeline.data.rules.dialect import Dialect
from pipeline.data.rules.import_rules import ColumnRule, ImportRules, LeftOut
from pipeline.errors import DataError
from serving.client.connection import ModelInputs
from serving.tensors.signature import NUMPY_TYPES, TensorSpec

RULES = ImportRules(
    Dialect(delimiter=";"),
    "day",
    "day",
    (
        ColumnRule("day", "Tag", "date", formats=("%d.%m.%Y",)),
        ColumnRule("fare", "Preis", "number", decimal=",", thousands="."),
        ColumnRule("seats", "Plätze", "whole", nulls=("-",)),
        ColumnRule("paid", "bezahlt", "boolean", ones=("ja",), zeros=("nein",)),
    ),
    (LeftOut("Nr", "names each row"),),
)
SPECS = {"day": "DT_STRING", "fare": "DT_FLOAT", "seats": "DT_INT64"}
INPUTS = ModelInputs(
    {name: TensorSpec(name, kind, NUMPY_TYPES[kind], (None, 1)) for name, kind in SPECS.items()},
    frozenset({"seats"}),
)
TEXT = "Nr;Tag;Preis;Plätze;bezahlt\n2;02.01.2013;1.234,5;4;ja\n1;01.01.2013;7;-;\n"


@pytest.fixture
def rows(tmp_path):
    def read(text):
        (tmp_path / "f.csv").write_text(text, encoding="utf-8")
        found = raw_rows(str(tmp_path / "f.csv"), INPUTS, RULES, tmp_path / "spans")
        return None if found is None else list(found)

    return read


READ = [{"day": "2013-01-02", "fare": 1234.5, "seats": 4}, {"day": "2013-01-01", "fare": 7.0}]


def test_cells_are_read_by_the_rules_of_import(rows):
    assert rows(TEXT) == READ


def test_the_label_and_columns_that_are_left_out_may_be_missing(rows):
    cut = "\n".join(";".join(line.split(";")[1:4]) for line in TEXT.splitlines())
    assert rows(cut) == READ


def test_a_file_of_spans_is_none(rows):
    assert rows("day,fare,seats\n2013-01-01,1.5,2\n") is None
    assert rows("") is None


def test_a_cell_that_cannot_be_read_is_named_by_line_and_column(rows):
    with pytest.raises(DataError, match=r"^f\.csv: line 3, column 'Preis': 'x' is not a number"):
        rows(TEXT.replace(";7;", ";x;"))


def test_an_empty_cell_that_the_model_needs_is_named(rows):
    with pytest.raises(DataError, match=r"^f\.csv: line 3, column 'Preis': the cell says nothing"):
        rows(TEXT.replace(";7;", ";;"))


def test_predict_reads_a_raw_file_by_the_rules_that_the_project_has(tmp_path, monkeypatch):
    config = SimpleNamespace(data=SimpleNamespace(source=str(tmp_path / "spans")))
    (tmp_path / "f.csv").write_text(TEXT, encoding="utf-8")
    (tmp_path / "span.csv").write_text("day,fare,seats\n2013-01-01,7,2\n", encoding="utf-8")
    monkeypatch.setattr(for_project, "rules_if_any", lambda: RULES)
    assert list(serve._rows(config, str(tmp_path / "f.csv"), INPUTS)) == READ
    assert list(serve._rows(config, str(tmp_path / "span.csv"), INPUTS)) == [
        {**READ[1], "day": "2013-01-01", "seats": 2}
    ]
    monkeypatch.setattr(for_project, "rules_if_any", lambda: None)
    with pytest.raises(SpanDataError):
        list(serve._rows(config, str(tmp_path / "f.csv"), INPUTS))
