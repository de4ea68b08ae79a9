"""What the gate on data finds: faults planted into windows of the year, beside windows left untouched.

Every fault is planted into the newest day, or the newest three, of each window of 60 days that ends on every
third day; and windows a week apart are judged untouched. Rows go through the rules and profiles of the gate
itself; TFX takes no part. Written for the sample's columns.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from benchmarks.planted_faults import FAULTS, Fault, Frame
from components.data_gate.baseline import baseline_of
from components.data_gate.day import Day
from components.data_gate.day_profile import DayProfile, profile_of
from components.data_gate.policy import DataGatePolicy
from components.data_gate.window_rule import judge_days
from components.gates.verdict import Check
from monitoring.baseline import Baseline
from pipeline.config.gate_columns import gate_columns
from pipeline.config.load import load
from trainer import features

WINDOW, EVAL_DAYS, EVERY, FIRST_END, MOST_WARNED = 60, 14, 3, 59, 3
Judgeable = tuple[int, DayProfile]  # rows that the source has, and the profile of those kept


class Year:
    """The days of the sample, read once, with their profiles."""

    def __init__(self, folder: Path, policy: DataGatePolicy):
        table = features.TABLE
        self._types = {
            column.name: {"int64": pa.int64(), "float32": pa.float32(), "string": pa.string()}[column.dtype]
            for column in table.columns
        }
        self.policy = policy
        self._columns = gate_columns(table)
        paths = sorted(folder.glob("*.csv"))
        self.days = [dt.date.fromisoformat(path.stem) for path in paths]
        self.frames = [_read(path, self._types) for path in paths]
        self.clean = [self.profile(frame) for frame in self.frames]
        self._seen: dict[tuple[int, int], Baseline] = {}

    def profile(self, frame: Frame) -> tuple[int, DayProfile]:
        """Returns how many rows a day has, and the profile of those with a label."""
        labelled = frame[frame[features.LABEL].notna()]
        arrays = {name: _as_array(labelled[name], kind) for name, kind in self._types.items()}
        return len(frame), profile_of(arrays, self._columns)

    def judge(self, end: int, planted: Mapping[int, Judgeable], newest: int) -> tuple[Check, ...]:
        """Returns the failed checks of the window that ends with a day, of which the newest are new.

        Args:
          end: position of the window's last day.
          planted: position of a day to what stands in its place.
          newest: how many days the champion has not seen.
        """
        positions = range(end - WINDOW + 1, end + 1)
        days = [
            self._day(position, planted.get(position, self.clean[position]), end) for position in positions
        ]
        if (end, newest) not in self._seen:
            clean = [self._day(position, self.clean[position], end) for position in positions]
            self._seen[(end, newest)] = baseline_of(clean[:-newest])
        seen = self._seen[(end, newest)]
        judged = judge_days(days, self.policy, features.LABEL, baseline=seen, why_no_baseline="")
        return tuple(check for check in judged.checks if not check.passed)

    def _day(self, position: int, of: Judgeable, end: int) -> Day:
        read, profile = of
        day = self.days[position]
        refused = {"no label": read - profile.rows}
        return Day(day, day, position > end - EVAL_DAYS, read, refused, profile)


def _as_array(values: pd.Series, kind: pa.DataType) -> pa.Array:
    is_rounded = pa.types.is_integer(kind) and pd.api.types.is_float_dtype(values)
    return pa.Array.from_pandas(values.round() if is_rounded else values, type=kind)


def _read(path: Path, types: Mapping[str, pa.DataType]) -> Frame:
    options = pa.csv.ConvertOptions(
        column_types=types, include_columns=list(types), strings_can_be_null=True, null_values=[""]
    )
    return pa.csv.read_csv(path, convert_options=options).to_pandas(
        types_mapper={pa.int64(): pd.Int64Dtype()}.get
    )


@dataclasses.dataclass(frozen=True)
class Measured:
    """What a benchmark of a gate found.

    Attributes:
      text: tables in Markdown.
      broken: what does not hold of what is promised.
    """

    text: str
    broken: tuple[str, ...]


def measure(folder: Path) -> Measured:
    """Plants every fault into the windows of the year, and judges untouched windows."""
    year = Year(folder, load("local").data_gate)
    clean, not_kept = _untouched(year, every=7, newest=7)
    daily, not_kept_daily = _untouched(year, every=4, newest=1)
    not_kept += not_kept_daily
    lines = [
        f"{len(_ends(year))} windows of {WINDOW} days, one ends on every third day; the fault is in the "
        "newest day or days. A found fault stops the run, or warns.",
        "",
        "| fault | days | check | found by it | found by any | stopped |",
        "|---|---|---|---|---|---|",
    ]
    for fault in FAULTS:
        shares = _found(year, fault)
        print(fault.name, *(f"{share:.0%}" for share in shares), file=sys.stderr)
        cells = " | ".join(f"{100 * share:.0f} %" for share in shares)
        lines.append(f"| {fault.name} | {fault.days} | `{fault.check}` | {cells} |")
        if shares[1] < fault.least:
            not_kept.append(f"{fault.name}: found in {shares[1]:.0%}, promised are {fault.least:.0%}")
    return Measured("\n".join([*lines, "", clean, "", daily]), tuple(not_kept))


def _ends(year: Year) -> range:
    return range(FIRST_END, len(year.days), EVERY)


def _found(year: Year, fault: Fault) -> tuple[float, float, float]:
    """Returns the share of windows in which a fault is found by its check, by any, and stops the run."""
    by_check = by_any = stopped = 0
    for end in _ends(year):
        random = np.random.default_rng(end)
        earlier = year.frames[: end - fault.days + 1]
        planted = {
            position: year.profile(fault.plant(year.frames[position], random, earlier))
            for position in range(end - fault.days + 1, end + 1)
        }
        found = year.judge(end, planted, 3)
        by_check += fault.check in {check.name for check in found}
        by_any += bool(found)
        stopped += any(check.closes for check in found)
    windows = len(_ends(year))
    return by_check / windows, by_any / windows, stopped / windows


def _untouched(year: Year, every: int, newest: int) -> tuple[str, list[str]]:
    """Returns what is said of untouched windows so many days apart, and what is broken."""
    ends = range(FIRST_END, len(year.days), every)
    stops = warned = 0
    said = []
    start = time.process_time()
    for end in ends:
        found = year.judge(end, {}, newest)
        closed = any(check.closes for check in found)
        stops += closed
        warned += bool(found) and not closed
        said += [f"{year.days[end]}: {check.subject}, `{check.name}`" for check in found]
    seconds = (time.process_time() - start) / len(ends)
    which = f" ({'; '.join(said)})" if said else ""
    text = (
        f"Untouched windows, one ends on every {every}th day, with {newest} new days: {stops} of {len(ends)} "
        f"stopped, {warned} warned{which}. {seconds:.2f} s of CPU time a window."
    )
    broken = [f"{stops} untouched windows were stopped"] if stops else []
    if warned > MOST_WARNED:
        broken.append(f"{warned} untouched windows warned, promised are {MOST_WARNED}")
    return text, broken
