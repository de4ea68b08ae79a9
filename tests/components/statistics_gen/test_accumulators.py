"""What statistics hold of a number, by how many columns there are."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from components.statistics_gen import accumulators
from components.statistics_gen.accumulators import MANY_COLUMNS, statistics_of


@pytest.mark.parametrize(("columns", "buckets"), [(MANY_COLUMNS, 10), (MANY_COLUMNS + 1, 4)])
def test_numbers_have_deciles_and_in_a_table_of_many_columns_quartiles(columns, buckets, monkeypatch):
    values = pa.array([[float(each)] for each in np.arange(400)])
    batch = pa.RecordBatch.from_arrays([values] * columns, names=[f"c{i}" for i in range(columns)])
    monkeypatch.setattr(accumulators, "column_batches", lambda _: [batch])
    summarizer = accumulators.StatisticsSummarizer("code")
    (dataset,) = statistics_of(summarizer.merged([summarizer.of_files(["one"])])).datasets
    assert len(dataset.features) == columns
    numbers = dataset.features[0].num_stats
    standard, quantiles = numbers.histograms
    assert (len(standard.buckets), len(quantiles.buckets)) == (10, buckets)
    assert [bucket.sample_count for bucket in standard.buckets] == [pytest.approx(40, abs=1)] * 10
    assert numbers.median == pytest.approx(200, abs=4)
