"""`evergreen rollout … --from vertex`: the same words, about an endpoint's traffic."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.errors import ConfigError, UserError
from pipeline.lineage import rollout_moves
from tests.pipeline.runners.vertex.cloud_monitoring import measure
from tests.pipeline.runners.vertex.cloud_state import Cloud
from tests.pipeline.runners.vertex.test_model_commands import WHY, models, registry  # noqa: F401 - fixtures
from tests.pipeline.runners.vertex.test_model_registry import ENDPOINT, serving

STAGES = "rollout.stages=[{share: 0, requests: 9}, {share: 0.1, requests: 100}, {share: 0.5, requests: 100}]"
NOW = dt.datetime.now(dt.timezone.utc)


@pytest.fixture
def rollout(call: Callable[..., Any], models, registry) -> Callable[..., str]:  # noqa: F811 - fixtures
    """Calls `evergreen rollout COMMAND --from vertex`, beside 1.0.1, and returns what it prints."""

    def run(command: str, *arguments: str) -> str:
        result = call(f"rollout {command}", "--from", "vertex", "--set", STAGES, *arguments)
        if result.exception:
            raise result.exception
        return result.stdout

    models("approve", registry.read().versions[0].version, *WHY)
    return run


def test_a_person_starts_pauses_promotes_and_turns_back(cloud: Cloud, rollout):
    assert rollout("history").strip() == "no rollout was started yet on Vertex AI"
    said = rollout("start", "1.0.2", *WHY)
    assert "deploying 1.0.2" in said
    assert "1.0.2 beside 1.0.1, a canary: stage 1 of 2, 0.1 of the requests; then 0.5, live" in said
    assert serving(cloud) == {"1": 90, "2": 10}
    assert "paused" in rollout("pause", *WHY)
    with pytest.raises(UserError, match=r"the rollout of 1\.0\.2 is paused already"):
        rollout("pause", *WHY)
    rollout("resume", *WHY)
    assert "stage 2 of 2" in rollout("promote", *WHY)
    assert serving(cloud) == {"1": 50, "2": 50}
    assert "serves now: 1.0.1" in rollout("rollback", *WHY)
    assert serving(cloud) == {"1": 100}
    (past,) = json.loads(rollout("history", "--json"))
    assert (past["outcome"], past["steps"][-1]["reason"]) == ("turned back", "a test")
    with pytest.raises(UserError, match="no rollout is under way"):
        rollout("promote", *WHY)


def test_run_decides_by_what_the_endpoint_was_measured_to_do(cloud: Cloud, rollout, monkeypatch):
    """Begun an hour ago, since what is measured is visible after minutes."""
    begins = NOW - dt.timedelta(hours=1)
    with monkeypatch.context() as then:
        then.setattr(rollout_moves, "_now", lambda: begins)
        rollout("start", *WHY)
    deployed = {each.model_version_id: each.id for each in cloud.endpoints[ENDPOINT].deployed_models}
    measure(cloud, deployed["2"], begins + dt.timedelta(minutes=5), ok=99)
    measure(cloud, deployed["1"], begins + dt.timedelta(minutes=5), ok=800, failed=1)
    told = rollout("status")
    assert "next        it stays, 99 of 100 requests of the candidate so far" in told
    assert "failed requests: 0 on the candidate, 1 on the champion" in told
    assert told.endswith("an endpoint on Vertex AI shows none of them\n")
    assert json.loads(rollout("status", "--json"))["variants"]["requests"] == {
        "candidate": 99,
        "champion": 801,
    }
    measure(cloud, deployed["2"], begins + dt.timedelta(minutes=6), ok=1)
    assert "1.0.2: stage 1 of 2: next stage, 100 of 100 requests" in rollout("run", "--once")
    assert serving(cloud) == {"1": 50, "2": 50}


@pytest.mark.parametrize("command", ["start", "run --once"])
def test_stages_that_no_endpoint_goes_through_are_refused(cloud: Cloud, models, rollout, command: str):  # noqa: F811
    shadow = ("--set", "rollout.stages=[{share: 0, requests: 9}]")
    with pytest.raises(ConfigError, match="no stage with a share above 0, and an endpoint on Vertex AI asks"):
        rollout(command, *shadow)
    with pytest.raises(ConfigError, match=r"release\.policy is shadow: an endpoint on Vertex AI asks no"):
        rollout(command, "--set", "release.policy=shadow")
    with pytest.raises(ConfigError, match=r"release\.policy is shadow"):
        models("settle", "--set", "release.policy=shadow")
    assert serving(cloud) == {"1": 100}
