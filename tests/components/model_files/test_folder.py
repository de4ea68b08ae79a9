"""A model folder is measured whole, links and all, and a changed byte anywhere keeps it from being loaded."""

import logging
from pathlib import Path

import pytest

from components.model_files.folder import NOT_RECORDED, check, measure, record_of
from components.model_files.rule import AlteredModelError

PATHS = (
    "saved_model.pb",
    "variables/variables.index",
    "variables/variables.data-00000-of-00001",
    "assets/dest",
    "assets.extra/tf_serving_warmup_requests",
)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    for path in PATHS:
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(path.encode())
    return tmp_path


def test_an_untouched_folder_passes_wherever_it_lies(model: Path, tmp_path_factory):
    recorded = record_of(str(model))
    check(str(model), recorded)
    moved = model.rename(tmp_path_factory.mktemp("moved") / "model")
    check(f"{moved}/", recorded)
    check(f"file://{moved}", recorded)  # as an address in a bucket is read


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("prefix", ["", "file://"])
def test_a_changed_byte_is_refused_by_name(model: Path, path: str, prefix: str):
    recorded = record_of(str(model))
    content = (model / path).read_bytes()
    (model / path).write_bytes(bytes([content[0] ^ 1]) + content[1:])
    with pytest.raises(AlteredModelError, match=f"is not loaded: {path} has the SHA-256"):
        check(f"{prefix}{model}", recorded)


def test_a_file_more_or_less_is_refused_by_name(model: Path):
    recorded = record_of(str(model))
    (model / "assets" / "more").write_bytes(b"")
    with pytest.raises(AlteredModelError, match="assets/more was added"):
        check(str(model), recorded)
    (model / "assets" / "more").rename(model / "assets" / "dest")
    with pytest.raises(AlteredModelError, match="assets/dest has 0 bytes, and had 11"):
        check(str(model), recorded)
    (model / "assets" / "dest").unlink()
    with pytest.raises(AlteredModelError, match="assets/dest is missing"):
        check(str(model), recorded)


@pytest.mark.parametrize("link", ["assets/dest", "variables", "assets/more"])
def test_a_link_is_refused_even_to_equal_content(model: Path, link: str, tmp_path_factory):
    recorded = record_of(str(model))
    path, elsewhere = model / link, tmp_path_factory.mktemp("elsewhere") / "it"
    if path.exists():
        path.rename(elsewhere)
    path.symlink_to(elsewhere)
    with pytest.raises(AlteredModelError, match=f"{link} is a link or no file"):
        check(str(model), recorded)
    with pytest.raises(AlteredModelError, match="is a link or no file"):
        record_of(str(model))


@pytest.mark.parametrize("written", ["{}", "{}/", "{}//", "file://{}", "file://{}/"])
def test_a_folder_that_is_a_link_itself_is_refused_even_to_equal_content(model: Path, written: str):
    """It may lead to another folder by the time that the model is loaded."""
    recorded = record_of(str(model))
    link = model.parent / f"{model.name}-link"
    link.symlink_to(model)
    with pytest.raises(AlteredModelError, match=r"-link/* is a link"):
        check(written.format(link), recorded)
    with pytest.raises(AlteredModelError, match=r"-link/* is a link"):
        check(written.format(link), NOT_RECORDED)
    with pytest.raises(AlteredModelError, match=r"-link/* is a link"):
        record_of(written.format(link))


@pytest.mark.parametrize("link", ["assets/dest", "variables"])
def test_a_link_below_an_address_of_this_machine_is_refused_too(model: Path, link: str, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "it"
    (model / link).rename(elsewhere)
    (model / link).symlink_to(elsewhere)
    with pytest.raises(AlteredModelError, match=f"{link} is a link or no file"):
        record_of(f"file://{model}")


def test_nothing_recorded_is_refused_and_an_older_release_passes_with_a_warning(model: Path, caplog):
    with pytest.raises(AlteredModelError, match="nothing was recorded"):
        check(str(model), "")
    with caplog.at_level(logging.WARNING):
        check(str(model), NOT_RECORDED)
    assert "is loaded unchecked" in caplog.text


def test_a_folder_without_a_file_is_no_model(tmp_path: Path):
    with pytest.raises(AlteredModelError, match="there is no file in"):
        record_of(str(tmp_path))
    assert measure(str(tmp_path / "gone")) == {}
