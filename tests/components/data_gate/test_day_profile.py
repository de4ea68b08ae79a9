"""Profiles of days: what they count, and that order, parts and kinds do not change what is equal."""

import numpy as np
import pyarrow as pa
import pytest

from components.data_gate.columns import GateColumns
from components.data_gate.day_facts import shared_rows
from components.data_gate.day_profile import KEPT_HASHES, merged, profile_of
from components.data_gate.row_hashes import of_rows
from tests.components.data_gate.days import COLUMNS, changed, day, facts, joined, rows, taken


def shuffled(of: dict[str, pa.Array]) -> dict[str, pa.Array]:
    order = pa.array(np.random.default_rng(4).permutation(len(of["day"])))
    return {name: column.take(order) for name, column in of.items()}


def test_the_same_rows_in_another_order_are_the_same():
    of = rows(1)
    assert profile_of(of, COLUMNS).digest == profile_of(shuffled(of), COLUMNS).digest
    assert profile_of(of, COLUMNS).digest != profile_of(rows(2), COLUMNS).digest


def test_a_rows_own_day_does_not_count():
    other = changed(rows(1), day=pa.array([day(9).isoformat()] * 200, pa.string()))
    assert profile_of(rows(1), COLUMNS).digest == profile_of(other, COLUMNS).digest
    assert profile_of(other, COLUMNS).dates == {day(9).isoformat(): 200}


def test_each_column_is_counted_by_its_kind():
    of = profile_of(rows(1), COLUMNS)
    assert set(of.columns) == {"sold", "shop", "till", "opened", "price", "shop × till", "shop × opened"}
    assert of.columns["opened"].values.tolist() == sorted(f"{hour} h" for hour in range(8, 20))
    assert of.columns["price"].values.dtype.kind == "f"
    assert set(of.columns["shop × till"].values.tolist()) <= {
        f"{s} × {t}{u}" for s, t in (("north", 0), ("south", 1)) for u in (0, 1)
    }


def test_a_timestamp_is_counted_by_its_hour_and_a_text_by_its_presence():
    columns = GateColumns({"at": "timestamp", "said": "text", "y": "category"}, "y")
    of = profile_of(
        {
            "at": pa.array([b"2026-01-05 07:30:00", None], pa.large_binary()),
            "said": pa.array(["a b", None], pa.string()),
            "y": pa.array([0, 1], pa.int64()),
        },
        columns,
    )
    assert of.columns["at"].values.tolist() == ["07 h"]
    assert (of.columns["said"].many, of.columns["said"].nulls) == (True, 1)


def test_no_rows_have_a_profile():
    of = profile_of({name: pa.array([], pa.int64()) for name in COLUMNS.kinds}, COLUMNS)
    assert (of.rows, of.distinct, of.copies) == (0, 0, 1)


@pytest.mark.parametrize("times", [1, 2, 3])
def test_how_often_a_file_was_written_into_a_day_is_counted(times: int):
    of = profile_of(joined(*[rows(1)] * times), COLUMNS)
    assert (of.copies, of.distinct) == (times, 200)
    assert profile_of(joined(*[rows(1)] * times, taken(rows(2), 1)), COLUMNS).copies == 1


def test_parts_of_a_day_are_merged():
    first, second = taken(rows(1), 120), {name: column.slice(120) for name, column in rows(1).items()}
    whole, of = (
        profile_of(rows(1), COLUMNS),
        merged([profile_of(first, COLUMNS), profile_of(second, COLUMNS)]),
    )
    assert (of.rows, of.distinct, of.dates) == (whole.rows, whole.distinct, whole.dates)
    assert of.hashes.tolist() == whole.hashes.tolist()
    for name, profile in whole.columns.items():
        assert of.columns[name].as_values() == profile.as_values()


def test_hashes_tell_nulls_values_columns_and_zeros_apart():
    def of(a: object, b: object) -> int:
        values = {"a": pa.array([a], pa.float32()), "b": pa.array([b], pa.float32())}
        return int(of_rows(values)[0])

    assert of(0.0, 1.0) == of(-0.0, 1.0)
    assert len({of(0, 1), of(1, 0), of(None, 1), of(None, None), of(0, None)}) == 5
    texts = [int(of_rows({"a": pa.array([value], pa.string())})[0]) for value in ("", "a", None)]
    assert len(set(texts)) == 3


def test_hashes_of_bytes_and_texts_are_equal_as_csv_and_store_read_them():
    as_text = of_rows({"a": pa.array(["x"], pa.string())})
    assert as_text == of_rows({"a": pa.array([b"x"], pa.large_binary())})


def test_shared_rows_are_exact_while_all_hashes_are_kept():
    days = [facts(1, rows(1)), facts(2, joined(taken(rows(2), 150), taken(rows(1), 50))), facts(3, rows(3))]
    assert shared_rows(days)[1, 0] == pytest.approx(0.25)
    assert shared_rows(days)[2, 0] == 0


def test_shared_rows_of_large_days_are_estimated():
    many = 3 * KEPT_HASHES
    other = joined(taken(rows(2, many), many // 2), taken(rows(1, many), many // 2))
    assert shared_rows([facts(1, rows(1, many)), facts(2, other)])[1, 0] == pytest.approx(0.5, abs=0.05)
