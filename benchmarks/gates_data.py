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
from components.data_gate.changes_rule import Change, changes
from components.data_gate.day_facts import DayFacts, Finding
from components.data_gate.day_profile import DayProfile, profile_of
from components.data_gate.days_rule import findings
from components.data_gate.facts import facts_of
from components.data_gate.policy import DataGatePolicy
from pipeline.config.gate_columns import gate_columns
from pipeline.config.load import load
from trainer import features

WINDOW, EVERY, FIRST_END, MOST_WARNED = 60, 3, 59, 3


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

    def profile(self, frame: Frame) -> tuple[int, DayProfile]:
        """Returns how many rows a day has, and the profile of those with a label."""
        labelled = frame[frame[features.LABEL].notna()]
        arrays = {name: _as_array(labelled[name], kind) for name, kind in self._types.items()}
        return len(frame), profile_of(arrays, self._columns)

    def judge(
        self, end: int, planted: Mapping[int, tuple[int, DayProfile]], newest: int
    ) -> tuple[list[Finding], tuple[Change, ...]]:
        """Returns what the rules say of the window that ends with a day, some days planted."""
        positions = range(end - WINDOW + 1, end + 1)
        days = [planted.get(position, self.clean[position]) for position in positions]
        facts: list[DayFacts] = [
            facts_of(
                self.days[position],
                self.days[position],
                profile,
                read=read,
                refused={"no label": read - profile.rows},
                label=features.LABEL,
                evaluates=position > end - 14,
                judged=position > end - newest,
            )
            for position, (read, profile) in zip(positions, days, strict=True)
        ]
        limits = self.policy.limits
        columns = {
            name: [profile.columns[name] for _, profile in days]
            for name in self.clean[end][1].columns
            if name != features.LABEL and self._differs(name, planted)
        }
        judged = range(WINDOW - newest + self.policy.newest_days - 1, WINDOW)
        found = list(findings(facts, limits.least_history, limits.most_history))
        return found, changes(columns, judged, limits)

    def _differs(self, column: str, planted: Mapping[int, tuple[int, DayProfile]]) -> bool:
        """Whether a column has to be looked at: without planted days, or where they changed it."""
        return not planted or any(
            not _equal(profile.columns[column], self.clean[position][1].columns[column])
            for position, (_, profile) in planted.items()
        )


def _as_array(values: pd.Series, kind: pa.DataType) -> pa.Array:
    is_rounded = pa.types.is_integer(kind) and pd.api.types.is_float_dtype(values)
    return pa.Array.from_pandas(values.round() if is_rounded else values, type=kind)


def _equal(ours: object, theirs: object) -> bool:
    return repr(dataclasses.astuple(ours)) == repr(dataclasses.astuple(theirs))  # type: ignore[call-overload]


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
    clean, not_kept = _untouched(year)
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
    return Measured("\n".join([*lines, "", *clean]), tuple(not_kept))


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
        found, changed = year.judge(end, planted, 3)
        checks = {each.check for each in found} | {each.statistic for each in changed}
        by_check += fault.check in checks
        by_any += bool(checks)
        stopped += any(_stops(each, year.policy) for each in (*found, *changed))
    windows = len(_ends(year))
    return by_check / windows, by_any / windows, stopped / windows


def _untouched(year: Year) -> tuple[list[str], list[str]]:
    """Returns what is said of untouched windows a week apart, with seven new days, and what is broken."""
    ends = range(FIRST_END, len(year.days), 7)
    stops = warned = 0
    said = []
    start = time.process_time()
    for end in ends:
        found, changed = year.judge(end, {}, 7)
        stopping = [each for each in (*found, *changed) if _stops(each, year.policy)]
        stops += bool(stopping)
        warned += bool(changed or found) and not stopping
        said += [f"{year.days[end]}: {each.column}, `{each.statistic}`" for each in changed]
        said += [f"{each.subject}: `{each.check}`" for each in found]
    seconds = (time.process_time() - start) / len(ends)
    which = f" ({'; '.join(said)})" if said else ""
    lines = [
        f"Untouched windows, a week apart, with seven new days each: {stops} of {len(ends)} stopped, "
        f"{warned} warned{which}. {seconds:.2f} s of CPU time a window."
    ]
    broken = [f"{stops} untouched windows were stopped"] if stops else []
    if warned > MOST_WARNED:
        broken.append(f"{warned} untouched windows warned, promised are {MOST_WARNED}")
    return lines, broken


def _stops(found: Finding | Change, policy: DataGatePolicy) -> bool:
    if isinstance(found, Finding):
        return policy.reaction(found.check) == "stop"
    return policy.reaction_to_change(found.statistic, found.column, found.times) == "stop"
