"""On Vertex AI the endpoint and the Model Registry follow the record, whatever breaks off on the way."""

import dataclasses
import json
from typing import Any

import pytest

from pipeline.config import load as configs
from pipeline.errors import UserError
from pipeline.lineage.events import State
from pipeline.lineage.models import Models
from pipeline.lineage.runs import SUCCEEDED, Artifact, Run, Stage
from pipeline.runners.vertex.model_registry import VertexRegistry, with_releases
from pipeline.runners.vertex.settle import settle
from tests.pipeline.lineage import registries
from tests.pipeline.lineage.told_models import at, move, note, rolled, states, version
from tests.pipeline.runners.vertex.cloud_state import Cloud, RefusedError
from tests.pipeline.runners.vertex.conftest import PARENT

ROLLOUT = configs.load("prod").rollout
LIVE, WITHDRAWN = State.LIVE, State.WITHDRAWN
ENDPOINT, ENTRY = f"{PARENT}/endpoints/1", f"{PARENT}/models/flights"
FOREIGN = {"id": "7", "model": f"{PARENT}/models/others", "model_version_id": "1"}


def with_versions(cloud: Cloud, count: int) -> VertexRegistry:
    registry = registries.open_vertex(cloud.url)
    for number in range(1, count + 1):
        registries.upload_and_register(registry, version(number))
    return registry


def serving(cloud: Cloud) -> dict[str, int]:
    """Percents by version of what is deployed."""
    endpoint = cloud.endpoints[ENDPOINT]
    return {d.model_version_id: endpoint.traffic_split.get(d.id, 0) for d in endpoint.deployed_models}


def deploy_by_hand(cloud: Cloud, model: dict[str, str]) -> None:
    endpoint = cloud.endpoints[ENDPOINT]
    values = type(endpoint).to_dict(endpoint, use_integers_for_enums=False)
    values["deployed_models"].append(model)
    cloud.endpoints[ENDPOINT] = type(endpoint)(**{**values, "etag": "100"})


def called(cloud: Cloud) -> dict[str, str]:
    return {alias: each.version_id for each in cloud.models[ENTRY] for alias in each.version_aliases}


def test_the_champion_answers_and_the_one_before_stays_to_go_back_to(cloud: Cloud):
    registry = with_versions(cloud, 3)
    assert serving(cloud) == {}
    for number in (1, 2, 3):
        registry.append(move(LIVE, f"1.0.{number}", number))
    assert serving(cloud) == {"2": 0, "3": 100}
    assert called(cloud) == {"champion": "3", "production": "3", "previous": "2"}


def test_going_back_moves_traffic_and_deploys_nothing(cloud: Cloud):
    registry = with_versions(cloud, 3)
    for number in (1, 2, 3):
        registry.append(move(LIVE, f"1.0.{number}", number))
    cloud.calls.clear()
    registry.append(move(WITHDRAWN, "1.0.3", 4))
    assert serving(cloud) == {"2": 100}
    assert called(cloud) == {"champion": "2", "production": "2", "previous": "1"}
    assert not any(":deployModel" in call for call in cloud.calls)
    registry.append(move(WITHDRAWN, "1.0.2", 5), move(WITHDRAWN, "1.0.1", 6))
    assert serving(cloud) == called(cloud) == {}


def test_a_canary_gets_its_share_of_the_traffic_and_gives_it_back(cloud: Cloud):
    registry = with_versions(cloud, 3)
    registry.append(move(LIVE, "1.0.1", 1), move(LIVE, "1.0.2", 2))
    registry.append(rolled(State.CANARY, "1.0.3", 3, stage=1))
    assert serving(cloud) == {"2": 90, "3": 10}
    registry.append(rolled(State.CANDIDATE, "1.0.3", 4, stage=1, plan=None))
    assert serving(cloud) == {"2": 100}


def test_before_a_decision_nothing_is_touched_and_then_others_lose_their_traffic_alone(cloud: Cloud):
    deploy_by_hand(cloud, FOREIGN)
    cloud.endpoints[ENDPOINT].traffic_split = {"7": 100}
    registry = with_versions(cloud, 1)
    registry.append(note("1.0.1", "seen"))
    assert dict(cloud.endpoints[ENDPOINT].traffic_split) == {"7": 100}
    registry.append(move(LIVE, "1.0.1"))
    endpoint = cloud.endpoints[ENDPOINT]
    mine = next(each.id for each in endpoint.deployed_models if each.id != "7")
    assert dict(endpoint.traffic_split) == {mine: 100}
    assert len(endpoint.deployed_models) == 2


@pytest.mark.parametrize(
    "broken", [":deployModel", "PATCH .*endpoints", "undeployModel", "mergeVersion", "/o$"]
)
def test_what_broke_off_is_completed_and_nothing_serves_that_is_not_on_record(cloud: Cloud, broken: str):
    registry = with_versions(cloud, 3)
    registry.append(move(LIVE, "1.0.1", 1))
    registry.append(move(LIVE, "1.0.2", 2))
    cloud.refuse[broken] = RefusedError(403, "PERMISSION_DENIED", "no")
    decided = move(LIVE, "1.0.3", 3)
    with pytest.raises(UserError, match="FORBIDDEN: ") as refused:
        registry.append(decided)
    recorded = {each.version for each in registry.read().events}
    answering = {number for number, share in serving(cloud).items() if share}
    assert answering <= {each.rpartition(".")[2] for each in recorded}
    assert ("do not decide it again" in str(refused.value)) == ("1.0.3" in recorded) == (broken != "/o$")
    cloud.refuse.clear()
    registries.open_vertex(cloud.url).append(decided)
    assert serving(cloud) == {"2": 0, "3": 100}
    assert called(cloud) == {"champion": "3", "production": "3", "previous": "2"}


def test_who_moves_traffic_by_an_older_record_gives_way(cloud: Cloud):
    """The other decides and moves between this one's look at the record and its write."""
    registry, other = with_versions(cloud, 3), registries.open_vertex(cloud.url)
    registry.append(move(LIVE, "1.0.1", 1))
    registry.append(move(LIVE, "1.0.2", 2))
    registry._record.append(move(LIVE, "1.0.1", 3))  # on record, and not yet served
    seen: list[dict[str, int]] = []

    def read() -> Models:
        models = registry.read()
        if not seen:
            other.append(move(LIVE, "1.0.3", 4))
        seen.append(serving(cloud))
        return models

    assert registry.endpoint.follow(read).live.version == "1.0.3"
    assert len(seen) > 1
    assert all(each["3"] == 100 for each in seen), "traffic went back to what an older record says"


def test_two_who_deployed_the_same_version_leave_one(cloud: Cloud):
    registry = with_versions(cloud, 1)
    registry.append(move(LIVE, "1.0.1"))
    deploy_by_hand(cloud, {"id": "5", "model": ENTRY, "model_version_id": "1"})
    registry.follow()
    assert "5" not in {each.id for each in cloud.endpoints[ENDPOINT].deployed_models}
    assert serving(cloud) == {"1": 100}


@pytest.mark.parametrize(("policy", "share"), [("immediate", 100), ("manual", None)])
def test_a_candidate_serves_as_the_policy_says_and_is_deployed_before_it_is_decided(
    cloud: Cloud, policy: str, share: int | None
):
    registry = with_versions(cloud, 1)
    cloud.calls.clear()
    models = settle(registry, policy, ROLLOUT)
    assert serving(cloud).get("1") == share
    assert states(models) == ({"1.0.1": "live"} if share else {})
    steps = ["deployModel" if ":deployModel" in c else c.split()[0] for c in cloud.calls if "GET" not in c]
    assert steps[:3] == (["deployModel", "POST", "PATCH"] if share else [])


def test_a_person_who_decides_while_a_candidate_is_deployed_is_not_overruled(cloud: Cloud):
    registry = with_versions(cloud, 2)
    registry.append(move(LIVE, "1.0.1", -30))
    ready = registry.endpoint.ready

    def meanwhile(of: Any) -> bool:
        registry._endpoint.ready = ready
        registry._record.append(move(WITHDRAWN, "1.0.2", 9))
        return ready(of)

    registry._endpoint.ready = meanwhile
    assert states(settle(registry, "immediate", ROLLOUT)) == {"1.0.1": "live", "1.0.2": "withdrawn"}
    assert serving(cloud) == {"1": 100}


def job(number: int, destination: str, **facts: str) -> Run:
    """A job that released 1.0.<number>."""
    release = {
        "blessed": 1,
        "model_name": "flights",
        "version": f"1.0.{number}",
        "model_uri": f"gs://evergreen/trained/{number}",
        "pushed_destination": destination,
        **facts,
    }
    record = Artifact(number, "tfx.PushedModel", "gs://evergreen/release", at(number), release)
    stage = Stage(1, "Release", "complete", 1.0, {}, {"release": (record,)})
    return Run(f"run-{number}", SUCCEEDED, "", at(number), {}, (stage,))


def test_jobs_that_deployed_by_themselves_tell_the_story_until_something_is_recorded(cloud: Cloud):
    """The third job is of this template: its model is a candidate, whatever became of its last step."""
    old = [job(1, ENDPOINT), job(2, ENDPOINT, withdrawn="wrong labels")]
    runs = [*old, job(3, f"{ENTRY}@3")]
    before = registries.open_vertex(cloud.url, runs)
    for number in (1, 2, 3):
        before._versions.upload(f"gs://b/{number}")
    assert states(before.read()) == {"1.0.1": "live", "1.0.2": "withdrawn"}
    before.append(move(LIVE, "1.0.3", 9))
    after = registries.open_vertex(cloud.url)  # asks no job any more
    assert states(after.read()) == {"1.0.1": "retired", "1.0.2": "withdrawn", "1.0.3": "live"}
    assert serving(cloud) == {"3": 100}


def test_a_release_is_registered_once_whoever_reads_it_and_when(cloud: Cloud):
    registry = with_versions(cloud, 1)
    known = registry.read()
    again = dataclasses.replace(known.versions[0], run_id="later", registered=at(99))
    assert registry.register(again) == known
    with pytest.raises(UserError, match="the number 1 is that of flights/1"):
        registry.register(dataclasses.replace(again, version="2.0.1"))


def test_facts_are_as_the_jobs_have_them_now_and_an_unregistered_release_is_a_candidate(cloud: Cloud):
    registry = with_versions(cloud, 1)
    merged = with_releases(registry.read(), [job(1, f"{ENTRY}@1", reset="{}"), job(2, f"{ENTRY}@2")])
    assert [each.version for each in merged.versions] == ["1.0.1", "1.0.2"]
    assert merged.versions[0].facts["reset"] == "{}"
    assert merged.events == ()


def test_the_step_registers_what_release_recorded_and_settles(cloud: Cloud):
    from tfx.types import standard_artifacts

    from pipeline.runners.vertex.deployment import settings_of
    from pipeline.runners.vertex.settle_step import Settle_Executor

    config = configs.load("prod", {"cloud.api_endpoint": cloud.url})
    settings = {**settings_of(config, config.require_cloud())}
    registries.open_vertex(cloud.url)._versions.upload("gs://b/1")
    record = standard_artifacts.PushedModel()
    record.uri = "gs://my-evergreen-prod-evergreen/artifacts/123/flights-1/Release_-9/release"

    def step() -> dict[str, Any]:
        Settle_Executor().Do({"release": [record]}, {}, {"deployment": json.dumps(settings)})
        stored = json.loads(cloud.files["my-evergreen-prod-evergreen/registry/flights.json"])
        return {"events": len(stored["events"])}

    for name, text in {
        "model_name": "flights",
        "version": "1.0.1",
        "pushed_destination": f"{ENTRY}@1",
    }.items():
        record.set_string_custom_property(name, text)
    record.set_int_custom_property("blessed", 1)
    assert step() == step() == {"events": 2}
    assert serving(cloud) == {"1": 100}
