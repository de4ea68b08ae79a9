"""A compiled job is completed with timeouts, caching by step and the launch's record."""

from typing import Any

import pytest

from pipeline.runners.kfp.job_fields import Backoff, record_launch, set_caching, set_retries, set_timeouts


@pytest.fixture
def job() -> dict[str, Any]:
    """A task with a container, and an importer without one."""
    tasks = {"Work": {"componentRef": {"name": "Work"}}, "Given": {"componentRef": {"name": "Given"}}}
    components = {name: {"executorLabel": f"{name}_executor"} for name in tasks}
    executors = {"Work_executor": {"container": {"command": ["python"]}}, "Given_executor": {"importer": {}}}
    return {
        "pipelineSpec": {
            "root": {"dag": {"tasks": tasks}},
            "components": components,
            "deploymentSpec": {"executors": executors},
        },
        "runtimeConfig": {},
    }


def test_every_container_is_ended_at_its_steps_timeout(job: dict[str, Any]):
    set_timeouts(job, {"Work": 90}.__getitem__)
    executors = job["pipelineSpec"]["deploymentSpec"]["executors"]
    assert executors["Work_executor"]["container"]["command"] == [
        "timeout",
        "--kill-after=30",
        "90",
        "python",
    ]
    assert executors["Given_executor"] == {"importer": {}}


@pytest.mark.parametrize("count", [0, 2])
def test_a_step_is_tried_again_only_where_it_is_said(job: dict[str, Any], count: int):
    set_retries(job, lambda _: count, Backoff(first_s=60, factor=2.0, longest_s=600))
    tasks = job["pipelineSpec"]["root"]["dag"]["tasks"]
    policy = {
        "maxRetryCount": count,
        "backoffDuration": "60s",
        "backoffFactor": 2.0,
        "backoffMaxDuration": "600s",
    }
    assert tasks["Work"].get("retryPolicy") == (policy if count else None)
    assert "retryPolicy" not in tasks["Given"]


def test_a_step_is_cached_only_where_it_is_said(job: dict[str, Any]):
    set_caching(job, lambda name: name == "Work")
    tasks = job["pipelineSpec"]["root"]["dag"]["tasks"]
    assert tasks["Work"]["cachingOptions"] == {"enableCache": True}
    assert tasks["Given"]["cachingOptions"] == {}


def test_the_record_is_declared_and_has_values(job: dict[str, Any]):
    record_launch(job, {"identity": "abc"})
    declared = job["pipelineSpec"]["root"]["inputDefinitions"]["parameters"]
    assert declared == {"launch_identity": {"parameterType": "STRING"}}
    assert job["runtimeConfig"]["parameterValues"] == {"launch_identity": "abc"}
