"""A job is written as JSON and YAML and read back; what is no job is a faulty command."""

from pathlib import Path

import pytest
import yaml

from pipeline.errors import ConfigError
from pipeline.runners.kfp.job_file import read_job, write_job

JOB = {"pipelineSpec": {"pipelineInfo": {"name": "small"}}, "runtimeConfig": {}}


def test_a_job_that_was_written_is_read_back(tmp_path: Path):
    as_json, as_yaml = write_job(JOB, tmp_path / "made", "small")
    assert (as_json.name, as_yaml.name) == ("small.json", "small.yaml")
    assert read_job(as_json) == JOB
    assert yaml.safe_load(as_yaml.read_text()) == JOB["pipelineSpec"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "not readable as JSON"),
        (b"\xff", "not readable as JSON"),
        (b"[" * 500_000 + b"]" * 500_000, "not readable as JSON"),
        (b"[1]", "expected a"),
    ],
)
def test_a_file_that_is_no_job_is_refused_by_name(tmp_path: Path, content: bytes, message: str):
    path = tmp_path / "job.json"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=rf"job\.json: {message}"):
        read_job(path)
