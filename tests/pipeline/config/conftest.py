"""A copy of the configurations that tests can change, and a small table of columns."""

import shutil
from pathlib import Path

import pytest

from pipeline.config import columns, layers
from trainer.column import Column, ColumnTable

CONFIGS = Path(__file__).parents[2] / "flights" / "configs"
BASE = CONFIGS / "base.yaml"


@pytest.fixture(autouse=True)
def shipped(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of configurations that is read in place of pipeline/configs."""
    folder = tmp_path_factory.mktemp("shipped") / "configs"
    shutil.copytree(CONFIGS, folder)
    shutil.copy(layers._folder() / "defaults.yaml", folder)
    monkeypatch.delenv(layers.INSTEAD)
    monkeypatch.setattr(layers, "_folder", lambda: folder)
    return folder


# What base.yaml names, and a little more.
TABLE = ColumnTable(
    columns=(
        Column("day", "string", "date", role="date"),
        Column("late", "int64", "category", role="label", values=(0, 1)),
        Column("origin", "string", "category"),
        Column("carrier", "string", "category"),
        Column("distance", "int64", "number"),
        Column("clock", "int64", "clock"),
    )
)


@pytest.fixture(autouse=True)
def planted_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of columns that is read in place of the trainer's."""
    monkeypatch.setattr(columns, "read", lambda: TABLE)
