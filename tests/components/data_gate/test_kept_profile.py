"""A kept profile of a day is the one that was computed, and what is none is refused."""

import dataclasses

import numpy as np
import pyarrow as pa
import pytest

from components.data_gate import kept_profile
from components.data_gate.day_profile import KEPT_HASHES, DayProfile, profile_of
from components.spans.kept_tables import UnreadableSummaryError, pack, unpack
from tests.components.data_gate.days import COLUMNS, rows


def nothing() -> DayProfile:
    return profile_of({name: pa.array([], pa.int64()) for name in COLUMNS.kinds}, COLUMNS)


@pytest.mark.parametrize("of", [profile_of(rows(1), COLUMNS), nothing()])
def test_a_profile_comes_back_as_it_was(of: DayProfile):
    again = kept_profile.decoded(kept_profile.encoded(of))
    for name in ("rows", "dates", "distinct", "copies", "digest"):
        assert getattr(again, name) == getattr(of, name)
    assert again.identity == of.identity
    assert again.hashes.dtype == np.uint64
    assert again.hashes.tolist() == of.hashes.tolist()
    assert list(again.columns) == list(of.columns)
    for name, profile in of.columns.items():
        assert again.columns[name].as_values() == profile.as_values()
        assert again.columns[name].values.dtype.kind == profile.values.dtype.kind


def changed(table: int, change) -> bytes:
    content = kept_profile.encoded(profile_of(rows(1), COLUMNS))
    tables = [batch.to_pydict() for batch in unpack(content, kept_profile.SCHEMAS)]
    tables[table] = change(tables[table])
    return pack(list(zip(kept_profile.SCHEMAS, tables, strict=True)))


def first(**values):
    return lambda table: {k: [values.get(k, v[0]), *v[1:]] for k, v in table.items()}


@pytest.mark.parametrize(
    ("table", "change", "why"),
    [
        (0, lambda table: {name: values * 2 for name, values in table.items()}, "2 days"),
        (0, lambda table: {name: [] for name in table}, "0 days"),
        (1, first(numbers=[1.0], texts=["a"]), "numbers and texts, or neither"),
        (1, first(numbers=None, texts=None), "numbers and texts, or neither"),
        (1, first(counts=[1.0] * 99), "99 counts"),
        (3, lambda _: {"hash": range(KEPT_HASHES + 1)}, f"{KEPT_HASHES + 1} hashes"),
    ],
)
def test_what_is_no_profile_is_refused(table: int, change, why: str):
    with pytest.raises(UnreadableSummaryError, match=why):
        kept_profile.decoded(changed(table, change))


def test_as_many_hashes_as_are_kept_come_back():
    of = dataclasses.replace(nothing(), hashes=np.arange(KEPT_HASHES, dtype=np.uint64))
    assert len(kept_profile.decoded(kept_profile.encoded(of)).hashes) == KEPT_HASHES
