"""Compiled jobs of the production configuration, from a few days of made-up files."""

import copy
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pipeline.cli.commands import evergreen
from pipeline.config import load as configs
from pipeline.runners.vertex import preview
from tests.pipeline.runners.vertex.cloud_models import make_endpoint
from tests.pipeline.runners.vertex.cloud_server import Cloud, serve

FIRST, LAST = dt.date(2013, 1, 1), dt.date(2013, 1, 10)
BUCKET, UPLOADS = "my-evergreen-prod-evergreen", "my-evergreen-prod-evergreen-uploads"
PARENT = "projects/my-evergreen-prod/locations/us-central1"
SMALL = {"window.days": "6", "window.eval_days": "2", "training.validation_days": "3"}


@pytest.fixture(scope="session")
def days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of ten days; compiling reads names and fingerprints only."""
    folder = tmp_path_factory.mktemp("days")
    for number in range((LAST - FIRST).days + 1):
        (folder / f"{FIRST + dt.timedelta(days=number)}.csv").write_text(f"day\n{number}\n")
    return folder


@pytest.fixture(scope="session")
def prod(days: Path) -> configs.Config:
    return configs.load("prod", {"data.source": str(days), **SMALL})


@pytest.fixture(scope="session")
def compiled(prod: configs.Config) -> dict[str, Any]:
    """The job beside a champion: it has every node. Tests take `job`."""
    return preview.compiled(prod, LAST, None, preview.stand_in_champion(prod))


@pytest.fixture
def job(compiled: dict[str, Any]) -> dict[str, Any]:
    """A copy of the job that a test may spoil."""
    return copy.deepcopy(compiled)


@pytest.fixture
def cloud(days: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """A cloud with ten days in its bucket, and the endpoint that infrastructure made."""
    with serve() as served:
        make_endpoint(served, PARENT, "flights")
        for path in days.glob("*.csv"):
            served.files[f"{UPLOADS}/data/flights/{path.name}"] = path.read_bytes()
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", served.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield served


@pytest.fixture
def call(cloud: Cloud, tmp_path: Path):
    """Calls `evergreen COMMAND --config prod` with the API's address set to the server."""
    settings = {
        "root": str(tmp_path / "root"),
        "cloud.api_endpoint": cloud.url,
        "window.days": "6",
        "window.eval_days": "2",
        "training.validation_days": "3",
    }

    def run(command: str, *arguments: str) -> Result:
        overrides = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
        return CliRunner().invoke(
            evergreen,
            [*command.split(), "--config", "prod", *overrides, *arguments],
            standalone_mode=False,
        )

    return run
