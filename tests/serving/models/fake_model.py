"""A model without TensorFlow, and version folders that hold it."""

from pathlib import Path


class FakeModel:
    """Knows where it came from, and whether it was freed."""

    def __init__(self, folder: Path) -> None:
        if (folder / "saved_model.pb").read_text() == "bad":
            raise RuntimeError(f"{folder.name} is bad")
        self.folder = folder
        self.closed = False

    def close(self) -> None:
        self.closed = True


def release(base: Path, name: str, content: str = "good") -> Path:
    """Writes a version folder; one with the content "bad" fails to load."""
    (base / name).mkdir(exist_ok=True)
    (base / name / "saved_model.pb").write_text(content)
    return base / name
