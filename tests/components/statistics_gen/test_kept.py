"""Kept accumulators of statistics are those that were computed, and what is not theirs is refused."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from components.spans.kept_tables import UnreadableSummaryError, pack, unpack
from components.statistics_gen import accumulators, kept
from components.statistics_gen.accumulators import StatisticsSummarizer, statistics_of

SUMMARIZER = StatisticsSummarizer("code")


def columns(rows: int, seed: int) -> pa.RecordBatch:
    random = np.random.default_rng(seed)
    values = {
        "number": [[float(each)] for each in random.normal(size=rows)],
        "odd": [[each] for each in [float("nan"), float("inf"), -float("inf"), 0.0, *range(rows - 4)]],
        "whole": [[int(each)] if each % 3 else None for each in range(rows)],
        "large": [[2**60 + each] for each in range(rows)],
        "text": [[f"t{each % 7}".encode()] for each in range(rows)],
        "no utf-8": [[b"\xff"]] * rows,
        "lists": [[float(n) for n in range(each % 4)] for each in range(rows)],
        "nested": [[[1.0] * (each % 3), [2.0]] for each in range(rows)],
    }
    arrays = [pa.array(each) for each in values.values()]
    nothing = [pa.array([None] * rows), pa.array([None] * rows, pa.large_list(pa.float32()))]
    return pa.RecordBatch.from_arrays([*arrays, *nothing], [*values, "null", "no value"])


def computed(monkeypatch: pytest.MonkeyPatch, seed: int = 1) -> list:
    monkeypatch.setattr(
        accumulators, "column_batches", lambda _: [columns(500, seed), columns(300, seed + 1)]
    )
    return SUMMARIZER.of_files(["one"])


def shown(accumulator: list) -> str:
    """Returns statistics as text, in which a NaN equals itself."""
    return str(statistics_of(accumulator))


@pytest.mark.filterwarnings("ignore:invalid value")  # of infinite numbers there is no mean
def test_kept_accumulators_give_the_same_statistics(monkeypatch: pytest.MonkeyPatch):
    original, again = (computed(monkeypatch) for _ in range(2))
    assert shown(SUMMARIZER.decoded(SUMMARIZER.encoded(original))) == shown(again)


@pytest.mark.filterwarnings("ignore:invalid value")
def test_kept_accumulators_are_merged_as_computed_ones(monkeypatch: pytest.MonkeyPatch):
    parts, again = ([computed(monkeypatch, seed) for seed in (1, 3, 5)] for _ in range(2))
    kept_parts = [SUMMARIZER.decoded(SUMMARIZER.encoded(part)) for part in parts]
    assert shown(SUMMARIZER.merged(kept_parts)) == shown(SUMMARIZER.merged(again))


def test_no_rows_are_kept_too():
    nothing = SUMMARIZER.merged([])
    assert shown(SUMMARIZER.decoded(SUMMARIZER.encoded(nothing))) == shown(SUMMARIZER.merged([]))


def changed(content: bytes, table: int, **values) -> bytes:
    """Returns kept accumulators of which one table has other values in its first row."""
    tables = [batch.to_pydict() for batch in unpack(content, kept.SCHEMAS)]
    for name, value in values.items():
        tables[table][name][0] = value
    return pack(list(zip(kept.SCHEMAS, tables, strict=True)))


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize(
    ("table", "values", "why"),
    [
        (1, {"levels": 99}, "99 levels"),
        (1, {"levels": -1}, "-1 levels"),
        (1, {"levels": None}, "1 levels belong to no column"),
        (1, {"quantiles": b"\xff\xff"}, "a sketch cannot be read"),
        (2, {"values": b"\xff\xff"}, "a sketch cannot be read"),
        (3, {"_distinct": b"\xff\xff"}, "a sketch cannot be read"),
        (3, {"_topk_unweighted": b"\xff\xff"}, "a sketch cannot be read"),
    ],
)
def test_values_that_do_not_fit_are_refused(
    monkeypatch: pytest.MonkeyPatch, table: int, values: dict, why: str
):
    content = SUMMARIZER.encoded(computed(monkeypatch))
    with pytest.raises(UnreadableSummaryError, match=why):
        SUMMARIZER.decoded(changed(content, table, **values))


def test_another_layout_of_tfdvs_accumulators_is_an_error(monkeypatch: pytest.MonkeyPatch):
    """Their classes are internal: a version with one more value must not lose it in silence."""
    monkeypatch.setattr(kept.basic._PartialStringStats, "__slots__", ["total_bytes_length", "new"])
    with pytest.raises(TypeError, match=r"_PartialStringStats has .*'new'"):
        SUMMARIZER.encoded(SUMMARIZER.merged([]))
