"""Where what Terraform makes is not what the configuration asks for, each difference is named."""

import os
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli import agreement, doctor, tfvars
from pipeline.cli.finding import Finding
from pipeline.config import load as configs

VALUES: dict[str, Any] = {
    "project": "my-evergreen-prod",
    "region": "us-central1",
    "name": "evergreen",
    "environment": "prod",
    "endpoint_name": "flights",
    "pipeline_name": "flights",
    "network": {"private_endpoint": "true"},
    "customer_managed_key": "true",
    "image_repository": "us-central1-docker.pkg.dev/my-evergreen-dev/evergreen",
}
DOMAIN = "my-evergreen-prod.iam.gserviceaccount.com"


def problems(changes: dict[str, str] | None = None, **values: Any) -> dict[str, str]:
    """Subject to problem, for the shipped configuration with changes and the values above with theirs."""
    config = configs.load("prod", changes)
    found = [*agreement.findings(config, config.require_cloud(), {**VALUES, **values}, "prod.tfvars")]
    assert len({each.subject for each in found}) == len(found) >= 15
    assert all(each.fix for each in found)
    return {each.subject.partition(" of infra")[0]: each.problem for each in found if each.problem}


@pytest.mark.parametrize("name", ["dev", "preprod", "prod"])
def test_what_ships_agrees(name: str):
    """A test compares the configuration with Terraform's outputs, so that this is what Terraform makes."""
    values = tfvars.read((Path(os.environ[doctor.INSTEAD]) / f"{name}.tfvars").read_text()).values
    config = configs.load(name)
    found = [*agreement.findings(config, config.require_cloud(), values, f"{name}.tfvars")]
    assert [each for each in found if each.problem] == []
    assert problems() == {}


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        (
            "name",
            "flight",
            "is 'flights' by prod.tfvars and 'flight' in the configuration",
        ),
        ("cloud.project", "my-evergreen-dev", "is 'my-evergreen-prod' by prod.tfvars and 'my-evergreen-dev'"),
        (
            "cloud.bucket",
            "gs://my-evergreen-prod-evergren",
            "is 'gs://my-evergreen-prod-evergreen' by prod.tfvars",
        ),
        (
            "cloud.bucket",
            "gs://my-evergreen-prod-evergreen/runs",
            "and 'gs://my-evergreen-prod-evergreen/runs'",
        ),
        (
            "cloud.data",
            "gs://my-evergreen-dev-evergreen-uploads/data/flights",
            "uploads/data/flights' by prod",
        ),
        ("cloud.data", "gs://my-evergreen-prod-evergreen-uploads/flights", "uploads/flights' in the"),
        (
            "cloud.service_account",
            f"evergreen-pipelin@{DOMAIN}",
            f"is 'evergreen-pipeline@{DOMAIN}' by prod.tfvars",
        ),
        (
            "cloud.training_service_account",
            f"evergreen-trainer@{DOMAIN}",
            f"is 'evergreen-training@{DOMAIN}'",
        ),
        ("cloud.serving_service_account", f"evergreen-serve@{DOMAIN}", f"is 'evergreen-serving@{DOMAIN}'"),
        (
            "cloud.network",
            "projects/123456789012/global/networks/default",
            "/networks/evergreen' by prod.tfvars",
        ),
        ("cloud.network", "null", "and null in the configuration"),
        ("cloud.kms_key", "null", "/keyRings/evergreen/cryptoKeys/pipeline' by prod.tfvars and null"),
        (
            "cloud.kms_key",
            "projects/my-evergreen-prod/locations/us-central1/keyRings/evergreen-images/cryptoKeys/signing",
            "is 'projects/my-evergreen-prod/locations/us-central1/keyRings/evergreen/cryptoKeys/pipeline'",
        ),
        (
            "cloud.beam.subnetwork",
            "regions/us-central1/subnetworks/evergreen-job",
            "/evergreen-jobs' by prod",
        ),
        ("cloud.endpoint.name", "flight", "is 'flights' by prod.tfvars and 'flight'"),
    ],
)
def test_a_value_of_the_configuration_that_terraform_does_not_make_is_named(key: str, value: str, said: str):
    found = problems({key: value})
    assert said in found[key]
    assert [*found] == [key]
    assert "did you mean" not in found[key]  # the sentence has both values already


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("cloud.image", "us-central1-docker.pkg.dev/my-evergreen-prod/evergreen/pipeline:0.1.0"),
        ("cloud.trainer.image", "docker.io/acme/trainer:0.1.0"),
        ("cloud.endpoint.server_image", "us-central1-docker.pkg.dev/other-project/evergreen/serving:0.1.0"),
    ],
)
def test_an_image_of_another_repository_than_terraforms_is_named(key: str, value: str):
    assert problems({key: value}) == {
        f"repository of {key}": "is another than us-central1-docker.pkg.dev/my-evergreen-dev/evergreen of "
        f"prod.tfvars: {value!r}"
    }


def test_images_are_this_environments_where_no_other_repository_is_named():
    own = "us-central1-docker.pkg.dev/my-evergreen-prod/evergreen"
    changes = {"cloud.image": f"{own}/pipeline:0.1.0", "cloud.trainer.image": f"{own}/trainer:0.1.0"}
    assert problems(changes, image_repository="null") == {}
    assert len(problems({}, image_repository="null")) == 2


@pytest.mark.parametrize(
    ("values", "keys"),
    [
        ({"region": "europe-west4"}, {"cloud.region", "cloud.kms_key", "cloud.beam.subnetwork"}),
        ({"endpoint_name": "flihgts"}, {"cloud.endpoint.name"}),
        ({"pipeline_name": "trips"}, {"name", "cloud.data"}),
        ({"customer_managed_key": "false"}, {"cloud.kms_key"}),
        ({"network": "null"}, {"cloud.network", "cloud.beam.subnetwork"}),
        ({"environment": "preprod"}, {"cloud.labels.environment"}),
        (
            {"name": "evergren"},
            {
                *("cloud.bucket", "cloud.data", "cloud.network", "cloud.kms_key", "cloud.beam.subnetwork"),
                *("cloud.service_account", "cloud.training_service_account", "cloud.serving_service_account"),
            },
        ),
    ],
)
def test_a_value_of_terraforms_that_the_configuration_does_not_have_is_named(
    values: dict[str, Any], keys: set[str]
):
    assert {*problems({}, **values)} == keys


def test_what_is_accepted_by_its_value_is_no_difference():
    account = f"evergreen-models@{DOMAIN}"
    changes = {"cloud.service_account": account, "cloud.accept_unknown": f"[{account}]"}
    config = configs.load("prod", changes)
    found = agreement.findings(config, config.require_cloud(), VALUES, "prod.tfvars")
    assert [each for each in found if each.problem] == []


@pytest.mark.parametrize(
    "key", ["cloud.region", "cloud.service_account", "cloud.endpoint.name", "cloud.kms_key"]
)
def test_a_job_is_not_sent_while_the_two_differ(key: str):
    config = configs.load("prod")
    values = {**VALUES, "region": "us-east1", "name": "other", "endpoint_name": "other"}
    found = {each.subject: each for each in agreement.findings(config, config.require_cloud(), values, "x")}
    assert found[f"{key} of infrastructure and configuration"].stops_submission


@pytest.mark.parametrize(
    ("key", "value", "subject"),
    [
        ("cloud.bucket", "gs://my-bucket", "cloud.bucket of infrastructure and configuration"),
        ("cloud.image", "docker.io/acme/pipeline:0.1.0", "repository of cloud.image"),
    ],
)
def test_the_fix_says_which_value_may_be_accepted_and_that_works(key: str, value: str, subject: str):
    def found(changes: dict[str, str]) -> dict[str, Finding]:
        config = configs.load("prod", changes)
        examined = agreement.findings(config, config.require_cloud(), VALUES, "prod.tfvars")
        return {each.subject: each for each in examined if each.problem}

    assert (
        "or name the value of the configuration in cloud.accept_unknown" in found({key: value})[subject].fix
    )
    assert found({key: value, "cloud.accept_unknown": f"[{value!r}]"}) == {}


def test_nothing_is_to_be_accepted_where_the_configuration_has_null():
    config = configs.load("prod", {"cloud.kms_key": "null"})
    (found,) = (
        each
        for each in agreement.findings(config, config.require_cloud(), VALUES, "prod.tfvars")
        if each.problem
    )
    assert found.fix == "make them equal"


@pytest.mark.parametrize(
    ("log", "logging", "said"),
    [
        ({"enabled": "true", "sample": "0.25"}, {"sampling_rate": "0.25"}, {}),
        ({"enabled": "true"}, {}, {}),
        ({}, {"sampling_rate": "0"}, {}),
        ({}, "null", {}),
        (
            {"enabled": "true"},
            "null",
            {"request_log.sample": "is 0 by prod.tfvars and 0.1 in the configuration"},
        ),
        ({}, {}, {"request_log.sample": "is 0.1 by prod.tfvars and 0 in the configuration"}),
        (
            {"enabled": "true"},
            {"sampling_rate": "x"},
            {"request_log.sample": "is nan by prod.tfvars and 0.1"},
        ),
        ({"enabled": "true"}, {"keep_days": "90"}, {"request_log.keep_days": "is 90 by prod.tfvars and 30"}),
        (
            {"enabled": "true", "drop": "[tailnum]"},
            {},
            {"request_log.drop in the cloud": "names tailnum, and the endpoint logs requests whole"},
        ),
    ],
)
def test_the_endpoint_logs_what_the_configuration_says(log: dict, logging: Any, said: dict[str, str]):
    """Where columns must not be kept it must not log at all: it cannot leave them out."""
    found = problems({f"request_log.{key}": value for key, value in log.items()}, request_logging=logging)
    assert [*found] == [*said]
    assert all(sentence in found[key] for key, sentence in said.items())
