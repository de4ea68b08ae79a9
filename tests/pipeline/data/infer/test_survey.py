"""What a survey says of columns beyond their profiles."""

import datetime as dt

import pyarrow as pa
from pyarrow import parquet

from pipeline.data.infer.survey import survey
from pipeline.data.raw.open_raw import open_raw


def test_a_column_of_numbers_stays_one_however_many_are_infinite(tmp_path):
    numbers = [row + 0.5 if row % 3 else float("-inf" if row % 2 else "inf") for row in range(300)]
    parquet.write_table(
        pa.table({"a": numbers, "b": [row / 7 for row in range(300)]}), tmp_path / "f.parquet"
    )
    first, second = survey(open_raw(str(tmp_path / "f.parquet"))).proposals(None, dt.date(2024, 1, 1))
    assert (first.kind, first.required) == ("number", False)
    assert first.warnings == ("100 cells are infinite and read as empty",)
    assert (second.kind, second.required, second.warnings) == ("number", True, ())


def test_a_text_may_write_infinite_numbers_as_words(tmp_path):
    words = ["inf", "-inf", "Infinity"]
    lines = "".join(f"{words[row % 9 // 3] if row % 3 == 0 else row / 7},{row / 3}\n" for row in range(300))
    (tmp_path / "f.csv").write_text(f"a,b\n{lines}", encoding="utf-8")
    first, second = survey(open_raw(str(tmp_path / "f.csv"))).proposals(None, dt.date(2024, 1, 1))
    assert (first.kind, {*first.rule.nulls}, first.required) == ("number", {*words}, False)
    assert first.warnings == ("100 cells are infinite and read as empty",)
    assert second.warnings == ()


def test_infinity_may_be_a_word_like_another(tmp_path):
    lines = "".join(f"{['inf', 'sup', 'max'][row % 3]},{row / 3}\n" for row in range(300))
    (tmp_path / "f.csv").write_text(f"a,b\n{lines}", encoding="utf-8")
    first, _ = survey(open_raw(str(tmp_path / "f.csv"))).proposals(None, dt.date(2024, 1, 1))
    assert (first.kind, first.rule.nulls, first.warnings) == ("category", (), ())
