"""On this machine the requests to services are built and parsed, and then done here."""

import sys
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format
from tfx.extensions.google_cloud_ai_platform import training_clients

from pipeline.config import load as configs
from pipeline.config.config import Config
from pipeline.runners.kfp.local.steps import StepError
from pipeline.runners.vertex import local_stand_in
from pipeline.runners.vertex.deployment import settings_of


@pytest.fixture(scope="module")
def config() -> Config:
    return configs.load("prod")


def _job(command: list[str]) -> dict[str, Any]:
    container = {"image_uri": "image", "command": command}
    return {"display_name": "job", "job_spec": {"worker_pool_specs": [{"container_spec": container}]}}


def test_tfx_chooses_the_local_client_as_long_as_the_context_lasts():
    before = training_clients.get_job_client
    with local_stand_in.run_training_jobs():
        client = training_clients.get_job_client(True, "us-central1")
        assert isinstance(client, local_stand_in.LocalJobClient)
    assert training_clients.get_job_client is before


def test_a_training_job_runs_the_command_of_its_container(tmp_path: Path):
    client = local_stand_in.LocalJobClient("us-central1")
    client.launch_job("p", _job([sys.executable, "-c", f"open({str(tmp_path / 'ran')!r}, 'w')"]))
    assert (tmp_path / "ran").exists()
    assert client.get_job().state.name == "JOB_STATE_SUCCEEDED"


def test_a_training_job_that_fails_or_that_the_api_would_refuse_raises():
    client = local_stand_in.LocalJobClient("us-central1")
    with pytest.raises(StepError, match="exit code 3"):
        client.launch_job("p", _job([sys.executable, "-c", "raise SystemExit(3)"]))
    with pytest.raises(json_format.ParseError, match="jobspec"):
        client.launch_job("p", {"display_name": "job", "jobspec": {}})


def test_a_pushed_model_lies_in_the_folder_under_the_next_number(config: Config, tmp_path: Path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "saved_model.pb").write_text("model")
    folder = tmp_path / "served"
    (folder / "6").mkdir(parents=True)
    deployment = settings_of(config, config.require_cloud())
    pushed = local_stand_in.push(deployment, str(tmp_path / "model"), str(folder))
    assert pushed == (str(folder / "7"), "7")
    assert (folder / "7" / "saved_model.pb").read_text() == "model"


def test_what_the_api_would_refuse_is_neither_published_nor_settled(config: Config, tmp_path: Path):
    deployment = {**settings_of(config, config.require_cloud())}
    (tmp_path / "model").mkdir()
    with pytest.raises(TypeError):
        local_stand_in.push({**deployment, "labels": 2}, str(tmp_path / "model"), str(tmp_path / "s"))
    assert not (tmp_path / "s").exists()
    local_stand_in.settle(deployment)
    with pytest.raises(TypeError):
        local_stand_in.settle({**deployment, "min_replicas": "two"})
