"""The file beside a model's versions that names those that serve: format, strict reader, atomic writer."""

from __future__ import annotations

import datetime as dt
import json
import math
import os
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FILE_NAME = "serving.json"  # in the folder of the numbered version folders
FORMAT = 1
_STAGED = f".{FILE_NAME}."  # what the names of files that are being written begin with


class ServedFileError(ValueError):
    """A file that does not say what serves: one sentence that names the file and what is wrong with it."""


@dataclass(frozen=True)
class ServedEntry:
    """A version that a server keeps loaded.

    Attributes:
      number: of its folder, from 1.
      version: MAJOR.MINOR.PIPELINE.
      labels: what it is called besides; a label names one version of a file.
      share: of the requests that name no version, from 0.0 to 1.0.
      files: the record of its files, as text; empty if none was made (an old release).
    """

    number: int
    version: str
    labels: tuple[str, ...]
    share: float
    files: str


@dataclass(frozen=True)
class ServedFile:
    """What serves of one model; without versions nothing does.

    Raises:
      ServedFileError: on construction, where a number, a version or a label stands twice, or where there are
        versions and their shares do not add up to 1.
    """

    model: str
    versions: tuple[ServedEntry, ...] = ()

    def __post_init__(self) -> None:
        self._unique("number", (each.number for each in self.versions))
        self._unique("version", (each.version for each in self.versions))
        self._unique("label", (label for each in self.versions for label in each.labels))
        shares = math.fsum(each.share for each in self.versions)
        if self.versions and not math.isclose(shares, 1):
            raise ServedFileError(f"the shares of {self.model!r} add up to {shares:g}, not to 1")

    def _unique(self, what: str, values: Iterable[object]) -> None:
        seen = set()
        for value in values:
            if value in seen:
                raise ServedFileError(f"the {what} {value!r} of {self.model!r} stands twice")
            seen.add(value)

    @property
    def default(self) -> ServedEntry | None:
        """The version that answers all requests that name none; None where nothing does, or several do."""
        return next((each for each in self.versions if each.share == 1), None)


def path_in(folder: Path) -> Path:
    """Returns the path of the file in the folder of a model's versions."""
    return folder / FILE_NAME


def write(folder: Path, served: ServedFile) -> None:
    """Replaces the file of a folder in one step: a reader finds the old or the new one, also after a crash.

    Args:
      folder: of the model's versions; made if it does not exist.
      served: what is to serve.

    Raises:
      OSError: it cannot be written (a full disk); the file is as it was.
    """
    folder.mkdir(parents=True, exist_ok=True)
    staged = folder / f"{_STAGED}{uuid.uuid4().hex}"
    try:
        with staged.open("x", encoding="utf-8") as file:
            file.write(_as_text(served))
            file.flush()
            os.fsync(file.fileno())
        staged.replace(path_in(folder))
    except BaseException:
        staged.unlink(missing_ok=True)
        raise
    _sync(folder)


def remove_unfinished(folder: Path) -> None:
    """Removes what killed writers left in a folder; call it only while no other can be writing there."""
    for staged in folder.glob(f"{_STAGED}*"):
        staged.unlink(missing_ok=True)


def read(folder: Path) -> ServedFile | None:
    """Returns what the file of a folder says; None where there is no file.

    Raises:
      ServedFileError: it cannot be read, or is not such a file.
    """
    path = path_in(folder)
    try:
        return _from_text(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ServedFileError(f"{path} cannot be read: {error.strerror or error}") from error
    except ServedFileError as error:
        raise ServedFileError(f"{path} does not say what serves: {error}") from error
    except (ValueError, RecursionError) as error:  # no UTF-8, no JSON, or a number of thousands of digits
        raise ServedFileError(f"{path} is not JSON: {error}") from error


def _sync(folder: Path) -> None:
    """Makes a renamed file of a folder last."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _as_text(served: ServedFile) -> str:
    values = {
        "format": FORMAT,
        "model": served.model,
        "written": dt.datetime.now(dt.timezone.utc).isoformat(timespec="seconds"),
        "versions": [asdict(each) for each in served.versions],
    }
    return json.dumps(values, indent=1) + "\n"


def _from_text(text: str) -> ServedFile:
    values = json.loads(text)
    known = values.get("format") if isinstance(values, dict) else None
    if known != FORMAT:
        raise ServedFileError(f"its format is {known!r:.40}, and this reader knows {FORMAT}")
    model, written, versions = _fields(values, "the file", "format", "model", "written", "versions")[1:]
    _check_time(written)
    _check_text(model, "model")
    if not isinstance(versions, list):
        raise ServedFileError(f"versions is {versions!r:.40}, not a list")
    return ServedFile(model, tuple(_entry(each) for each in versions))


def _entry(values: object) -> ServedEntry:
    number, version, labels, share, files = _fields(
        values, "a version", "number", "version", "labels", "share", "files"
    )
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise ServedFileError(f"number is {number!r:.40}, not a whole number from 1")
    _check_text(version, "version")
    if not isinstance(labels, list):
        raise ServedFileError(f"labels of {version} is {labels!r:.40}, not a list")
    for label in labels:
        _check_text(label, f"a label of {version}")
    if not isinstance(share, int | float) or isinstance(share, bool) or not 0 <= share <= 1:
        raise ServedFileError(f"share of {version} is {share!r:.40}, not a number from 0 to 1")
    if not isinstance(files, str):
        raise ServedFileError(f"files of {version} is {files!r:.40}, not text")
    return ServedEntry(number, version, tuple(labels), float(share), files)


def _fields(values: object, what: str, *names: str) -> list[Any]:
    """Returns the values of an object that has exactly these names."""
    if not isinstance(values, dict):
        raise ServedFileError(f"{what} is {values!r:.40}, not an object")
    for name in names:
        if name not in values:
            raise ServedFileError(f"{what} has no {name}")
    for name in values:
        if name not in names:
            raise ServedFileError(f"{what} has {name!r:.40}, which this reader does not know")
    return [values[name] for name in names]


def _check_text(value: object, what: str) -> None:
    if not isinstance(value, str) or not value:
        raise ServedFileError(f"{what} is {value!r:.40}, not text")


def _check_time(written: object) -> None:
    try:
        at = dt.datetime.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ServedFileError(f"written is {written!r:.40}, not a time with its zone")
