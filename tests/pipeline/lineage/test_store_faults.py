"""A store that cannot be used is one line: which file, what is wrong, what to do; and no SQL."""

import resource
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from ml_metadata import errors
from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2 as mlmd

from pipeline.errors import UserError
from pipeline.lineage.mlmd import RUN_CONTEXT, open_store, sqlite_config
from pipeline.lineage.store_faults import MEANINGS, explain, explained
from pipeline.runners.stage_end import one_line


def write_a_run(path: Path, name: str = "run") -> None:
    store = metadata_store.MetadataStore(sqlite_config(path))
    kind = store.put_context_type(mlmd.ContextType(name=RUN_CONTEXT))
    context = mlmd.Context(type_id=kind, name=name)
    context.custom_properties["text"].string_value = "x" * 10_000
    store.put_contexts([context])


def garbage(path: Path) -> None:
    path.write_bytes(b"no database" * 500)


def half(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def from_the_future(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE MLMDEnv SET schema_version = 999")


def without_a_table(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE Event")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (garbage, "it is not a store of ML Metadata (file is not a database); restore it from a copy, or"),
        (half, "it is damaged; restore it from a copy, or set root to another folder"),
        (without_a_table, "it is damaged (tables are missing); restore it from a copy, or set root to"),
        (from_the_future, "a newer ML Metadata has written it; use the locked packages that did, or set"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_way_out(
    tmp_path: Path, spoil: Callable[[Path], None], words: str
):
    path = tmp_path / "metadata.sqlite"
    write_a_run(path)
    spoil(path)
    with pytest.raises(UserError) as refused:
        open_store(path)
    assert str(refused.value).startswith(f"{path}: {words}")


def test_a_file_that_cannot_grow_is_named_with_the_way_out(tmp_path: Path):
    path = tmp_path / "metadata.sqlite"
    write_a_run(path)
    shutil.copy(path, tmp_path / "before")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        with pytest.raises(UserError) as refused, explained(path):
            write_a_run(path, "another")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert str(refused.value) == (
        f"{path}: the disk cannot be read or written (full, over quota, or failing); "
        "free space there and start the same command again"
    )


@pytest.mark.parametrize("said", MEANINGS)
def test_each_thing_that_it_says_is_explained_on_one_line_without_its_query(said: str):
    fault = errors.InternalError(f"Error when executing query: {said} query: INSERT INTO `Context`\n VALUES")
    assert explain(fault).startswith(f"ML Metadata: {MEANINGS[said][0]}; ")
    assert one_line(fault) == explain(fault)
    assert "INSERT" not in explain(fault)


def test_what_is_not_known_is_repeated_without_the_query():
    fault = errors.InternalError("Error when executing query: a new one\nquery: SELECT 1")
    assert one_line(fault) == "ML Metadata: a new one"


@pytest.mark.parametrize("fault", [OSError("disk I/O error"), RuntimeError("out of memory"), KeyError("a")])
def test_an_error_of_another_kind_stays_as_it_is(tmp_path: Path, fault: Exception):
    assert explain(fault) == ""
    with pytest.raises(type(fault)), explained(tmp_path):
        raise fault
