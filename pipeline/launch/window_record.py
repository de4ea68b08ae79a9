"""The window as it is recorded with a run and with its release: JSON text."""

from __future__ import annotations

import json
from typing import Any

from components.example_gen.hash_split import HashSplit
from pipeline.spans.window import Window


def as_json(window: Window, split: HashSplit | None = None) -> str:
    """Returns the days of a window, and by what rows are split, as JSON text."""
    record: dict[str, Any] = {**window_days(window)}
    if split:
        record["split"] = json.loads(split.as_json())
    return json.dumps(record)


def window_days(window: Window) -> dict[str, str]:
    """Returns first and last days of a window's two parts, as ISO dates."""
    last_day = window.grain.last_day
    return {
        "train_first": window.train_spans[0].date.isoformat(),
        "train_last": last_day(window.train_spans[-1].date).isoformat(),
        "eval_first": window.eval_spans[0].date.isoformat(),
        "eval_last": last_day(window.eval_spans[-1].date).isoformat(),
    }
