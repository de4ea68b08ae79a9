"""The life of one version: each arrow of the state machine."""

from pathlib import Path

from serving.models.lifecycle import ServedVersion, State
from tests.serving.models.fake_model import FakeModel, release


def test_loading_to_available_when_the_model_is_loaded(tmp_path: Path) -> None:
    version: ServedVersion[FakeModel] = ServedVersion(1, release(tmp_path, "1"))
    assert version.state is State.LOADING
    assert not version.enter()
    assert version.load(FakeModel)
    assert version.state is State.AVAILABLE
    assert version.enter()


def test_loading_to_end_with_its_error_when_the_model_fails_to_load(tmp_path: Path) -> None:
    version: ServedVersion[FakeModel] = ServedVersion(1, release(tmp_path, "1", "bad"))
    assert not version.load(FakeModel)
    assert (version.state, version.error) == (State.END, "1 is bad")
    assert not version.enter()


def test_available_to_unloading_while_a_request_is_in_it(tmp_path: Path) -> None:
    version: ServedVersion[FakeModel] = ServedVersion(1, release(tmp_path, "1"))
    version.load(FakeModel)
    version.enter()
    version.unload()
    assert version.state is State.UNLOADING
    assert not version.model.closed
    assert not version.enter()


def test_unloading_to_end_when_the_last_request_leaves(tmp_path: Path) -> None:
    version: ServedVersion[FakeModel] = ServedVersion(1, release(tmp_path, "1"))
    version.load(FakeModel)
    version.enter()
    version.enter()
    model = version.model
    version.unload()
    version.leave()
    assert (version.state, model.closed) == (State.UNLOADING, False)
    version.leave()
    assert (version.state, model.closed) == (State.END, True)
