"""A custom training job ends with its step, however the step ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from google.cloud import aiplatform_v1 as api
from tfx.extensions.google_cloud_ai_platform import training_clients

from pipeline import interrupts
from pipeline.runners.kfp.job_fields import timeout_command
from pipeline.runners.vertex.cancelled_with_step import cancelled_with_step
from tests.pipeline.runners.vertex.cloud_state import Cloud, RefusedError

ROOT = Path(__file__).parents[4]
Started = subprocess.Popen[str]


@pytest.fixture
def step(cloud: Cloud) -> Iterator[Callable[[], Started]]:
    """Starts the step as its container does, below `timeout`, and waits until the service has its job."""
    started: list[Started] = []

    def start() -> Started:
        command = [*timeout_command(600), sys.executable, "-m", f"{__package__}.training_step", cloud.url]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(
            command, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        started.append(process)
        _wait(lambda: any("GET" in call and "customJobs" in call for call in cloud.calls), process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(reached: Callable[[], bool], process: Started) -> None:
    deadline = time.monotonic() + 400
    while not reached():
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _cancellations(cloud: Cloud) -> int:
    return sum(call.endswith(":cancel") for call in cloud.calls)


@pytest.mark.slow
def test_a_step_that_is_told_to_end_cancels_its_job_and_ends(cloud: Cloud, step: Callable[[], Started]):
    """SIGTERM is what `timeout` sends at the step's limit, and what a container is stopped with."""
    process = step()
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=25)
    assert process.returncode
    (job,) = cloud.custom_jobs.values()
    assert job.state == api.JobState.JOB_STATE_CANCELLED
    assert _cancellations(cloud) == 1
    assert f"its custom job is cancelled: {job.name}" in said


def test_an_error_while_waiting_cancels_the_job_and_is_still_the_error(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
):
    """The service refuses an answer once, as it does to an account whose role was taken away."""
    client, run = _watched(cloud, monkeypatch)
    cloud.refuse["GET .*customJobs"] = RefusedError(403, "PERMISSION_DENIED", "no more")

    def poll() -> None:
        try:
            client().get_job()
        finally:
            cloud.refuse.clear()

    with pytest.raises(Exception, match="no more"):
        run(poll)
    assert [job.state.name for job in cloud.custom_jobs.values()] == ["JOB_STATE_CANCELLED"]


@pytest.mark.parametrize("state", ["JOB_STATE_FAILED", "JOB_STATE_SUCCEEDED"])
def test_a_job_that_has_ended_is_not_cancelled(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, state: str):
    _, run = _watched(cloud, monkeypatch)

    def end() -> None:
        for job in cloud.custom_jobs.values():
            job.state = api.JobState[state]
        raise RuntimeError("as TFX raises for a job that failed")

    with pytest.raises(RuntimeError, match="as TFX raises"):
        run(end)
    assert _cancellations(cloud) == 0


def test_a_service_that_does_not_answer_hides_no_error(cloud: Cloud, monkeypatch: pytest.MonkeyPatch):
    _, run = _watched(cloud, monkeypatch)

    def fail() -> None:
        cloud.refuse["customJobs"] = RefusedError(403, "PERMISSION_DENIED", "no")
        raise RuntimeError("what went wrong first")

    with pytest.raises(RuntimeError, match="what went wrong first"):
        run(fail)


def _watched(cloud: Cloud, monkeypatch: pytest.MonkeyPatch):
    """Returns TFX's client, and what launches a job in the context and then calls what it is given."""
    for name in ("install", "restore_defaults"):  # pytest keeps its own signals
        monkeypatch.setattr(interrupts, name, lambda: None)
    launched = []

    def run(then: Callable[[], None]) -> None:
        with cancelled_with_step(cloud.url):
            client = training_clients.get_job_client(True, "us-central1")
            container = {"image_uri": "image", "command": ["python"]}
            pools = {"worker_pool_specs": [{"container_spec": container}]}
            client.launch_job("my-evergreen-prod", {"display_name": "job", "job_spec": pools})
            launched.append(client)
            then()

    return (lambda: launched[-1]), run
