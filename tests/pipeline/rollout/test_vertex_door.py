"""On Vertex AI a look reads the endpoint's metrics, and traffic follows what is decided on them."""

import datetime as dt
import itertools
import json
from collections.abc import Iterator

import pytest

from pipeline.config import load as configs
from pipeline.errors import UserError
from pipeline.lineage import rollout_moves
from pipeline.lineage.events import ModelVersion, State, decided
from pipeline.lineage.rollouts import Rollout, running
from pipeline.rollout.controller import Controller, Look
from pipeline.rollout.vertex_door import VertexDoor
from pipeline.runners.vertex.deployment import settings_of
from pipeline.runners.vertex.endpoint_metrics import EndpointMetrics
from pipeline.runners.vertex.model_registry import VertexRegistry
from pipeline.runners.vertex.settle import settle
from serving.rollout.evidence import Evidence
from serving.rollout.step_rule import Kind
from tests.pipeline.lineage import registries
from tests.pipeline.lineage.told_models import START, move, states, version
from tests.pipeline.runners.vertex.cloud_models import make_endpoint
from tests.pipeline.runners.vertex.cloud_monitoring import measure
from tests.pipeline.runners.vertex.cloud_server import Cloud, serve
from tests.pipeline.runners.vertex.cloud_state import RefusedError
from tests.pipeline.runners.vertex.conftest import PARENT

STAGES = "[{share: 0, requests: 9}, {share: 0.05, requests: 200}, {share: 0.5, requests: 300}]"


class Deployment:
    """1.0.1 live and 1.0.2 a candidate, on an endpoint that serves here, at a time that tests tell."""

    def __init__(self, cloud: Cloud) -> None:
        settings = {"cloud.api_endpoint": cloud.url, "rollout.stages": STAGES, "release.policy": "canary"}
        config = configs.load("prod", settings)
        self.config = config.model_copy(update={"rollout": config.rollout.on_endpoint()})
        self.cloud = cloud
        self.time = START
        self.registry: VertexRegistry = registries.open_vertex(cloud.url)
        for number in (1, 2):
            registries.upload_and_register(self.registry, version(number))
        self.registry.append(move(State.LIVE, "1.0.1", -90))

    def door(self) -> VertexDoor:
        metrics = EndpointMetrics(settings_of(self.config, self.config.require_cloud()))
        return VertexDoor(registries.open_vertex(self.cloud.url), metrics, now=lambda: self.time)

    def look(self) -> Look:
        """By a controller that has just started."""
        return Controller(self.config, self.door(), now=lambda: self.time).look()

    def serving(self) -> dict[str, int]:
        endpoint = self.cloud.endpoints[f"{PARENT}/endpoints/1"]
        return {d.model_version_id: endpoint.traffic_split.get(d.id, 0) for d in endpoint.deployed_models}

    def deployed(self, number: str) -> str:
        endpoint = self.cloud.endpoints[f"{PARENT}/endpoints/1"]
        return next(each.id for each in endpoint.deployed_models if each.model_version_id == number)

    def saw(self, number: str, after_min: float = 2, **counts: object) -> None:
        """Lets a version answer for a minute that begins so long after the stage."""
        since = running(self.registry.read()).stage_since
        measure(self.cloud, self.deployed(number), since + dt.timedelta(minutes=after_min), **counts)

    def later(self, minutes: float = 20) -> None:
        self.time += dt.timedelta(minutes=minutes)


@pytest.fixture
def deployment(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    with serve() as cloud:
        make_endpoint(cloud, PARENT, "flights")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        found = Deployment(cloud)
        monkeypatch.setattr(rollout_moves, "_now", lambda: found.time)
        yield found


@pytest.fixture
def begun(deployment: Deployment) -> Deployment:
    """In its first stage."""
    deployment.look()
    assert deployment.serving() == {"1": 95, "2": 5}
    return deployment


def test_a_canary_goes_by_its_stages_to_live_and_the_champion_before_it_stays(deployment: Deployment):
    """The shadow of the configuration is left out, and minutes of before a stage or too new do not count."""
    settle(deployment.registry, "canary", configs.load("prod", {"rollout.stages": STAGES}).rollout)
    assert deployment.serving() == {"1": 95, "2": 5}
    deployment.saw("2", 0.5, ok=500)
    deployment.saw("2", ok=150, refused=90)
    deployment.saw("2", 15, ok=500)
    deployment.later()
    assert deployment.look().decision.reason == "150 of 200 requests of the candidate so far"
    deployment.saw("2", 3, ok=50)
    assert deployment.look().decision.kind is Kind.ADVANCE
    assert deployment.serving() == {"1": 50, "2": 50}
    deployment.saw("2", ok=299)
    deployment.saw("1", ok=299)
    deployment.later()
    seen = deployment.look()
    assert seen.decision.kind is Kind.HOLD
    assert seen.evidence.stage(0).requests["candidate"] == 700  # all of the stage that is over
    deployment.saw("2", 3, ok=1)
    (last,) = deployment.look().moves
    assert (last.to, last.who, json.loads(last.rollout.evidence)["requests"]) == (
        State.LIVE,
        "evergreen rollout",
        300,
    )
    assert deployment.serving() == {"1": 0, "2": 100}
    assert deployment.look().rollout is None


@pytest.mark.parametrize(
    ("guard", "candidate", "champion"),
    [
        ("errors", {"ok": 60, "failed": 6}, {"ok": 1000}),
        ("errors", {"ok": 60, "failed": 6, "private": True}, {"ok": 1000, "private": True}),
        ("slow", {"over40": 20}, {"under10": 900}),
        ("slow", {"over40": 20, "private": True}, {"under10": 900, "private": True}),
        ("", {"refused": 60, "ok": 60}, {"ok": 1000}),
        ("", {"ok": 60, "failed": 6}, {"ok": 1000, "failed": 120}),
        ("", {"over40": 20}, {"over40": 900}),
    ],
)
def test_a_candidate_that_fails_or_is_slow_is_turned_back_by_one_request(
    begun: Deployment, guard: str, candidate: dict[str, int], champion: dict[str, int]
):
    if "over40" in candidate:  # the champion's first calls say what is slow
        begun.saw("1", 1.5, under10=250, **({"private": True} if candidate.get("private") else {}))
    begun.saw("1", 3, **champion)
    begun.saw("2", 3, **candidate)
    begun.later()
    begun.cloud.calls.clear()
    seen = begun.look()
    assert (seen.decision.guard, begun.serving()) == (guard, {"1": 100} if guard else {"1": 95, "2": 5})
    assert sum(call.startswith("PATCH") for call in begun.cloud.calls) == bool(guard)
    slow = len(seen.evidence.stage(0).keys("slow", "candidate"))
    assert slow == candidate.get("over40", 0), "a call is counted once, of two kinds of latency"
    models = begun.registry.read()
    assert states(models)["1.0.2"] == ("quarantined" if guard else "canary")
    if guard:
        (event,) = seen.moves
        readings = json.loads(models.events[-1].rollout.evidence)["guards"]
        assert [each["name"] for each in readings if each["fired"]] == [guard]
        assert event.reason.startswith(f"{guard}: ")


def test_what_a_look_decided_and_could_not_serve_is_completed_by_the_next(begun: Deployment):
    begun.saw("2", ok=60, failed=9)
    begun.later()
    begun.cloud.refuse["PATCH"] = RefusedError(403, "PERMISSION_DENIED", "no")
    with pytest.raises(UserError, match="what was decided is on record"):
        begun.look()
    assert begun.serving() == {"1": 95, "2": 5}
    begun.cloud.refuse.clear()
    events = len(begun.registry.read().events)
    assert begun.look().rollout is None
    assert begun.serving() == {"1": 100}
    assert len(begun.registry.read().events) == events


def test_a_person_who_decides_while_a_look_thinks_is_not_overruled(begun: Deployment):
    begun.saw("2", ok=900)
    begun.later()
    door = begun.door()
    asked = door.evidence

    def meanwhile(rollout: Rollout) -> Evidence:
        found = asked(rollout)
        begun.registry.append(decided("1.0.2", State.WITHDRAWN, reason="complaints", who="Ada"))
        return found

    door.evidence = meanwhile
    seen = Controller(begun.config, door, now=lambda: begun.time).look()
    assert seen.warning.startswith("another decision came first: ")
    assert states(begun.registry.read()) == {"1.0.1": "live", "1.0.2": "withdrawn"}
    assert begun.serving() == {"1": 100}


def test_a_person_who_decides_while_a_candidate_is_deployed_is_not_overruled(deployment: Deployment):
    door = deployment.door()
    ready = door._registry.endpoint.ready

    def meanwhile(of: ModelVersion) -> bool:
        if of.version == "1.0.2":
            deployment.registry.append(decided("1.0.2", State.WITHDRAWN, reason="complaints", who="Ada"))
        return ready(of)

    door._registry.endpoint.ready = meanwhile
    seen = Controller(deployment.config, door, now=lambda: deployment.time).look()
    assert "something was decided while 1.0.2 was deployed" in seen.warning
    assert states(deployment.registry.read()) == {"1.0.1": "live", "1.0.2": "withdrawn"}


def test_all_pages_of_the_metrics_are_read(begun: Deployment):
    for after in range(2, 12):
        begun.saw("2", after, ok=1)
    begun.later()
    assert begun.look().evidence.stage(0).requests["candidate"] == 10


@pytest.mark.parametrize(
    ("options", "counts", "slow"),
    [
        ({"linearBuckets": {"numFiniteBuckets": 3, "width": 10, "offset": 5}}, [300], [0, 0, 40]),
        ({"linearBuckets": {"numFiniteBuckets": 2, "width": 10}}, [0, 300], [0, 0, 0, 40]),
        (
            {"exponentialBuckets": {"numFiniteBuckets": 4, "growthFactor": 2, "scale": 5}},
            [0, 300],
            [0, 0, 0, 40],
        ),
    ],
)
def test_latencies_are_read_by_whichever_buckets_the_service_counts(
    begun: Deployment, options: dict[str, dict[str, float]], counts: list[int], slow: list[int]
):
    for number, after, found in (("1", 1.5, counts), ("2", 3, slow)):
        begun.saw(number, after, under10=sum(found))
        for series in begun.cloud.measured[-2:]:
            value = series["points"][0]["value"]["distributionValue"]
            value |= {"bucketOptions": options, "bucketCounts": [str(each) for each in found]}
    begun.later()
    assert begun.look().decision.guard == "slow"


def test_metrics_that_cannot_be_asked_for_or_read_decide_nothing(begun: Deployment):
    begun.later()
    begun.cloud.refuse["timeSeries"] = RefusedError(403, "PERMISSION_DENIED", "monitoring.timeSeries.list")
    with pytest.raises(UserError, match=r"endpoint's metrics: (403|FORBIDDEN): .*monitoring.timeSeries.list"):
        begun.look()
    begun.cloud.refuse.clear()
    begun.saw("2", ok=5)
    for series, broken in itertools.product(begun.cloud.measured, ({}, {"int64Value": "many"})):
        series["points"][0]["value"] = broken
        with pytest.raises(UserError, match="what cannot be read as metrics of an endpoint"):
            begun.look()
    assert states(begun.registry.read()) == {"1.0.1": "live", "1.0.2": "canary"}
