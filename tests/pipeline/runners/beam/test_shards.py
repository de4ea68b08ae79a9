"""Transform's output is sharded by size: small days share a shard, rows above the bound fill several."""

from pathlib import Path

import pytest

from components.spans.examples import files, record_batches
from components.transform import batches, component
from tests.pipeline.runners.beam import stages

pytestmark = pytest.mark.slow


def _transform(of: stages.Outputs, into: Path) -> list[list[str]]:
    """Shards of the train days, by the group that they come from."""
    schema = Path(of.artifacts["SchemaImport.schema"].uri, "schema.pbtxt")
    graph = of.artifacts["Transform.transform_graph"].uri
    groups = batches.groups(of.artifacts["ExampleGen.examples"], "train")
    columns = component.io_utils.SchemaReader().read(str(schema))
    into.mkdir()
    work = component.TransformShard(columns.SerializeToString(), graph)
    for number, group in enumerate(groups):
        work.process((str(into / f"shard-{number}"), group))
    found = sorted(map(str, into.iterdir()))
    return [[path for path in found if f"shard-{number}-" in path] for number in range(len(groups))]


def _records(paths: list[str]) -> list[bytes]:
    return [record for batch in record_batches(paths) for record in batch]


def test_the_bound_is_100_megabytes():
    assert component.SHARD_BYTES == 100_000_000


def test_days_share_a_shard(in_process: stages.Outputs, tmp_path: Path):
    """Two days to train on; never a file for each."""
    assert len(files(in_process.artifacts["Transform.transformed_examples"], "train")) == 1
    assert [len(shards) for shards in _transform(in_process, tmp_path / "one")] == [1]


def test_a_day_above_the_bound_is_split(
    in_process: stages.Outputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The bound is on bytes before compression, so that no file is larger; the rows stay in their order."""
    (whole,) = _transform(in_process, tmp_path / "whole")
    bound = 100_000
    monkeypatch.setattr(component, "SHARD_BYTES", bound)
    monkeypatch.setattr(batches, "MAX_GROUP_BYTES", 1)  # a day for each worker
    by_day = _transform(in_process, tmp_path / "split")
    assert len(by_day) == 2
    assert min(map(len, by_day)) > 1
    paths = [*by_day[0], *by_day[1]]
    for path in paths:
        assert sum(map(len, _records([path]))) <= bound
        assert Path(path).stat().st_size <= bound
    assert list(map(len, _records(paths))) == list(map(len, _records(whole)))
