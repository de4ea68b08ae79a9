"""The template's configurations over a base.yaml of the tests' own, whatever a fork has made of its own."""

import shutil
from pathlib import Path

import pytest

from pipeline.config import layers

BASE = Path(__file__).with_name("base.yaml")


@pytest.fixture(autouse=True)
def shipped(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of configurations that is read in place of pipeline/configs."""
    folder = tmp_path_factory.mktemp("shipped") / "configs"
    shutil.copytree(layers._folder(), folder)
    shutil.copy(BASE, folder / "base.yaml")
    monkeypatch.setattr(layers, "_folder", lambda: folder)
    return folder
