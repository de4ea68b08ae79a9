"""The addresses of a workspace that was moved lead to where it is now."""

import resource
import shutil
from pathlib import Path

import pytest
from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2 as mlmd

from pipeline.errors import UserError
from pipeline.lineage import moved
from pipeline.lineage.mlmd import open_store, sqlite_config

MODEL = "artifacts/Trainer/model/7"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace with a model and the release of it."""
    root = tmp_path / "before"
    for folder in (MODEL, "artifacts/Release/release/8", "models/flights/1"):
        (root / folder).mkdir(parents=True)
    store = metadata_store.MetadataStore(sqlite_config(root / "metadata.sqlite"))
    kind = store.put_artifact_type(mlmd.ArtifactType(name="Any"))
    outside, model, release = (
        mlmd.Artifact(type_id=kind, uri=uri)
        for uri in ("gs://bucket/artifacts/x/1", f"{root}/{MODEL}", f"{root}/artifacts/Release/release/8")
    )
    release.custom_properties["model_uri"].string_value = model.uri
    release.custom_properties["pushed_destination"].string_value = f"{root}/models/flights/1"
    release.custom_properties["reason"].string_value = f"passed in {root}/models"
    release.custom_properties["blessed"].int_value = 1
    store.put_artifacts([outside, model, release])
    return root


def artifacts(root: Path) -> list[mlmd.Artifact]:
    return metadata_store.MetadataStore(sqlite_config(root / "metadata.sqlite")).get_artifacts()


def rewrite(root: Path) -> int:
    return moved.rewrite_addresses(
        metadata_store.MetadataStore(sqlite_config(root / "metadata.sqlite")), root
    )


@pytest.mark.parametrize("place", ["after", "deep/er/before", "before-2"])
def test_after_a_move_every_address_leads_to_the_new_place(root: Path, place: str):
    new = root.parent / place
    new.parent.mkdir(parents=True, exist_ok=True)
    root.rename(new)
    assert rewrite(new) == 2
    outside, model, release = artifacts(new)
    assert outside.uri == "gs://bucket/artifacts/x/1"
    assert model.uri == f"{new}/{MODEL}"
    assert release.custom_properties["model_uri"].string_value == model.uri
    assert release.custom_properties["pushed_destination"].string_value == f"{new}/models/flights/1"
    assert release.custom_properties["reason"].string_value == f"passed in {root}/models"  # prose
    assert release.custom_properties["blessed"].int_value == 1


def test_a_workspace_that_was_not_moved_is_left_alone(root: Path):
    before = (root / "metadata.sqlite").read_bytes()
    assert rewrite(root) == 0
    assert (root / "metadata.sqlite").read_bytes() == before


def test_a_copy_has_its_own_addresses_and_the_original_keeps_its(root: Path):
    copy = root.parent / "copy"
    shutil.copytree(root, copy)
    assert rewrite(copy) == 2
    assert artifacts(copy)[1].uri == f"{copy}/{MODEL}"
    assert artifacts(root)[1].uri == f"{root}/{MODEL}"


def test_moving_into_a_folder_below_and_back_does_not_double_a_path(root: Path):
    below = root.parent / "x"
    below.mkdir()
    deep = below / "before"
    root.rename(deep)
    rewrite(deep)
    deep.rename(root)
    assert rewrite(root) == 2
    assert artifacts(root)[1].uri == f"{root}/{MODEL}"
    assert rewrite(root) == 0


def test_what_was_not_copied_along_is_missing_and_not_read_where_it_was(root: Path):
    """Only the store was copied: the original's files may be others by now."""
    copy = root.parent / "copy"
    copy.mkdir()
    shutil.copy(root / "metadata.sqlite", copy)
    facts = {"model_uri": f"{root}/{MODEL}"}
    _, model, release = artifacts(copy)
    assert moved.address_now(model.uri, copy) == f"{copy}/{MODEL}"
    assert moved.properties_now(release.uri, facts, copy) == {"model_uri": f"{copy}/{MODEL}"}
    assert rewrite(copy) == 2
    assert artifacts(copy)[1].uri == f"{copy}/{MODEL}"


@pytest.mark.parametrize("uri", ["gs://b/artifacts/x/y/1", "/data/artifacts/schema.pbtxt", "/data/x/y/1", ""])
def test_what_is_in_no_workspace_keeps_its_address(uri: str, tmp_path: Path):
    assert moved.address_now(uri, tmp_path) == uri
    assert moved.properties_now(uri, {"a": "/data/artifacts"}, tmp_path) == {"a": "/data/artifacts"}


def test_an_empty_store_is_fine(tmp_path: Path):
    assert rewrite(tmp_path) == 0


def test_reading_shows_the_new_place_and_writes_nothing(root: Path):
    new = root.rename(root.parent / "after")
    _, model, release = artifacts(new)
    assert moved.address_now(model.uri, new) == f"{new}/{MODEL}"
    facts = {"model_uri": model.uri, "blessed": 1}
    assert moved.properties_now(release.uri, facts, new) == {"model_uri": f"{new}/{MODEL}", "blessed": 1}
    assert artifacts(new)[1].uri == model.uri


def test_a_store_that_cannot_be_written_is_one_line_and_left_as_it_is(root: Path):
    """No file may grow, as on a full disk."""
    new = root.rename(root.parent / "after")
    database = new / "metadata.sqlite"
    before, store = database.read_bytes(), open_store(database)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        with pytest.raises(UserError, match=f"{database}: the disk cannot be .*; free space"):
            store.rewrite_addresses()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    del store  # the next command is another process
    assert database.read_bytes() == before
    open_store(database).rewrite_addresses()
    assert artifacts(new)[1].uri == f"{new}/{MODEL}"
