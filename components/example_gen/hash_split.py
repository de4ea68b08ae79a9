"""The split of a row whose day does not decide it: by a stable hash of what it holds."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import Any

# Which rule decides; another number wherever equal rows may fall on another side than before.
RULE = 2
_HASHES = 1 << 64
# What stands between the values of a row, for a value that is not there, and before the number of a copy.
BETWEEN, NULL, COPY = "\x1f", "\x1e", "\x1d"


@dataclasses.dataclass(frozen=True)
class HashSplit:
    """Which share of the rows judges, and by which of their values they are spread.

    Attributes:
      eval_fraction: share of rows for evaluation.
      columns: name and type of each column whose values decide, by name: the key, or all features.
      spread_copies: whether equal rows of a span are spread one by one, and not kept together.
    """

    eval_fraction: float
    columns: tuple[tuple[str, str], ...]
    spread_copies: bool

    def as_json(self) -> str:
        """Returns the split as ExampleGen takes it, and as a release records it."""
        values = {"rule": RULE, **dataclasses.asdict(self), "columns": dict(self.columns)}
        return json.dumps(values, sort_keys=True)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns whose values decide."""
        return tuple(name for name, _ in self.columns)


def from_json(text: str) -> HashSplit | None:
    """Returns the split that `as_json` wrote; None for the empty text, or where another rule split."""
    return from_values(json.loads(text)) if text else None


def from_values(values: dict[str, Any]) -> HashSplit | None:
    """Returns the split of a record; None where another rule split.

    Raises:
      AttributeError, KeyError, TypeError, ValueError: it is no such record.
    """
    if values["rule"] != RULE:
        return None
    columns = sorted((str(name), str(dtype)) for name, dtype in values["columns"].items())
    return HashSplit(float(values["eval_fraction"]), tuple(columns), bool(values["spread_copies"]))


def keeps_apart(earlier: HashSplit, now: HashSplit) -> bool:
    """Returns whether every row that judges now judged before too, so that `earlier` trained on none of them.

    With a smaller share, the rows that judge are some of those that judged before.
    """
    same = dataclasses.replace(earlier, eval_fraction=now.eval_fraction) == now
    return same and now.eval_fraction <= earlier.eval_fraction


def of_copy(text: str, number: int) -> str:
    """Returns the text of a row's n-th copy, counted from 0; the first has that of the row itself."""
    return f"{text}{COPY}{number}" if number else text


def part_of(text: str, eval_fraction: float) -> str:
    """Returns the split of a row by its text: the same row is in the same split in every run, everywhere.

    Args:
      text: what stands for the row.
      eval_fraction: share of rows for evaluation.
    """
    digest = hashlib.blake2b(text.encode(), digest_size=8, person=b"split").digest()
    return side_of(int.from_bytes(digest, "big"), eval_fraction)


def side_of(row_hash: int, eval_fraction: float) -> str:
    """Returns the split of a row by its hash, 0 to 2**64 - 1: the first share of them is for evaluation."""
    return "eval" if row_hash < eval_fraction * _HASHES else "train"
