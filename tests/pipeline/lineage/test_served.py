"""A version that should serve is loaded if its files are those that were recorded with it."""

from pathlib import Path

import pytest

from components.model_files.folder import record_of
from pipeline.errors import UserError
from pipeline.lineage.models import Models
from pipeline.lineage.served import check_files, check_on_record
from serving.errors import IncompleteModelError, ModelLoadError, NotLoadableNowError
from tests.pipeline.lineage.told_models import version as registered
from tests.serving.no_more_files import no_more_files


@pytest.fixture
def version(tmp_path: Path) -> Path:
    """A version whose model has a vocabulary."""
    folder = tmp_path / "1"
    (folder / "assets").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"graph")
    (folder / "assets" / "carriers").write_text("AA\nB6\nDL\nUA\n")
    return folder


def test_a_version_whose_vocabulary_changed_is_refused_for_good(version: Path):
    recorded = record_of(str(version))
    check_files(version, recorded)
    (version / "assets" / "carriers").write_text("AA\nB6\nDL\nXX\n")
    with pytest.raises(ModelLoadError, match=r"assets/carriers has the SHA-256") as refused:
        check_files(version, recorded)
    assert not isinstance(refused.value, NotLoadableNowError)


def test_a_version_that_is_half_copied_is_refused_for_now(version: Path):
    recorded, vocabulary = record_of(str(version)), version / "assets" / "carriers"
    vocabulary.write_text("AA\nB6\n")
    with pytest.raises(IncompleteModelError, match=r"assets/carriers has 6 bytes, and had 12; a part of it"):
        check_files(version, recorded)
    vocabulary.unlink()
    with pytest.raises(IncompleteModelError, match=r"assets/carriers is missing; a part of it is not there"):
        check_files(version, recorded)
    vocabulary.write_text("AA\nB6\nDL\nUA\n")
    check_files(version, recorded)


def test_a_version_that_cannot_be_read_now_is_refused_for_now(version: Path):
    recorded = record_of(str(version))
    with (
        no_more_files(),
        pytest.raises(NotLoadableNowError, match=r"it cannot be read: .* Too many open files"),
    ):
        check_files(version, recorded)
    check_files(version, recorded)


def test_a_version_from_before_files_were_recorded_passes_with_a_warning(
    version: Path, caplog: pytest.LogCaptureFixture
):
    check_files(version, "")
    assert caplog.messages == [f"{version} is loaded unchecked: it was released before files were recorded"]


class Recorded:
    """A registry that tells the same models each time, or cannot be read."""

    def __init__(self, models: Models | None) -> None:
        self._models = models

    def read(self) -> Models:
        if self._models is None:
            raise UserError("metadata.sqlite is locked")
        return self._models


def on_record(files: str) -> Recorded:
    return Recorded(Models((registered(1, files=files), registered(2, name="ships", files=files))))


def test_a_registered_version_with_its_files_passes(version: Path):
    recorded = record_of(str(version))
    check_on_record(on_record(recorded), "flights", version, recorded)


def test_who_changes_a_model_and_the_record_beside_it_is_found_by_the_registry(version: Path):
    registry = on_record(record_of(str(version)))
    (version / "saved_model.pb").write_bytes(b"planted")
    with pytest.raises(ModelLoadError, match=r"serving\.json names other files than its release"):
        check_on_record(registry, "flights", version, record_of(str(version)))
    with pytest.raises(ModelLoadError, match=r"serving\.json names other files than its release"):
        check_on_record(registry, "flights", version, "")


@pytest.mark.parametrize("name", ["ships", "planes"])
def test_a_version_that_no_release_of_this_name_registered_is_refused(version: Path, name: str):
    recorded = record_of(str(version))
    registry = Recorded(Models((registered(1 if name == "planes" else 3, name="ships", files=recorded),)))
    with pytest.raises(ModelLoadError, match=f"no model '{name}' is registered with the number 1"):
        check_on_record(registry, name, version, recorded)


def test_while_the_registry_cannot_be_read_nothing_new_is_loaded(version: Path):
    with pytest.raises(NotLoadableNowError, match="is locked"):
        check_on_record(Recorded(None), "flights", version, record_of(str(version)))
