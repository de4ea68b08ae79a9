"""How a stage ended, and the error that ended a run."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping

from ml_metadata.proto import metadata_store_pb2 as mlmd

from pipeline import interrupts
from pipeline.errors import UserError
from pipeline.lineage import store_faults
from pipeline.lineage.mlmd import ERROR, STATE
from pipeline.lineage.runs import FAILED, INTERRUPTED
from pipeline.spans.left_out import name_days

READER_GONE = "whoever read its output went away"  # `evergreen run | head -1`


@dataclasses.dataclass(frozen=True)
class StageEnd:
    """How a stage ended: done, cached, closed (a gate said no), failed or skipped; with a note for people."""

    state: str
    note: str = ""


def failed(fault: BaseException) -> StageEnd:
    """Returns the end of a stage that raised an error.

    Raises:
      KeyboardInterrupt: an interruption is behind the error.
    """
    interrupts.check(fault)
    return StageEnd("failed", one_line(fault))


def broken_off(fault: BaseException) -> dict[str, str]:
    """Returns what is recorded of a run that an error ended: interrupted, or failed and why."""
    if interrupts.is_behind(fault):
        return {STATE: INTERRUPTED}
    gone = isinstance(fault, SystemExit) and isinstance(fault.__context__, BrokenPipeError)  # rich's way
    return {STATE: FAILED, ERROR: READER_GONE if gone else one_line(fault)}


def one_line(fault: BaseException) -> str:
    """Returns an error as one line of at most 400 characters."""
    text = " ".join(str(fault).split())
    clear = text if isinstance(fault, (ValueError, UserError)) else store_faults.explain(fault)
    plain = clear or f"{type(fault).__name__}: {text}"
    return plain if len(plain) <= 400 else f"{plain[:399]}…"


def end_reported_by(artifact: mlmd.Artifact, done: str) -> StageEnd | None:
    """Returns the end that an output reports, if any: a verdict, the rows counted, the number pushed."""
    properties = artifact.custom_properties
    if "gate" in properties:
        state = done if properties["blessed"].int_value else "closed"
        return StageEnd(state, properties["reason"].string_value)
    if "pushed" in properties:
        pushed = properties["pushed"].int_value
        return StageEnd(
            done, f"number {properties['pushed_version'].string_value}" if pushed else "nothing to push"
        )
    if "rows_kept" in properties:
        kept, refused = properties["rows_kept"].int_value, properties["rows_refused"].int_value
        return StageEnd(
            done, f"{kept:,} rows, {refused:,} refused{_unlabelled(properties)}{_extra(properties)}"
        )
    return None


def _unlabelled(properties: Mapping[str, mlmd.Value]) -> str:
    if "unlabelled_days" not in properties:  # of an artifact that an earlier version made
        return ""
    days = [dt.date.fromisoformat(day) for day in json.loads(properties["unlabelled_days"].string_value)]
    return f"; no label on {name_days(days)}" if days else ""


def _extra(properties: Mapping[str, mlmd.Value]) -> str:
    """Returns how many columns of the data were ignored."""
    if "extra_columns" not in properties:
        return ""
    number = len(json.loads(properties["extra_columns"].string_value))
    return f"; {number} unknown column{'s' * (number > 1)} ignored" if number else ""
