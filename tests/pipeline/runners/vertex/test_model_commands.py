"""`evergreen models … --from vertex`: decisions are on record and served before the command ends."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from google.cloud import aiplatform_v1 as api

from pipeline.config import load as configs
from pipeline.errors import UserError
from pipeline.runners.vertex.deployment import settings_of
from pipeline.runners.vertex.model_registry import VertexRegistry, open_registry
from tests.pipeline.lineage import registries
from tests.pipeline.lineage.told_models import version
from tests.pipeline.runners.vertex.cloud_state import Cloud, RefusedError
from tests.pipeline.runners.vertex.test_model_registry import ENTRY, serving
from tests.pipeline.runners.vertex.test_submission import _finish

WHY = ("--reason", "a test", "--by", "Ada")
WINDOW = '{"train_first": "2012-12-01", "train_last": "2012-12-20"}'
MANUAL = ("--set", "release.policy=manual")


@pytest.fixture
def models(call: Callable[..., Any]) -> Callable[..., str]:
    """Calls `evergreen models COMMAND --from vertex`, and returns what it prints."""

    def run(command: str, *arguments: str) -> str:
        result = call(f"models {command}", "--from", "vertex", *arguments)
        if result.exception:
            raise result.exception
        return result.stdout

    return run


@pytest.fixture
def registry(cloud: Cloud) -> VertexRegistry:
    """The deployment's, with candidates 1.0.1 and 1.0.2."""
    config = configs.load("prod", {"cloud.api_endpoint": cloud.url})
    opened = open_registry(settings_of(config, config.require_cloud()))
    for number in (1, 2):
        registries.upload_and_register(opened, version(number, window=WINDOW))
    return opened


@pytest.mark.usefixtures("registry")
def test_every_decision_moves_the_endpoint_before_the_command_ends(cloud: Cloud, models):
    assert models("settle", *MANUAL).strip() == "serves now: nothing"
    said = models("approve", "1.0.1", *WHY)
    assert "1.0.1 is live: a test\nserves now: 1.0.1\n" in said
    assert serving(cloud) == {"1": 100}
    models("approve", "1.0.2", *WHY)
    assert serving(cloud) == {"1": 0, "2": 100}
    assert "1.0.2 has a new note" in models("annotate", "champion", "--text", "with weather", "--by", "Ada")
    assert "serves now: 1.0.1" in models("withdraw", "champion", *WHY)
    assert serving(cloud) == {"1": 100}
    assert "serves now: 1.0.2 (before it 1.0.1)" in models("restore", "1.0.2", *WHY)
    assert serving(cloud) == {"1": 0, "2": 100}
    listed = json.loads(models("list", "--json"))
    assert [(each["version"], each["state"], each["called"]) for each in listed] == [
        ("1.0.1", "retired", ["previous"]),
        ("1.0.2", "live", ["champion"]),
    ]
    with pytest.raises(UserError, match=r"1\.0\.2 is live already, since .* by Ada: a test"):
        models("approve", "champion", *WHY)


@pytest.mark.usefixtures("registry")
def test_who_repeats_a_decision_that_was_recorded_and_not_served_decides_no_second_one(cloud: Cloud, models):
    for each in ("1.0.1", "1.0.2"):
        models("approve", each, *WHY)
    cloud.refuse["PATCH .*endpoints"] = RefusedError(403, "PERMISSION_DENIED", "no")
    with pytest.raises(UserError, match=r"do not decide it again: .*models settle --from vertex`"):
        models("withdraw", "champion", *WHY)
    cloud.refuse.clear()
    with pytest.raises(UserError) as refused:
        models("withdraw", "champion", *WHY)
    assert str(refused.value) == (
        "nothing was decided: champion is 1.0.1 by an earlier decision, which the endpoint did not follow "
        "(it answered with 1.0.2) and does now; see `evergreen models list`"
    )
    assert serving(cloud) == {"1": 100}


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("command", ["settle", "restore"])
def test_what_a_killed_command_left_is_completed(cloud: Cloud, models, command: str):
    for each in ("1.0.1", "1.0.2"):
        models("approve", each, *WHY)
    endpoint = cloud.endpoints[f"{ENTRY.partition('/models')[0]}/endpoints/1"]
    first = next(each.id for each in endpoint.deployed_models if each.model_version_id == "1")
    endpoint.traffic_split = {first: 100}
    assert "serves now: 1.0.2" in models(command, *(("1.0.2", *WHY) if command == "restore" else ()))
    assert serving(cloud) == {"1": 0, "2": 100}


def test_a_release_whose_job_died_before_its_last_step_can_be_approved(cloud: Cloud, call, models, registry):
    models("approve", "1.0.2", *WHY)
    assert call("submit").exception is None
    _finish(cloud, blessed=1, number=3, model_name="flights", pushed_destination=f"{ENTRY}@3")
    registry._versions.upload("gs://b/3")
    assert [each["state"] for each in json.loads(models("list", "--json"))] == [
        "candidate",
        "live",
        "candidate",
    ]
    models("approve", "1.0.3", *WHY)
    assert serving(cloud) == {"2": 0, "3": 100}
    assert "version     1.0.3" in call("champion show", "--from", "vertex").stdout


@pytest.mark.usefixtures("registry")
def test_the_next_launch_is_compared_with_what_is_live_by_the_record(cloud: Cloud, call, models):
    for number in (1, 2):
        call("submit", "--until", f"2013-01-0{number + 7}")
        _finish(
            cloud,
            blessed=1,
            number=number,
            model_name="flights",
            model_uri=f"gs://evergreen/trained/{number}",
            pushed_destination=f"{ENTRY}@{number}",
        )
        cloud.files[f"my-evergreen-prod-evergreen/artifacts/{number}/release.json"] = b"{}"
    other = call("submit", "--set", "cloud.endpoint.model_id=others").exception
    assert "versions of 'flights': their numbers would be given twice; set it to 'flights'" in str(other)
    models("approve", "1.0.1", *WHY)
    sent = json.loads(call("submit", "--json").stdout)
    (job,) = (each for each in cloud.jobs.values() if each.name.endswith(sent["job"]))
    assert isinstance(job, api.PipelineJob)
    assert dict(job.runtime_config.parameter_values)["launch_champion"] == "1.0.1"
