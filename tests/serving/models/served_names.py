"""Writes the file that names versions, as a registry does."""

from pathlib import Path

from serving.models import served_file
from serving.models.served_file import ServedEntry, ServedFile


def name_versions(
    folder: Path, model: str, files: dict[int, str] | None = None, **labelled: int
) -> ServedFile:
    """Writes serving.json: `champion` answers all, the others answer those who name them.

    Args:
      folder: of the versions.
      model: as it is served.
      files: the record of the files of a version, by its number; without one they are not checked.
      labelled: numbers by label.
    """
    entries = [
        ServedEntry(
            number, f"1.0.{number}", (label,), float(label == "champion"), (files or {}).get(number, "")
        )
        for label, number in labelled.items()
    ]
    served = ServedFile(model, tuple(entries))
    served_file.write(folder, served)
    return served
