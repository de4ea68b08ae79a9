"""Statistics merged from spans are those of TFX's StatisticsGen: counts and moments equal, sketches close."""

import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

EXACT = ("min", "max", "num_zeros")
CLOSE = ("mean", "std_dev")


@pytest.fixture(scope="module")
def examples(ingested):
    """Returns the examples alone."""
    return ingested[0]


def ours(examples, into: Path, code: str = "code"):
    from tfx.types import standard_artifacts

    from components.statistics_gen.component import StatisticsGen

    statistics = standard_artifacts.ExampleStatistics()
    statistics.uri = str(into)
    StatisticsGen.test_call(examples=examples, statistics=statistics, code_fingerprint=code)
    return statistics


def stock(examples, into: Path):
    from tfx.components.statistics_gen.executor import Executor
    from tfx.types import standard_artifacts

    statistics = standard_artifacts.ExampleStatistics()
    statistics.uri = str(into)
    Executor().Do({"examples": [examples]}, {"statistics": [statistics]}, {"exclude_splits": "[]"})
    return statistics


def read(statistics, split: str):
    from tensorflow_metadata.proto.v0 import statistics_pb2

    content = Path(statistics.uri, f"Split-{split}", "FeatureStats.pb").read_bytes()
    (dataset,) = statistics_pb2.DatasetFeatureStatisticsList.FromString(content).datasets
    return dataset


def test_counts_and_moments_equal_and_sketches_are_close_to_stock(examples, tmp_path: Path):
    a, b = ours(examples, tmp_path / "ours"), stock(examples, tmp_path / "stock")
    assert a.split_names == b.split_names
    assert a.span == b.span
    for split in ("train", "eval"):
        assert read(a, split).num_examples > 1500
        _agree_in_all(read(a, split), read(b, split))


def _agree_in_all(mine, theirs) -> None:
    assert mine.num_examples == theirs.num_examples
    by_name = {feature.path.step[0]: feature for feature in theirs.features}
    assert {feature.path.step[0] for feature in mine.features} == set(by_name)
    for feature in mine.features:
        _agree(feature, by_name[feature.path.step[0]])


def _agree(mine, theirs) -> None:
    assert mine.type == theirs.type
    kind = mine.WhichOneof("stats")
    assert kind == theirs.WhichOneof("stats")
    a, b = getattr(mine, kind), getattr(theirs, kind)
    for name in ("num_missing", "num_non_missing", "min_num_values", "max_num_values", "tot_num_values"):
        assert getattr(a.common_stats, name) == getattr(b.common_stats, name)
    if kind == "string_stats":
        assert a.unique == b.unique
        assert a.avg_length == pytest.approx(b.avg_length, rel=1e-6)
        top = {value.value: value.frequency for value in b.top_values}
        assert {value.frequency for value in a.top_values} == set(top.values())
        assert all(top.get(value.value, value.frequency) == value.frequency for value in a.top_values)
        return
    for name in EXACT:
        assert getattr(a, name) == getattr(b, name)
    for name in CLOSE:
        assert getattr(a, name) == pytest.approx(getattr(b, name), rel=1e-5)
    spread = (a.max - a.min) or 1
    assert abs(a.median - b.median) <= 0.05 * spread


def test_a_second_run_reads_no_record_and_writes_the_same(
    examples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from components.spans import examples as readers

    first = ours(examples, tmp_path / "first", "again")
    monkeypatch.setattr(readers, "read_columns", lambda path: pytest.fail(f"read {path}"))
    second = ours(examples, tmp_path / "second", "again")
    for split in ("train", "eval"):
        _agree_in_all(read(first, split), read(second, split))


def test_other_code_accumulates_anew(examples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from components.spans import examples as readers

    ours(examples, tmp_path / "first", "some")
    read_files = []
    whole = readers.read_columns
    monkeypatch.setattr(readers, "read_columns", lambda path: read_files.append(path) or whole(path))
    ours(examples, tmp_path / "second", "other")
    assert len(read_files) == 6


def test_examples_that_no_span_store_knows_have_the_same_statistics(examples, tmp_path: Path):
    from tfx.types import standard_artifacts

    copy = standard_artifacts.Examples()
    copy.uri, copy.split_names = str(tmp_path / "copy"), examples.split_names
    shutil.copytree(examples.uri, copy.uri)
    Path(copy.uri, "spans.json").unlink()
    a, b = ours(copy, tmp_path / "a"), ours(examples, tmp_path / "b")
    for split in ("train", "eval"):
        _agree_in_all(read(a, split), read(b, split))


def test_merged_a_few_at_a_time_they_are_the_same(examples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from components.statistics_gen import accumulators

    at_once = ours(examples, tmp_path / "at-once", "few")
    monkeypatch.setattr(accumulators, "PARTS_PER_MERGE", 1)
    one_by_one = ours(examples, tmp_path / "one-by-one", "few")
    for split in ("train", "eval"):
        assert read(one_by_one, split).num_examples > 1500
        _agree_in_all(read(one_by_one, split), read(at_once, split))
