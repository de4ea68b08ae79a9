"""The endpoint: a version under its parent, deployed once, with its share of traffic; no TFX needed."""

import pytest
from google.cloud import aiplatform_v1 as api

from pipeline.config import load as configs
from pipeline.errors import ConfigError
from pipeline.runners.vertex.endpoint import SETTINGS_KEY, Endpoint, split_traffic
from pipeline.runners.vertex.executors import stage_overrides
from tests.pipeline.runners.vertex.cloud_models import list_endpoints, make_endpoint
from tests.pipeline.runners.vertex.cloud_server import ROUTES
from tests.pipeline.runners.vertex.cloud_state import Cloud, RefusedError
from tests.pipeline.runners.vertex.conftest import PARENT


def _settings(cloud: Cloud, **changes) -> dict:
    config = configs.load("prod")
    assert config.cloud is not None
    endpoint_settings = dict(stage_overrides(config, config.cloud).settings["Pusher"][SETTINGS_KEY])
    return {**endpoint_settings, "api_endpoint": cloud.url, **changes}


def test_a_pushed_model_is_a_version_under_its_parent_and_serves(cloud: Cloud):
    endpoint, version = Endpoint(_settings(cloud)).push("gs://b/model-1")
    assert version == "1"
    (model,) = cloud.models[f"{PARENT}/models/flights"]
    assert list(model.version_aliases) == ["production"]
    deployed = cloud.endpoints[endpoint].deployed_models[0]
    assert deployed.dedicated_resources.machine_spec.machine_type == "n1-standard-4"
    assert (
        deployed.dedicated_resources.min_replica_count,
        deployed.dedicated_resources.max_replica_count,
    ) == (2, 6)
    assert deployed.service_account == "evergreen-serving@my-evergreen-prod.iam.gserviceaccount.com"
    assert dict(cloud.endpoints[endpoint].traffic_split) == {deployed.id: 100}


def test_a_push_that_died_half_way_is_completed_and_not_repeated(cloud: Cloud):
    cloud.refuse["deployModel"] = RefusedError(403, "PERMISSION_DENIED", "no")
    with pytest.raises(Exception, match="no"):
        Endpoint(_settings(cloud)).push("gs://b/model-1")
    cloud.refuse.clear()
    for _ in range(2):
        endpoint, version = Endpoint(_settings(cloud)).push("gs://b/model-1")
    assert version == "1"
    assert len(cloud.models[f"{PARENT}/models/flights"]) == 1
    assert len(cloud.endpoints[endpoint].deployed_models) == 1


def test_the_new_version_gets_its_share_and_the_one_before_stays_to_go_back_to(cloud: Cloud):
    for number in (1, 2, 3):
        endpoint, _ = Endpoint(_settings(cloud)).push(f"gs://b/model-{number}")
    served = cloud.endpoints[endpoint]
    assert [d.model_version_id for d in served.deployed_models] == ["2", "3"]
    shares = {d.model_version_id: served.traffic_split.get(d.id, 0) for d in served.deployed_models}
    assert shares == {"2": 0, "3": 100}


@pytest.mark.parametrize("other", ["flights-eu", "flight", "my flights"])
def test_a_model_is_not_deployed_to_an_endpoint_whose_name_only_resembles(
    cloud: Cloud, other: str, monkeypatch: pytest.MonkeyPatch
):
    """Whatever the service's filter takes for equal."""
    theirs = make_endpoint(cloud, PARENT, other)
    path = next(path for path, answer in ROUTES.items() if answer is list_endpoints)
    everything = api.ListEndpointsResponse(endpoints=list(cloud.endpoints.values()))
    monkeypatch.setitem(ROUTES, path, lambda *_: everything)
    mine, _ = Endpoint(_settings(cloud)).push("gs://b/mine")
    assert mine != theirs
    assert not cloud.endpoints[theirs].deployed_models


@pytest.mark.parametrize("before", [0, 1], ids=["first deployment", "later"])
def test_an_endpoint_that_is_not_there_is_not_made_and_nothing_is_uploaded(cloud: Cloud, before: int):
    """Made here it would be open to the internet, whatever infrastructure says."""
    for number in range(before):
        Endpoint(_settings(cloud)).push(f"gs://b/model-{number}")
    there, versions = len(cloud.endpoints), len(cloud.models.get(f"{PARENT}/models/flights", ()))
    with pytest.raises(ConfigError, match=f"no endpoint is named 'flightz' in {PARENT}; set cloud.endpoint"):
        Endpoint(_settings(cloud, name="flightz")).push("gs://b/new")
    assert len(cloud.endpoints) == there
    assert len(cloud.models.get(f"{PARENT}/models/flights", ())) == versions == before


def test_one_of_several_endpoints_of_a_name_is_not_chosen(cloud: Cloud):
    make_endpoint(cloud, PARENT, "flights")
    with pytest.raises(ConfigError, match="2 endpoints are named 'flights'"):
        Endpoint(_settings(cloud)).push("gs://b/model-1")


@pytest.mark.parametrize(
    ("now", "percent", "expected"),
    [
        ({}, 10, {"0": 100}),
        ({"a": 100}, 10, {"0": 10, "a": 90}),
        ({"a": 100}, 100, {"0": 100, "a": 0}),
        ({"a": 67, "b": 33}, 10, {"0": 10, "a": 61, "b": 29}),
        ({"a": 100, "idle": 0}, 25, {"0": 25, "a": 75}),
    ],
)
def test_traffic_is_shared_in_whole_percents_that_sum_to_100(now, percent: int, expected: dict[str, int]):
    split = split_traffic(now, percent)
    assert split == expected
    assert sum(split.values()) == 100
