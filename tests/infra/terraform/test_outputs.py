"""What infrastructure makes, beside what pipeline/configs and the command line name."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pipeline.config import load as configs
from tests.infra.configured import differences
from tests.infra.programs import needs_terraform
from tests.infra.terraform_plans import ENVIRONMENTS, PLAIN, Plan

pytestmark = needs_terraform


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_outputs_are_the_configurations_values(
    plans: Callable[[str], dict[str, Plan]], environment: str
) -> None:
    """What infrastructure makes and what pipeline/configs names is the same, key by key."""
    plan = plans(environment)[PLAIN]
    output, config = plan.outputs["configuration"], configs.load(environment).model_dump(mode="json")
    assert list(differences(output, config)) == []
    assert config["cloud"]["image"].startswith(plan.outputs["images"] + "/pipeline@")
    assert set(REQUIRED) <= set(_paths(output))


REQUIRED = (
    "cloud.project",
    "cloud.region",
    "cloud.bucket",
    "cloud.data",
    "cloud.service_account",
    "cloud.training_service_account",
    "cloud.serving_service_account",
)


def test_a_key_that_the_configuration_does_not_know_is_found() -> None:
    """A renamed key on either side fails the comparison."""
    assert list(differences({"cloud": {"bukket": "gs://b"}}, {"cloud": {"bucket": "gs://b"}})) == [
        "cloud.bukket: the configuration has no such key"
    ]
    assert list(differences({"name": "a"}, {"name": "b"})) == ["name: 'a' is made and 'b' is configured"]


def _paths(made: dict[str, Any], path: str = "") -> Iterator[str]:
    for key, value in made.items():
        if isinstance(value, dict):
            yield from _paths(value, f"{path}{key}.")
        else:
            yield f"{path}{key}"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_schedules_message_names_it_as_its_id_does(
    plans: Callable[[str], dict[str, Plan]], environment: str
) -> None:
    """By both `evergreen schedule` knows whose it is, where one pipeline's name begins with another's."""
    for job in plans(environment)[PLAIN].of_type("google_cloud_scheduler_job").values():
        (target,) = job["pubsub_target"]
        schedule = json.loads(base64.b64decode(target["data"]))["detail"]
        assert job["name"] == f"{configs.load(environment).name}-{schedule}"
