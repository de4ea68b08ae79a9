"""A column without a value, in one span or in all of them, has the statistics that TFX would give it."""

import importlib
from pathlib import Path

import pytest

from tests.components.example_gen.ingest_folder import HEADER, SCHEMA, ingest

pytestmark = pytest.mark.slow

ROWS = 20
TYPES = {"temp": 1, "carrier": 2}  # FLOAT and STRING of FeatureNameStatistics


def write(folder: Path, empty: dict[int, tuple[str, ...]]) -> None:
    """Writes four days, the last for evaluation; `empty` names a day's columns without values."""
    (folder / "data").mkdir()
    for day in range(1, 5):
        gone = empty.get(day, ())
        temps = ["" if "temp" in gone else f"{n}.5" for n in range(ROWS)]
        carriers = ["" if "carrier" in gone else f"c{n}" for n in range(ROWS)]
        lines = [f"2013-01-0{day},{n % 2},{temps[n]},{carriers[n]}\n" for n in range(ROWS)]
        (folder / "data" / f"2013-01-0{day}.csv").write_text(HEADER + "".join(lines))


def statistics_of(examples, into: Path) -> dict:
    """Returns our statistics and those of TFX's executor, by split and column."""
    from tfx.components.statistics_gen.executor import Executor
    from tfx.types import standard_artifacts

    ours, theirs = standard_artifacts.ExampleStatistics(), standard_artifacts.ExampleStatistics()
    ours.uri, theirs.uri = str(into / "ours"), str(into / "theirs")
    component = importlib.import_module("components.statistics_gen.component")
    component.StatisticsGen.test_call(examples=examples, statistics=ours, code_fingerprint="code")
    Executor().Do({"examples": [examples]}, {"statistics": [theirs]}, {"exclude_splits": "[]"})
    return {split: (read(ours, split), read(theirs, split)) for split in ("train", "eval")}


def read(statistics, split: str):
    from tensorflow_metadata.proto.v0 import statistics_pb2

    content = Path(statistics.uri, f"Split-{split}", "FeatureStats.pb").read_bytes()
    (dataset,) = statistics_pb2.DatasetFeatureStatisticsList.FromString(content).datasets
    return {feature.path.step[0]: feature for feature in dataset.features}


def anomalies(statistics: dict, schema: str = SCHEMA) -> dict[str, str]:
    """Returns what ExampleValidator reports for our statistics."""
    import tensorflow_data_validation as tfdv
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

    expected = text_format.Parse(schema, schema_pb2.Schema())
    dataset = statistics_pb2.DatasetFeatureStatistics(num_examples=3 * ROWS, features=statistics.values())
    reported = tfdv.validate_statistics(
        statistics_pb2.DatasetFeatureStatisticsList(datasets=[dataset]), expected
    ).anomaly_info
    return {name: info.description for name, info in reported.items()}


BOTH = ("temp", "carrier")


@pytest.mark.parametrize(
    "empty",
    [{2: BOTH}, {1: BOTH, 2: BOTH, 3: BOTH}, {4: BOTH}, {1: BOTH, 2: BOTH, 3: BOTH, 4: BOTH}],
    ids=["one train day", "train", "eval", "the whole window"],
)
def test_columns_without_values_have_the_counts_of_stock_and_the_type_of_the_schema(tmp_path: Path, empty):
    write(tmp_path, empty)
    for ours, theirs in statistics_of(ingest(tmp_path, "examples"), tmp_path).values():
        assert set(ours) == set(theirs)
        for name, mine in ours.items():
            other = theirs[name]
            counts, other_counts = (getattr(f, f.WhichOneof("stats")).common_stats for f in (mine, other))
            for count in ("num_missing", "num_non_missing", "min_num_values", "max_num_values"):
                assert getattr(counts, count) == getattr(other_counts, count), (name, count)
            # TFX cannot know the type of a column without values and calls it text; ours has the schema's.
            assert mine.type == (other.type if counts.num_non_missing else TYPES[name])


def test_a_column_without_values_is_an_anomaly_where_the_schema_wants_them_and_none_where_it_does_not(
    tmp_path: Path,
):
    write(tmp_path, {1: BOTH, 2: BOTH, 3: BOTH, 4: BOTH})
    ours, theirs = statistics_of(ingest(tmp_path, "examples"), tmp_path)["train"]
    assert anomalies(ours) == anomalies(theirs) == {}
    strict = SCHEMA.replace('"temp" type: FLOAT', '"temp" type: FLOAT presence { min_fraction: 0.5 }')
    assert set(anomalies(ours, strict)) == set(anomalies(theirs, strict)) == {"temp"}
