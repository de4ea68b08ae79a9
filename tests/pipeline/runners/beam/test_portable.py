"""Beam's portable runner does in other processes what is done in this one by default."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from apache_beam.portability import python_urns

from pipeline.config.beam import BeamConfig
from pipeline.runners.beam_options import local_arguments
from tests.pipeline.runners.beam import job_service, noting_worker, stages

pytestmark = pytest.mark.slow


@pytest.fixture
def port() -> Iterator[int]:
    """Of a job service in another process."""
    command = [sys.executable, job_service.__file__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield int(process.stdout.readline())
        process.terminate()


def test_workers_of_a_job_service_make_what_this_process_makes(
    port: int, in_process: stages.Outputs, three_days: Path, tmp_path: Path
):
    notes = tmp_path / "notes"
    notes.mkdir()
    options = {
        "job_endpoint": f"localhost:{port}",
        "environment_type": python_urns.SUBPROCESS_SDK,
        "environment_config": f"{sys.executable} {noting_worker.__file__} {notes}",
    }
    arguments = local_arguments(BeamConfig(runner="portable", options=options))
    there = stages.run(stages.resolve(three_days), tmp_path / "there", lambda _: arguments)
    stages.assert_same(there, in_process)

    worked_on = {int(note.name): note.read_text() for note in notes.iterdir()}
    assert os.getpid() not in worked_on
    for step in ("IngestSpans/Ingest", "AnalyzeDataset", "TransformShard"):
        assert [pid for pid, steps in worked_on.items() if step in steps], f"no worker did {step}"
    spreading = [pid for pid, steps in worked_on.items() if "IngestSpans/Ingest" in steps]
    assert len(spreading) == job_service.WORKERS
