"""A version is served if a release names its number, and its files are those of that release."""

from pathlib import Path

import pytest

from components.model_files.folder import record_of
from pipeline.lineage import served
from pipeline.lineage.served import check_served, files_of
from pipeline.runners.workspace import Workspace
from serving.errors import ModelLoadError, NotReleasedError


class Released:
    """Stands in for a run, of which two properties are looked at."""

    def __init__(self, version: str, files: str | None, name: str = "flights"):
        self.released, self.released_name = version, name
        self.release = type("Record", (), {"properties": {} if files is None else {"files": files}})()


RUNS = [
    Released("1.0.1", None),
    Released("1.0.2", "two"),
    Released("1.1.12", "twelve"),
    Released("1.0.3", "x", "o"),
]


@pytest.mark.parametrize(
    ("number", "files"),
    [("1", ""), ("2", "two"), ("12", "twelve"), ("3", None), ("0", None), ("1.0.2", None)],
)
def test_the_record_is_that_of_the_release_of_the_number(number: str, files: str | None):
    assert files_of(RUNS, "flights", number) == files


def test_what_stopped_runs_left_is_no_release():
    stopped = Released("1.0.1", "one")
    stopped.release = None
    assert files_of([stopped], "flights", "1") is None


def test_a_version_that_no_release_names_is_refused_and_may_come(tmp_path: Path):
    with pytest.raises(NotReleasedError, match="no release of 'flights' has the number 9"):
        check_served(Workspace(tmp_path).metadata, "flights", tmp_path / "9")


def test_a_version_with_a_changed_file_is_refused_for_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    version = tmp_path / "1"
    version.mkdir()
    (version / "saved_model.pb").write_bytes(b"graph")
    recorded = record_of(str(version))
    monkeypatch.setattr(served, "files_of", lambda *_: recorded)
    check_served(Workspace(tmp_path).metadata, "flights", version)
    (version / "saved_model.pb").write_bytes(b"other")
    with pytest.raises(ModelLoadError, match=r"saved_model\.pb has the SHA-256") as refused:
        check_served(Workspace(tmp_path).metadata, "flights", version)
    assert not isinstance(refused.value, NotReleasedError)
