"""Whoever can write files below the root cannot make the next run execute them: a pickle in place of each."""

import pickle
import shutil
from pathlib import Path

import pytest

from components.model_files import folder as model_folder
from components.spans.store import cache_get, cache_put
from tests.e2e.conftest import Project

pytestmark = pytest.mark.e2e

NOT_PLANTED = {"metadata.sqlite", "lock"}  # ML Metadata is SQLite's, read by its own code; the lock is empty


class Touch:
    """Writes a file when it is unpickled."""

    def __init__(self, mark: Path):
        self._mark = mark

    def __reduce__(self):
        return Path.touch, (self._mark,)


def plant(path: Path, content: bytes) -> str:
    """Puts bytes in place of a file, of a kept summary with a checksum that fits; returns the file's kind."""
    if cache_get(str(path.parent), path.name) is None:
        path.write_bytes(content)
        return path.suffix or path.name
    cache_put(str(path.parent), path.name, content)
    return path.name.split("-")[0]


def test_a_pickle_in_place_of_every_kept_file_is_never_loaded(green: Project, tmp_path: Path):
    shutil.copytree(green.folder, tmp_path, dirs_exist_ok=True)
    project = Project(tmp_path, green.data)
    mark = tmp_path / "mark"
    content = pickle.dumps(Touch(mark))
    below = project.workspace.root.rglob("*")
    files = [path for path in below if path.is_file() and path.name not in NOT_PLANTED]
    kinds = {plant(path, content) for path in files}
    assert kinds >= {"statistics", "analysis", "day", ".arrow", ".gz", ".json", ".pb", ".pbtxt", ".tfrecord"}

    # Another window, so that nothing is done already; the champion's files are planted, so it is not asked.
    done = project.call("run", "--until", "2013-02-12", "--ignore-champion", "its files were planted")

    assert not mark.exists(), f"{done.stdout}\n{done.stderr}"
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{project.log_tail()}"
    assert "cannot be read and is made again" in project.log_tail(1_000_000)
    model_folder.check(
        str(project.workspace.served_models("flights") / "2"), project.runs()[-1].release.properties["files"]
    )
    pickle.loads(content)
    assert mark.exists(), "the pickle would not have shown itself either way"
