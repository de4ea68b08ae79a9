"""Verdicts in TFX artifacts, where lineage and the nodes downstream read them."""

from __future__ import annotations

import os

from tfx.dsl.io import fileio
from tfx.types import artifact

from components.gates.told import line_of
from components.gates.verdict import Verdict

VERDICT_FILE = "verdict.json"


def record(verdict: Verdict, target: artifact.Artifact, *, marker: str | None = None) -> None:
    """Writes the verdict as a file, as custom properties of the artifact and as a line of the step's log.

    Args:
      verdict: of any gate.
      target: a blessing artifact (its URI is a folder).
      marker: name stem of the stock blessing file: `<marker>` or, not blessed, with `NOT_` before `BLESSED`.

    Properties written: `blessed` (int 0 or 1), `gate`, `reason` (strings).
    Files written: `verdict.json`, and the marker as TFX's stock executors write it.
    """
    fileio.makedirs(target.uri)
    _write(os.path.join(target.uri, VERDICT_FILE), verdict.as_json())
    if marker:
        name = marker if verdict.passed else marker.replace("BLESSED", "NOT_BLESSED")
        _write(os.path.join(target.uri, name), "")
    target.set_int_custom_property("blessed", int(verdict.passed))
    target.set_string_custom_property("gate", verdict.gate)
    target.set_string_custom_property("reason", verdict.reason)
    print(line_of(verdict), flush=True)


def _write(path: str, text: str) -> None:
    with fileio.open(path, "w") as file:
        file.write(text)
