"""Compiled jobs of the production configuration, from a few days of made-up files."""

import copy
import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from pipeline import config as configs
from pipeline.runners.vertex import offline

FIRST = dt.date(2013, 1, 1)
SMALL = {"window.days": "6", "window.eval_days": "2"}


@pytest.fixture(scope="session")
def days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of ten days; compiling reads names and fingerprints only."""
    folder = tmp_path_factory.mktemp("days")
    for number in range(10):
        (folder / f"{FIRST + dt.timedelta(days=number)}.csv").write_text(f"day\n{number}\n")
    return folder


@pytest.fixture(scope="session")
def prod(days: Path) -> configs.Config:
    return configs.load("prod", {"data.source": str(days), **SMALL})


@pytest.fixture(scope="session")
def compiled(prod: configs.Config) -> dict[str, Any]:
    """The job beside a champion: it has every node. Tests take `job`."""
    return offline.compiled(prod, None, None, offline.stand_in_champion(prod))


@pytest.fixture
def job(compiled: dict[str, Any]) -> dict[str, Any]:
    """A copy of the job that a test may spoil."""
    return copy.deepcopy(compiled)
