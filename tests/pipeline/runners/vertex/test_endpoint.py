"""The endpoint: found by its name alone; a version is deployed once, without traffic; no TFX needed."""

import subprocess
import sys

import pytest
from google.cloud import aiplatform_v1 as api

from pipeline.config import load as configs
from pipeline.errors import ConfigError
from pipeline.runners.vertex.deployment import settings_of
from pipeline.runners.vertex.endpoint import Endpoint
from pipeline.runners.vertex.model_versions import ModelVersions
from tests.pipeline.lineage.told_models import version
from tests.pipeline.runners.vertex.cloud_models import list_endpoints, make_endpoint
from tests.pipeline.runners.vertex.cloud_server import ROUTES
from tests.pipeline.runners.vertex.cloud_state import Cloud, RefusedError
from tests.pipeline.runners.vertex.conftest import PARENT

MINE = f"{PARENT}/endpoints/1"


def _settings(cloud: Cloud, **changes) -> dict:
    config = configs.load("prod", {"cloud.api_endpoint": cloud.url})
    return {**settings_of(config, config.require_cloud()), **changes}


def test_an_upload_makes_a_version_under_its_parent_that_nothing_serves_or_names(cloud: Cloud):
    pushed = [ModelVersions(_settings(cloud)).upload(f"gs://b/model-{n}") for n in (1, 2)]
    assert pushed == [(f"{PARENT}/models/flights@{n}", str(n)) for n in (1, 2)]
    assert [each.version_aliases for each in cloud.models[f"{PARENT}/models/flights"]] == [[], []]
    assert not any(":deployModel" in call for call in cloud.calls)


def test_an_upload_that_nobody_recorded_is_found_and_not_repeated(cloud: Cloud):
    pushed = [ModelVersions(_settings(cloud)).upload("gs://b/model-1") for _ in range(2)]
    assert pushed[0] == pushed[1]
    assert len(cloud.models[f"{PARENT}/models/flights"]) == 1


def test_a_version_is_deployed_once_and_answers_nobody(cloud: Cloud):
    ModelVersions(_settings(cloud)).upload("gs://b/model-1")
    cloud.refuse["deployModel"] = RefusedError(403, "PERMISSION_DENIED", "no")
    with pytest.raises(Exception, match=r"deploying flights/1\.0\.1: FORBIDDEN: no"):
        Endpoint(_settings(cloud)).ready(version(1))
    cloud.refuse.clear()
    assert [Endpoint(_settings(cloud)).ready(version(1)) for _ in range(2)] == [True, False]
    (deployed,) = cloud.endpoints[MINE].deployed_models
    resources = deployed.dedicated_resources
    assert resources.machine_spec.machine_type == "n1-standard-4"
    assert (resources.min_replica_count, resources.max_replica_count) == (2, 6)
    assert deployed.service_account == "evergreen-serving@my-evergreen-prod.iam.gserviceaccount.com"
    assert not cloud.endpoints[MINE].traffic_split


@pytest.mark.parametrize("other", ["flights-eu", "flight", "my flights"])
def test_a_model_is_not_deployed_to_an_endpoint_whose_name_only_resembles(
    cloud: Cloud, other: str, monkeypatch: pytest.MonkeyPatch
):
    """Whatever the service's filter takes for equal."""
    theirs = make_endpoint(cloud, PARENT, other)
    path = next(path for path, answer in ROUTES.items() if answer is list_endpoints)
    everything = api.ListEndpointsResponse(endpoints=list(cloud.endpoints.values()))
    monkeypatch.setitem(ROUTES, path, lambda *_: everything)
    ModelVersions(_settings(cloud)).upload("gs://b/mine")
    Endpoint(_settings(cloud)).ready(version(1))
    assert cloud.endpoints[MINE].deployed_models
    assert not cloud.endpoints[theirs].deployed_models


def test_an_endpoint_that_is_not_there_or_not_the_only_one_is_neither_made_nor_chosen(cloud: Cloud):
    """Made here it would be open to the internet, whatever infrastructure says."""
    with pytest.raises(ConfigError, match=f"no endpoint is named 'flightz' in {PARENT}; set cloud.endpoint"):
        Endpoint(_settings(cloud, name="flightz")).ready(version(1))
    make_endpoint(cloud, PARENT, "flights")
    with pytest.raises(ConfigError, match="2 endpoints are named 'flights'"):
        Endpoint(_settings(cloud)).ready(version(1))
    assert len(cloud.endpoints) == 2


def test_what_moves_traffic_loads_neither_tfx_nor_tensorflow():
    """A controller has neither: what is imported only when something is called would fail there."""
    program = (
        "import sys, pipeline.runners.vertex.settle; "
        "print([n for n in ('tfx', 'tensorflow', 'ml_metadata', 'apache_beam', 'kfp') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
