"""The runner on this machine: its worker pool, and the memory that a stage has freed."""

import io
import subprocess
import sys

import psutil
import pytest
from click.testing import CliRunner

from pipeline.cli.commands import evergreen
from pipeline.errors import UserError
from pipeline.runners.progress import Progress
from pipeline.runners.stage_end import StageEnd
from pipeline.stages import STAGES

MIB = 2**20
# Blocks of 4 KiB that are freed but for the last, which keeps the heap from shrinking by itself.
PROGRAM = """
import psutil
from pipeline.runners.local import _release_memory

def resident():
    return psutil.Process().memory_info().rss

before = resident()
blocks = [bytes(4_096) + bytes([1]) for _ in range(50_000)]
last = blocks[-1]
del blocks
freed = resident() - before
_release_memory()
print(freed, resident() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems' allocators have no such call")
def test_freed_memory_goes_back_to_the_system():
    done = subprocess.run([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True, check=True)
    held, kept = map(int, done.stdout.split())
    assert held > 150 * MIB
    assert kept < 50 * MIB


def _fake_pipeline(stages: list[str]):
    from tfx.proto.orchestration import pipeline_pb2

    pipeline = pipeline_pb2.Pipeline()
    for stage in stages:
        pipeline.nodes.add().pipeline_node.node_info.id = stage
    return pipeline


@pytest.mark.slow
@pytest.mark.parametrize(("max_workers", "children"), [(1, 0), (3, 2)])
def test_workers_run_for_the_stages_that_share_work_and_are_gone_for_the_trainer(
    monkeypatch: pytest.MonkeyPatch, max_workers: int, children: int
):
    from pipeline.runners import local

    stages = ["SchemaImport", "ExampleGen", "StatisticsGen", "DataGate", "Transform", "Trainer", "Pusher"]
    before, seen = set(psutil.Process().children()), {}

    def note(runner: local.LocalRunner, pipeline: object, node: object) -> StageEnd:
        del runner, pipeline
        seen[node.node_info.id] = len(set(psutil.Process().children()) - before)
        return StageEnd("done")

    monkeypatch.setattr(local, "_compile", lambda pipeline, _: pipeline)
    monkeypatch.setattr(local.LocalRunner, "_describe_run", lambda *_: None)
    monkeypatch.setattr(local.LocalRunner, "_run_stage", note)
    runner = local.LocalRunner(None, Progress(io.StringIO()), max_workers)
    assert runner.run(_fake_pipeline(stages), "run", {}) == "succeeded"
    assert seen == {stage: children for stage in stages[:5]} | {"Trainer": 0, "Pusher": 0}
    assert {stage.name for stage in STAGES} > local.SHARED_STAGES


def test_a_run_has_one_process_per_cpu(monkeypatch: pytest.MonkeyPatch):
    asked = {}

    def stop(*_: object, **options: object) -> None:
        asked.update(options)
        raise UserError("far enough")

    monkeypatch.setattr("pipeline.retrain.retrain", stop)
    monkeypatch.setattr("components.workers.default_max_workers", lambda: 7)
    assert isinstance(CliRunner().invoke(evergreen, ["run"]).exception, UserError)
    assert asked["runner"].start.keywords == {"max_workers": 7}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("unlabelled", "note"),
    [
        (None, "12 rows, 3 refused"),
        ("[]", "12 rows, 3 refused"),
        ('["2013-03-31"]', "12 rows, 3 refused; no label on 2013-03-31"),
    ],
)
def test_a_day_without_a_label_is_named_beside_the_rows(unlabelled: str | None, note: str):
    from ml_metadata.proto import metadata_store_pb2 as mlmd

    from pipeline.runners.stage_end import StageEnd, end_reported_by

    examples = mlmd.Artifact()
    examples.custom_properties["rows_kept"].int_value = 12
    examples.custom_properties["rows_refused"].int_value = 3
    if unlabelled is not None:
        examples.custom_properties["unlabelled_days"].string_value = unlabelled
    assert end_reported_by(examples, "cached") == StageEnd("cached", note)
