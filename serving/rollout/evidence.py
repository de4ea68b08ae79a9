"""What servers saw of a rollout: counted by stage, kept in a file a server, summed for who decides.

Within a stage the candidate's share of the traffic does not change, so counts say all that the guards need.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from serving.json_fields import FieldError, fields, listed, number, text, whole
from serving.regular_file import read_text

FORMAT = 1
FOLDER = "rollouts"  # in the folder of the numbered version folders
CANDIDATE, CHAMPION, PAIRS = "candidate", "champion", "pairs"
SIDES = (CANDIDATE, CHAMPION)
ERRORS, ANSWERS, SLOW = "errors", "answers", "slow"
EVENTS = (ERRORS, ANSWERS, SLOW)  # guards that count bad events
MOST_STAGES = 1_000  # of a plan, for readers who do not know it
# Guards square sums, and add them up: none of that overflows within these.
_MOST, _LARGEST_SUM, _LARGEST_SQUARES, _LARGEST_LABEL = 10**15, 1e150, 1e300, 1e100
_STAGE = re.compile(r"0|[1-9][0-9]{0,2}", re.ASCII)


class EvidenceError(ValueError):
    """A file that holds no evidence: one sentence that names it."""


@dataclasses.dataclass(frozen=True)
class Sums:
    """Sums over requests that both versions answered; of the first output that is a number, a row each.

    Attributes:
      count: rows.
      difference, difference_squares: of candidate − champion.
      champion, champion_squares: of the champion's answers.
    """

    count: int = 0
    difference: float = 0.0
    difference_squares: float = 0.0
    champion: float = 0.0
    champion_squares: float = 0.0

    def __add__(self, other: Sums) -> Sums:
        return Sums(*(a + b for a, b in zip(_plain(self), _plain(other), strict=True)))


@dataclasses.dataclass(frozen=True)
class StageEvidence:
    """What is known of one stage.

    Attributes:
      requests: asked of the candidate, of the champion, and of both as a pair.
      bad: keys of bad events by guard and side. A key counts once, however often its client calls: five bad
        sticky clients would turn back every model.
      slow_over_ms: what a slow call is, measured on the champion when the stage began; None before.
      pairs: predictions of both.
    """

    requests: Mapping[str, int] = dataclasses.field(default_factory=dict)
    bad: Mapping[str, Mapping[str, frozenset[int]]] = dataclasses.field(default_factory=dict)
    slow_over_ms: float | None = None
    pairs: Sums = dataclasses.field(default_factory=Sums)

    def keys(self, guard: str, side: str) -> frozenset[int]:
        """Returns the keys of the bad events of a guard on one side."""
        return self.bad.get(guard, {}).get(side, frozenset())

    def __add__(self, other: StageEvidence) -> StageEvidence:
        requests = {
            each: self.requests.get(each, 0) + other.requests.get(each, 0) for each in (*SIDES, PAIRS)
        }
        bad = {
            guard: {side: self.keys(guard, side) | other.keys(guard, side) for side in SIDES}
            for guard in EVENTS
        }
        known = [each for each in (self.slow_over_ms, other.slow_over_ms) if each is not None]
        return StageEvidence(requests, bad, min(known, default=None), self.pairs + other.pairs)


@dataclasses.dataclass(frozen=True)
class Labelled:
    """What the labels of one day say of both versions.

    Attributes:
      day: ISO date.
      rows: with a label.
      champion, candidate: the metric of each; higher is better.
      difference: candidate − champion, of the same rows.
      standard_error: of the difference.
    """

    day: str
    rows: int
    champion: float
    candidate: float
    difference: float
    standard_error: float


@dataclasses.dataclass(frozen=True)
class TurnedBack:
    """That a server turned the candidate back by itself: by which guard, in which words, when (ISO time)."""

    guard: str
    text: str
    at: str


@dataclasses.dataclass(frozen=True)
class Evidence:
    """All that is known of a rollout.

    Attributes:
      stages: by their index in the plan.
      labelled: by day, in order.
      turned_back: by a server; the first where several did.
    """

    stages: Mapping[int, StageEvidence] = dataclasses.field(default_factory=dict)
    labelled: tuple[Labelled, ...] = ()
    turned_back: TurnedBack | None = None

    def stage(self, index: int) -> StageEvidence:
        """Returns what is known of a stage."""
        return self.stages.get(index, StageEvidence())

    def __add__(self, other: Evidence) -> Evidence:
        stages = {
            index: self.stage(index) + other.stage(index) for index in sorted({*self.stages, *other.stages})
        }
        by_day = {each.day: each for each in (*self.labelled, *other.labelled)}
        turned = [each for each in (self.turned_back, other.turned_back) if each]
        return Evidence(
            stages,
            tuple(by_day[day] for day in sorted(by_day)),
            min(turned, key=lambda each: each.at, default=None),
        )


def folder_of(models: Path, rollout: str) -> Path:
    """Returns the folder of a rollout's evidence, below that of a model's versions."""
    return models / FOLDER / rollout


def write(folder: Path, name: str, evidence: Evidence) -> None:
    """Replaces the file of one writer in one step.

    Args:
      folder: of the rollout; made if it does not exist.
      name: of the writer, the same after a restart.
      evidence: what this writer saw.

    Raises:
      OSError: it cannot be written; the file is as it was.
    """
    folder.mkdir(parents=True, exist_ok=True)
    staged = folder / f".{name}.{uuid.uuid4().hex}"
    try:
        with staged.open("x", encoding="utf-8") as file:
            json.dump(_values(evidence), file)
            file.flush()
            if evidence.turned_back:
                os.fsync(file.fileno())
        staged.replace(_path(folder, name))
    except BaseException:
        staged.unlink(missing_ok=True)
        raise


def read(folder: Path, name: str, stages: int = MOST_STAGES) -> Evidence:
    """Returns what one writer saw; nothing where there is no file.

    Args:
      folder: of the rollout.
      name: of the writer.
      stages: how many the rollout's plan has.

    Raises:
      EvidenceError: the file holds no evidence of such a plan, or cannot be read.
    """
    path = _path(folder, name)
    try:
        return _evidence(json.loads(read_text(path)), stages)
    except FileNotFoundError:
        return Evidence()
    except OSError as error:
        raise EvidenceError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise EvidenceError(f"{path} holds no evidence of a rollout: {error}") from error


def read_all(folder: Path, stages: int = MOST_STAGES) -> Evidence:
    """Returns what all writers saw, summed; keys that several of them saw count once.

    Args:
      folder: of the rollout.
      stages: how many its plan has.

    Raises:
      EvidenceError: a file holds no evidence of such a plan, or cannot be read.
    """
    return sum((read(folder, name, stages) for name in writers(folder)), Evidence())


def writers(folder: Path) -> list[str]:
    """Returns the names of all writers of a rollout."""
    return sorted(path.stem for path in folder.glob("*.json") if not path.name.startswith("."))


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.json"


def _plain(values: Any) -> list[Any]:
    return [getattr(values, each.name) for each in dataclasses.fields(values)]


def _values(evidence: Evidence) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "stages": {str(index): _stage_values(stage) for index, stage in evidence.stages.items()},
        "labelled": [dataclasses.asdict(each) for each in evidence.labelled],
        "turned_back": dataclasses.asdict(evidence.turned_back) if evidence.turned_back else None,
    }


def _stage_values(stage: StageEvidence) -> dict[str, Any]:
    return {
        "requests": dict(stage.requests),
        "bad": {g: {side: sorted(keys) for side, keys in sides.items()} for g, sides in stage.bad.items()},
        "slow_over_ms": stage.slow_over_ms,
        "pairs": dataclasses.asdict(stage.pairs),
    }


def _evidence(values: object, most_stages: int) -> Evidence:
    known, stages, labelled, turned_back = fields(
        values, "the file", "format", "stages", "labelled", "turned_back"
    )
    if known != FORMAT:
        raise FieldError(f"its format is {known!r:.40}, and this reader knows {FORMAT}")
    return Evidence(
        {_index(index, most_stages): _stage(each) for index, each in _items(stages, "stages")},
        tuple(_labelled(each) for each in listed(labelled, "labelled")),
        None if turned_back is None else _turned_back(turned_back),
    )


def _index(text_: str, stages: int) -> int:
    if not _STAGE.fullmatch(text_) or int(text_) not in range(stages):
        raise FieldError(f"it has a stage {text_!r:.40}, and they are numbered from 0 to {stages - 1}")
    return int(text_)


def _stage(values: object) -> StageEvidence:
    requests, bad, slow, pairs = fields(values, "a stage", "requests", "bad", "slow_over_ms", "pairs")
    names = [each.name for each in dataclasses.fields(Sums)]
    count, *sums = fields(pairs, "pairs", *names)
    shift, shift_squares, champion, champion_squares = sums
    return StageEvidence(
        {
            side: whole(count, f"requests of the {side}", 0, _MOST)
            for side, count in _items(requests, "requests")
        },
        {
            guard: {
                side: frozenset(whole(key, "a key", 0) for key in listed(keys, f"{guard} of the {side}"))
                for side, keys in _items(sides, guard)
            }
            for guard, sides in _items(bad, "bad")
        },
        None if slow is None else number(slow, "slow_over_ms", 0, _LARGEST_SUM),
        Sums(
            whole(count, "count of pairs", 0, _MOST),
            number(shift, "difference of pairs", -_LARGEST_SUM, _LARGEST_SUM),
            number(shift_squares, "difference_squares of pairs", 0, _LARGEST_SQUARES),
            number(champion, "champion of pairs", -_LARGEST_SUM, _LARGEST_SUM),
            number(champion_squares, "champion_squares of pairs", 0, _LARGEST_SQUARES),
        ),
    )


def _labelled(values: object) -> Labelled:
    names = [each.name for each in dataclasses.fields(Labelled)]
    day, rows, *numbers = fields(values, "a labelled day", *names)
    read = (number(each, "a number of a labelled day", -_LARGEST_LABEL, _LARGEST_LABEL) for each in numbers)
    return Labelled(text(day, "day"), whole(rows, "rows of a labelled day", 1, _MOST), *read)


def _turned_back(values: object) -> TurnedBack:
    guard, words, at = fields(values, "turned_back", "guard", "text", "at")
    return TurnedBack(text(guard, "guard"), text(words, "text"), text(at, "at"))


def _items(values: object, what: str) -> Iterable[tuple[str, Any]]:
    if not isinstance(values, Mapping):
        raise FieldError(f"{what} is {values!r:.40}, not an object")
    return values.items()
