"""A model without TensorFlow, version folders that hold it, and what a request sees of them."""

from pathlib import Path

from serving.errors import NotFoundError
from serving.models.follower import Follower
from serving.models.versions import ModelVersions


class FakeModel:
    """Knows where it came from, and whether it was freed."""

    def __init__(self, folder: Path) -> None:
        if (folder / "saved_model.pb").read_text() == "bad":
            raise RuntimeError(f"{folder.name} is bad")
        self.folder = folder
        self.closed = False

    def close(self) -> None:
        self.closed = True


def load_fake(folder: Path, files: str) -> FakeModel:  # noqa: ARG001 - what loads a model is given its record
    """Loads without a look at the record."""
    return FakeModel(folder)


def release(base: Path, name: str, content: str = "good") -> Path:
    """Writes a version folder; one with the content "bad" fails to load."""
    (base / name).mkdir(exist_ok=True)
    (base / name / "saved_model.pb").write_text(content)
    return base / name


def served(follower: Follower[FakeModel], version: int | str | None = None) -> int | None:
    """Returns the version that a request is answered by; None if it is refused."""
    try:
        with ModelVersions(follower).acquire("m", version) as found:
            assert not found.model.closed
            return found.number
    except NotFoundError:
        return None


def states(follower: Follower[FakeModel]) -> dict[int, str]:
    """Returns the states of all versions that were ever seen."""
    return {status.version: status.state.name for status in ModelVersions(follower).all_statuses()}
