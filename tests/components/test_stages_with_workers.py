"""Several processes compute the same from the days as one does."""

import datetime as dt
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tensorflow as tf
import tensorflow_transform as tft
from tensorflow_metadata.proto.v0 import statistics_pb2

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux only"),
]
SPLITS = ("train", "eval")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Runs the stages on the same 28 days in one process and in three."""
    flights = pytest.importorskip("sample.flights")
    data = tmp_path_factory.mktemp("data")
    flights.write_days(data, dt.date(2013, 1, 1), dt.date(2013, 1, 28))
    made = {}
    for processes in (1, 3):
        made[processes] = tmp_path_factory.mktemp("made")
        shutil.copytree(data, made[processes] / "data")
        program = [sys.executable, "-m", "tests.components.spans_to_examples"]
        done = subprocess.run(
            [*program, str(made[processes]), str(processes)], stdout=subprocess.PIPE, text=True, check=True
        )
        helped = float(done.stdout.splitlines()[-1])
        assert helped > 1 if processes > 1 else helped < 1
    return made


def records(folder: Path, pattern: str) -> list[bytes]:
    files = sorted(str(path) for path in min(folder.glob(pattern)).iterdir())
    return list(tf.data.TFRecordDataset(list(files), compression_type="GZIP").as_numpy_iterator())


@pytest.mark.parametrize("split", SPLITS)
def test_the_same_rows_in_the_same_order(folders: dict[int, Path], split: str):
    """A record's features come in any order, so records are compared as messages."""
    for pattern in (f"examples-*/Split-{split}", f"transformed/Split-{split}"):
        alone, together = (
            [tf.train.Example.FromString(record) for record in records(folders[processes], pattern)]
            for processes in (1, 3)
        )
        assert len(alone) > 1_000
        assert alone == together


@pytest.mark.parametrize("split", SPLITS)
def test_the_same_statistics_and_again_from_what_is_kept(folders: dict[int, Path], split: str):
    for folder in folders.values():
        assert list(folder.glob("store/*/*/statistics-*-block-*"))
    again = [folder / "again" for folder in folders.values()]
    first, *others = (_statistics(folder, split) for folder in (*folders.values(), *again))
    assert first.num_examples > 1_000
    assert others == [first] * 3


def _statistics(folder: Path, split: str) -> statistics_pb2.DatasetFeatureStatistics:
    content = (folder / "statistics" / f"Split-{split}" / "FeatureStats.pb").read_bytes()
    (dataset,) = statistics_pb2.DatasetFeatureStatisticsList.FromString(content).datasets
    for feature in dataset.features:
        if feature.HasField("string_stats"):  # of equally frequent values any may be named
            del feature.string_stats.top_values[:]
            feature.string_stats.rank_histogram.Clear()
    return dataset


def test_the_same_vocabularies_and_again_from_what_is_kept(folders: dict[int, Path]):
    for folder in folders.values():
        assert list(folder.glob("store/*/*/analysis-*-block-*"))
    again = [folder / "again" for folder in folders.values()]
    first, *others = (_vocabularies(folder) for folder in (*folders.values(), *again))
    assert first
    assert others == [first] * 3


def _vocabularies(folder: Path) -> dict[str, bytes]:
    assets = Path(tft.TFTransformOutput(str(folder / "graph")).transform_savedmodel_dir, "assets")
    return {path.name: path.read_bytes() for path in assets.iterdir()}
