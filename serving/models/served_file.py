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

from serving.json_fields import FieldError, fields, flag, listed, number, text, whole
from serving.models.version_folders import MAX_VERSION
from serving.regular_file import read_text
from serving.rollout import plan as rollout_plan
from serving.rollout.plan import RolloutPlan

FILE_NAME = "serving.json"  # in the folder of the numbered version folders
FORMAT = 2
_BEFORE_ROLLOUTS = 1  # a format that is still read: it knows no rollout
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
class ServedRollout:
    """A rollout that is under way.

    Attributes:
      plan: of it.
      stage: index of the stage it is in.
      paused: whether its stage is not left, whatever the evidence; guards turn back all the same.
      candidate: number of the version that is rolled out.
    """

    plan: RolloutPlan
    stage: int
    paused: bool
    candidate: int


@dataclass(frozen=True)
class ServedFile:
    """What serves of one model; without versions nothing does.

    Raises:
      ServedFileError: on construction, where a number, a version or a label stands twice, where there are
        versions and their shares do not add up to 1, or where a rollout does not fit the versions.
    """

    model: str
    versions: tuple[ServedEntry, ...] = ()
    rollout: ServedRollout | None = None

    def __post_init__(self) -> None:
        self._unique("number", (each.number for each in self.versions))
        self._unique("version", (each.version for each in self.versions))
        self._unique("label", (label for each in self.versions for label in each.labels))
        shares = math.fsum(each.share for each in self.versions)
        if self.versions and not math.isclose(shares, 1):
            raise ServedFileError(f"the shares of {self.model!r} add up to {shares:g}, not to 1")
        self._check_rollout()

    def _check_rollout(self) -> None:
        if self.rollout is None:
            return
        if self.rollout.stage >= len(self.rollout.plan.stages):
            raise ServedFileError(f"the rollout of {self.model!r} has no stage {self.rollout.stage}")
        if self.rollout.candidate not in {each.number for each in self.versions}:
            raise ServedFileError(
                f"the rollout of {self.model!r} is of {self.rollout.candidate}, not named here"
            )

    def _unique(self, what: str, values: Iterable[object]) -> None:
        seen = set()
        for value in values:
            if value in seen:
                raise ServedFileError(f"the {what} {value!r} of {self.model!r} stands twice")
            seen.add(value)

    @property
    def default(self) -> ServedEntry | None:
        """The version that answers the requests that name none, but for a rollout's share of them.

        None where nothing serves, or where several versions share the requests without a rollout.
        """
        candidate = self.rollout.candidate if self.rollout else None
        serving = [each for each in self.versions if each.share > 0 and each.number != candidate]
        return serving[0] if len(serving) == 1 else None


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
        return _from_text(read_text(path))
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
        "rollout": asdict(served.rollout) if served.rollout else None,
    }
    return json.dumps(values, indent=1) + "\n"


def _from_text(text_: str) -> ServedFile:
    values = json.loads(text_)
    known = values.get("format") if isinstance(values, dict) else None
    if known == _BEFORE_ROLLOUTS:
        values = {**values, "rollout": None}
    elif known != FORMAT:
        raise ServedFileError(f"its format is {known!r:.40}, and this reader knows {FORMAT}")
    try:
        return _served(values)
    except FieldError as error:
        raise ServedFileError(str(error)) from error


def _served(values: object) -> ServedFile:
    model, written, versions, rollout = fields(
        values, "the file", "format", "model", "written", "versions", "rollout"
    )[1:]
    _check_time(written)
    return ServedFile(
        text(model, "model"),
        tuple(_entry(each) for each in listed(versions, "versions")),
        None if rollout is None else _rollout(rollout),
    )


def _entry(values: object) -> ServedEntry:
    number_, version, labels, share, files = fields(
        values, "a version", "number", "version", "labels", "share", "files"
    )
    version = text(version, "version")
    return ServedEntry(
        whole(number_, "number", 1, MAX_VERSION),
        version,
        tuple(text(each, f"a label of {version}") for each in listed(labels, f"labels of {version}")),
        number(share, f"share of {version}", 0, 1),
        text(files, f"files of {version}", empty=True),
    )


def _rollout(values: object) -> ServedRollout:
    plan, stage, paused, candidate = fields(values, "rollout", "plan", "stage", "paused", "candidate")
    return ServedRollout(
        rollout_plan.from_values(plan),
        whole(stage, "stage of the rollout", 0),
        flag(paused, "paused of the rollout"),
        whole(candidate, "candidate of the rollout", 1),
    )


def _check_time(written: object) -> None:
    try:
        at = dt.datetime.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ServedFileError(f"written is {written!r:.40}, not a time with its zone")
