"""Three days of real flights, and what the stages make of them in this process."""

import datetime as dt
from pathlib import Path

import pytest

from tests.pipeline.runners.beam import stages

# What workers do, in this process. By default, on one machine, the stages take ways that are shorter.
BEAM_HERE = [
    "--runner=apache_beam.runners.portability.fn_api_runner.fn_runner.FnApiRunner",
    "--sdk_container_image=unused",
]


@pytest.fixture(scope="session")
def three_days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from sample.flights import write_days

    folder = tmp_path_factory.mktemp("three-days") / "flights"
    write_days(folder, dt.date(2013, 1, 1), dt.date(2013, 1, 3))
    return folder


@pytest.fixture(scope="session")
def in_process(three_days: Path, tmp_path_factory: pytest.TempPathFactory) -> stages.Outputs:
    return stages.run(stages.resolve(three_days), tmp_path_factory.mktemp("here"), lambda _: BEAM_HERE)
