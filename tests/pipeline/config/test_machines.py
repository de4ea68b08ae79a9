"""An accelerator that a machine cannot have is refused when the configuration is loaded."""

import pytest
from google.cloud import aiplatform_v1

from pipeline.config import load as config
from pipeline.config import machines
from pipeline.errors import ConfigError


@pytest.mark.parametrize(
    ("machine", "accelerator", "count"),
    [
        ("n1-standard-8", None, 0),
        ("n1-standard-8", "NVIDIA_TESLA_T4", 1),
        ("n1-standard-16", "NVIDIA_TESLA_V100", 2),
        ("n1-standard-96", "NVIDIA_TESLA_V100", 8),
        ("n1-standard-96", "NVIDIA_TESLA_T4", 4),
        ("g2-standard-24", "NVIDIA_L4", 2),
        ("a2-ultragpu-1g", "NVIDIA_A100_80GB", 1),
        ("c3-standard-8", None, 0),
        ("a3-ultragpu-8g", "NVIDIA_H200_141GB", 8),
        ("ct5lp-hightpu-4t", "TPU_V5_LITEPOD", 4),
        ("n1-custom-6-30720", "NVIDIA_TESLA_T4", 1),
        ("n1-standard-8", "NVIDIA_TESLA_T5", 1),
    ],
)
def test_a_possible_machine_is_taken_and_so_is_one_that_nobody_here_knows(
    machine: str, accelerator: str | None, count: int
):
    machines.refuse_impossible(machine, accelerator, count)


@pytest.mark.parametrize(
    ("machine", "accelerator", "count", "message"),
    [
        ("n1-standard-5", None, 0, "no machine type 'n1-standard-5'; there are n1-standard-1"),
        ("n2-highmem-1000", None, 0, "no machine type 'n2-highmem-1000'; there are n2-highmem-2"),
        ("huge", None, 0, "no machine type 'huge'; expected a name such as e2-standard"),
        ("n1-standard-8", "t4", 1, "no accelerator 't4'; there are NVIDIA_A100_80GB"),
        ("c3-standard-8", "NVIDIA_H200_141GB", 0, "give both"),
        ("n1-standard-8", "NVIDIA_TESLA_T4", 3, "cannot have 3 NVIDIA_TESLA_T4; possible numbers: 1, 2, 4"),
        ("n1-standard-16", "NVIDIA_TESLA_V100", 1, "possible numbers: 2, 4, 8"),
        ("n1-standard-96", "NVIDIA_TESLA_P100", 4, "possible numbers: none"),
        ("e2-standard-8", "NVIDIA_TESLA_T4", 1, "n1 machines only"),
        ("n1-standard-8", "NVIDIA_L4", 1, "NVIDIA_L4 comes only with g2-standard-4"),
        ("g2-standard-24", "NVIDIA_L4", 1, "g2-standard-24 has 2 NVIDIA_L4, not 1"),
        ("a2-highgpu-1g", "NVIDIA_L4", 1, "a2-highgpu-1g has 1 NVIDIA_TESLA_A100"),
        ("g2-standard-4", None, 0, "g2-standard-4 comes with 1 NVIDIA_L4"),
        ("n1-standard-8", "NVIDIA_TESLA_T4", 0, "give both"),
        ("n1-standard-8", None, 1, "give both"),
    ],
)
def test_an_impossible_machine_is_refused_with_what_is_possible(
    machine: str, accelerator: str | None, count: int, message: str
):
    with pytest.raises(ValueError, match=message):
        machines.refuse_impossible(machine, accelerator, count)


def test_every_accelerator_is_one_that_the_api_knows():
    assert set(machines.ACCELERATORS) <= {kind.name for kind in aiplatform_v1.AcceleratorType}


def test_sizes_are_those_of_the_machine_families():
    assert machines.size("n1-standard-8") == machines.Size(8, 30.0)
    assert machines.size("e2-highmem-4") == machines.Size(4, 32.0)
    assert machines.size("a2-megagpu-16g") == machines.Size(96, 1360.0)


@pytest.mark.parametrize(
    "machine", ["c3-standard-8", "e2-micro", "n1-standard-5", "a3-highgpu-1g", "n1-megamem-96"]
)
def test_the_size_of_a_machine_outside_the_table_is_not_known(machine: str):
    assert machines.size(machine) is None


def test_a_machine_that_nothing_checked_is_named_with_its_key():
    changes = {
        "cloud.trainer.machine": "a3-ultragpu-8g",
        "cloud.trainer.accelerator": "NVIDIA_H200_141GB",
        "cloud.trainer.accelerators": "8",
        "cloud.steps.Evaluator": "{machine: c3-standard-8}",
    }
    cloud = config.load("prod", changes).cloud
    assert cloud
    assert [sentence.partition(" is not in ")[0] for sentence in cloud.unknown_machines()] == [
        "cloud.steps.Evaluator: machine type 'c3-standard-8'",
        "cloud.trainer: machine type 'a3-ultragpu-8g'",
        "cloud.trainer: accelerator 'NVIDIA_H200_141GB'",
    ]


@pytest.mark.parametrize("name", ["dev", "preprod", "prod"])
def test_every_machine_that_ships_is_in_the_table(name: str):
    cloud = config.load(name).cloud
    assert cloud
    assert cloud.unknown_machines() == ()


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("cloud.trainer.accelerator=foo", "cloud.trainer: no accelerator 'foo'"),
        ("cloud.trainer.image=null", "cloud.trainer: NVIDIA_TESLA_T4 needs an image with CUDA's libraries"),
        ("cloud.trainer.accelerators=3", "possible numbers: 1, 2, 4"),
        ("cloud.endpoint.accelerator=NVIDIA_L4", "give both accelerator and accelerators"),
        ("cloud.endpoint.min_replicas=9", "min_replicas is 9 and max_replicas 6; raise the latter"),
        ("cloud.default_step.machine=huge", "no machine type 'huge'"),
        ("cloud.beam.machine=huge", "no machine type 'huge'"),
        ("cloud.labels.Team=x", "cloud.labels.Team: got 'Team': expected a label's key: small letters"),
        ("cloud.labels.team=X", "cloud.labels.team: got 'X': expected a label's value: small letters"),
        ("cloud.cost_limit=5", "cost_limit needs prices"),
        ("cloud.steps.Transform.machne=x", "did you mean 'machine'?"),
        ("cloud.kms_key=mykey", "cloud.kms_key"),
        ("cloud.network=default", "cloud.network"),
        ("cloud.service_account=me", "cloud.service_account"),
        ("cloud.bucket=s3://b", "cloud.bucket"),
        ("cloud.default_step.timeout_minutes=99999", "timeout_minutes"),
    ],
)
def test_an_impossible_cloud_is_refused_when_the_configuration_is_loaded(setting: str, message: str):
    key, _, value = setting.partition("=")
    with pytest.raises(ConfigError, match=message.replace("?", r"\?")):
        config.load("prod", {key: value})
