"""The parameters of the graph's nodes that a launch decides, as text."""

from __future__ import annotations

import json
from collections.abc import Sequence

from components.gates import override
from components.gates.no_baseline import NO_BASELINE
from components.spans import span_ref
from pipeline.launch import job_shapes, window_record
from pipeline.launch.launch import Launch
from pipeline.spans.window import Span

NOTHING = ("", "[]")


def graph_inputs(launch: Launch) -> dict[str, str]:
    """Returns the text of each input by name; one of NOTHING if the launch has no such input."""
    return {
        "train_spans": _spans(launch.window.train_spans),
        "eval_spans": _spans(launch.held_out_spans),
        "window": window_record.as_json(launch.window, launch.split),
        "incomparable": launch.incomparable or "",
        "baseline": (launch.champion.data_profile or NO_BASELINE) if launch.champion else "",
        "answers": (launch.champion.answers or NO_BASELINE) if launch.champion else "",
        "champion_files": (launch.champion.files or NO_BASELINE) if launch.champion else "",
        "calendar": json.dumps(launch.calendar, sort_keys=True) if launch.calendar else "",
        "overrides": override.to_json(launch.overrides),
        "model_gate": _model_gate(launch),
        "newest": launch.newest.as_json() if launch.newest else "",
        **job_shapes.imports(launch),
    }


def _model_gate(launch: Launch) -> str:
    """Returns the model gate's policy; a person's reason not to compare lets a candidate go uncompared."""
    gate = launch.config.judged_model_gate
    if launch.ignoring:
        gate = gate.model_copy(update={"on_overlap": "allow"})
    return gate.model_dump_json()


def _spans(spans: Sequence[Span]) -> str:
    return span_ref.to_json([span.ref for span in spans])
