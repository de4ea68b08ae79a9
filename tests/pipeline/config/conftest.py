"""The template's configurations over a base.yaml of the tests' own, whatever a fork has made of its own."""

import shutil
from pathlib import Path

import pytest

from pipeline.config import columns, layers
from tests.pipeline.config.schema_of import schema_of
from trainer.column import Column

BASE = Path(__file__).with_name("base.yaml")


@pytest.fixture(autouse=True)
def shipped(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of configurations that is read in place of pipeline/configs."""
    folder = tmp_path_factory.mktemp("shipped") / "configs"
    shutil.copytree(layers._folder(), folder)
    shutil.copy(BASE, folder / "base.yaml")
    monkeypatch.setattr(layers, "_folder", lambda: folder)
    return folder


# The columns that base.yaml names, whatever a fork's features.py has.
COLUMNS = (
    Column("day", "string", "date", role="date"),
    Column("late", "int64", "number", role="label"),
    Column("origin", "string", "category"),
    Column("carrier", "string", "category"),
    Column("distance", "int64", "number"),
    Column("clock", "int64", "clock"),
)


@pytest.fixture(autouse=True)
def planted_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of columns and its schema that are read in place of the trainer's."""
    monkeypatch.setattr(columns, "read", lambda: COLUMNS)
    monkeypatch.setattr(columns, "read_schema", lambda: schema_of(COLUMNS))
