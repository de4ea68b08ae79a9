"""ImportRules: how the columns of a raw file become the columns of spans. Pure Python.

pipeline/configs/import.yaml holds them; rules_file.py reads and writes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from components.spans.grain import GrainName
from pipeline.data.rules.dialect import Dialect

Reading = Literal["text", "whole", "number", "boolean", "date", "timestamp", "clock"]
READINGS: tuple[str, ...] = get_args(Reading)
GRAINS: tuple[str, ...] = get_args(GrainName)
# The type in trainer/columns.yaml that each reading gives.
DTYPES: dict[Reading, str] = {
    "text": "string",
    "whole": "int64",
    "number": "float32",
    "boolean": "int64",
    "date": "string",
    "timestamp": "string",
    "clock": "int64",
}
LAST_YEAR_OF_2000S = 68  # of two digits, as POSIX has it


@dataclass(frozen=True)
class ColumnRule:
    """How one column is read: one line of import.yaml.

    Whatever the reading, blanks around a cell are cut off, and an empty cell is a missing value.

    Attributes:
      name: in the spans and in trainer/columns.yaml.
      source: its name in the raw file's header (`from` in import.yaml; the same as `name` if left out there).
      reading: what its cells are (`as` in import.yaml). text: as it stands, so codes keep leading zeros.
        whole: 12, also 12.0. number: 12.5. boolean: words for 1 and 0. date: written YYYY-MM-DD in spans; a
        time of day after it is dropped. timestamp: written YYYY-MM-DD HH:MM:SS, in local time; fractions of
        a second and the zone are dropped. clock: a time of day, written hhmm as a whole number.
      nulls: cells that say that nothing is known, as they stand in the file; null codes.
      formats: of a date, timestamp or clock, tried in this order, as for strptime (`format` in import.yaml).
      decimal: what stands before decimals: a point or a comma.
      thousands: what may stand between groups of three digits: nothing, a point, comma, apostrophe or blank.
      remove: what may stand before or after a number and is dropped: currencies, percent signs, units.
      negative_parentheses: whether (5) is -5.
      ones: words for 1, in any case, of a boolean.
      zeros: words for 0.
      pivot: the last two-digit year of this century; those above it are of the century before.
    """

    name: str
    source: str
    reading: Reading = "text"
    nulls: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    decimal: str = "."
    thousands: str = ""
    remove: tuple[str, ...] = ()
    negative_parentheses: bool = False
    ones: tuple[str, ...] = ()
    zeros: tuple[str, ...] = ()
    pivot: int = LAST_YEAR_OF_2000S

    @property
    def dtype(self) -> str:
        """The type of its values in trainer/columns.yaml."""
        return DTYPES[self.reading]


@dataclass(frozen=True)
class LeftOut:
    """A column of the raw file that spans do not have.

    Attributes:
      source: its name in the raw file's header.
      reason: why, for the reader of import.yaml.
    """

    source: str
    reason: str


@dataclass(frozen=True)
class ImportRules:
    """How a raw file becomes spans.

    Attributes:
      dialect: of the file.
      grain: how much one span holds; file: undated rows, one span for each file.
      date: name of the column, of reading `date`, by which rows are grouped; None for grain `file`.
      columns: in the order in which spans have them. Two may have one source: a timestamp and its date.
      left_out: columns of the file that are not imported; one that is in neither list is refused as new.
    """

    dialect: Dialect
    grain: GrainName
    date: str | None
    columns: tuple[ColumnRule, ...]
    left_out: tuple[LeftOut, ...] = ()
