"""The tables of machines are what the API knows; a configuration is held against them when it is loaded."""

import pytest
from google.cloud import aiplatform_v1

from pipeline.config import load as config
from pipeline.config import machines
from pipeline.config.machine_types import ACCELERATORS, BUILT_IN, GROWING, MACHINES

SERVER = "us-docker.pkg.dev/vertex-ai/prediction/tf2-cpu.2-15:latest"


def test_every_accelerator_is_one_that_the_api_knows():
    assert set(ACCELERATORS) <= {kind.name for kind in aiplatform_v1.AcceleratorType}


def test_every_accelerator_of_nvidia_that_is_still_supported_is_in_the_tables():
    retired = {"NVIDIA_TESLA_K80"}
    known = {kind.name for kind in aiplatform_v1.AcceleratorType if kind.name.startswith("NVIDIA_")}
    assert known - retired == set(ACCELERATORS)


def test_every_machine_of_the_tables_is_possible_with_what_it_comes_with():
    for name, has in MACHINES.items():
        built_in = BUILT_IN.get(name)
        machines.refuse_impossible(
            name, built_in.accelerator if built_in else None, built_in.accelerators if built_in else 0
        )
        assert has.vcpus > 0
        assert 0.9 <= has.memory_gb / has.vcpus <= 32


def test_a_series_that_gains_sizes_is_one_of_the_tables():
    assert {name.partition("-")[0] for name in MACHINES} >= GROWING


def test_a_machine_that_nothing_checked_is_named_with_its_key():
    changes = {
        "cloud.trainer.machine": "x9-ultragpu-8g",
        "cloud.trainer.accelerator": "NVIDIA_X900",
        "cloud.trainer.accelerators": "8",
        "cloud.steps.Evaluator": "{machine: x9-standard-8}",
    }
    cloud = config.load("prod", changes).cloud
    assert cloud
    assert [sentence.partition(" is not in ")[0] for sentence in cloud.unknown_machines()] == [
        "cloud.steps.Evaluator: machine type 'x9-standard-8'",
        "cloud.trainer: machine type 'x9-ultragpu-8g'",
        "cloud.trainer: accelerator 'NVIDIA_X900'",
    ]


def test_a_machine_that_is_accepted_by_name_is_no_doubt():
    changes = {
        "cloud.steps.Evaluator": "{machine: x9-standard-8}",
        "cloud.beam.machine": "x9-standard-4",
        "cloud.accept_unknown": f"[x9-standard-8, {SERVER}]",
    }
    loaded = config.load("prod", changes)
    assert [doubt.partition(" is not in ")[0] for doubt in loaded.doubts()] == [
        "cloud.beam: machine type 'x9-standard-4'"
    ]


@pytest.mark.parametrize("name", ["dev", "preprod", "prod"])
def test_every_machine_that_ships_is_in_the_table(name: str):
    cloud = config.load(name).cloud
    assert cloud
    assert cloud.unknown_machines() == ()
