"""What a job's steps left of how it ended: the verdicts of its gates, and what it released.

A job whose gate said no has succeeded by Vertex AI's account, so its state alone does not tell. Outputs lie
where the service puts them, `<root>/<project>/<job>/<step>_<number>/<output>`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from typing import Any

from tfx.dsl.io import fileio

from monitoring.notify.rule import Ending, window_text

_NAME = re.compile(r"projects/([^/]+)/locations/([^/]+)/pipelineJobs/([^/]+)")
_UNTOLD = (
    "Nothing was released, and no gate of this job says why: a step that comes from the cache has its "
    "verdict in the run that made it."
)


def ending_of(
    status: Mapping[str, Any], pipeline_name: str, job_root: str, window: Mapping[str, str], policy: str
) -> Ending:
    """Returns how a job ended.

    Args:
      status: the PipelineTaskFinalStatus.
      pipeline_name: of the configuration.
      job_root: address below which the steps of each job keep their outputs.
      window: its days, as they are recorded.
      policy: `release.policy` of the configuration; with `manual` what was released waits for a person.

    Raises:
      ValueError: the status names no job.
    """
    name = status.get("pipelineJobResourceName") or status.get("pipeline_job_resource_name") or ""
    found = _NAME.fullmatch(name)
    if not found:
        raise ValueError(f"the final status names no job: {name!r}")
    project, region, job = found.groups()
    verdicts = _verdicts(f"{job_root}/{project}/{job}")
    released = next((each["version"] for each in verdicts.values() if "version" in each), "")
    state, error = _state(status, released, [*verdicts.values()])
    console = "https://console.cloud.google.com/vertex-ai/locations"
    return Ending(
        pipeline=pipeline_name,
        state=state,
        error=error,
        run=job,
        window=window_text(window),
        released=released,
        waits=bool(released) and policy == "manual",
        verdicts=[*verdicts.values()],
        log="" if region == "local" else f"{console}/{region}/pipelines/runs/{job}?project={project}",
    )


def _state(status: Mapping[str, Any], released: str, verdicts: list[Mapping[str, Any]]) -> tuple[str, str]:
    if not str(status.get("state", "")).endswith("SUCCEEDED"):
        message = " ".join(str(status.get("error", {}).get("message", "")).split())
        return "failed", message or f"The job ended as {status.get('state', 'unknown')}."
    if released:
        return "succeeded", ""
    return "stopped", "" if any(not each["passed"] for each in verdicts) else _UNTOLD


def _verdicts(folder: str) -> dict[str, dict[str, Any]]:
    """Returns the verdict of each gate, in the order of the graph, which is that of the steps' names."""
    verdicts = {}
    for path in sorted(fileio.glob(f"{folder}/*/*/verdict.json")):
        verdict = _read(path)
        record = os.path.join(os.path.dirname(path), "release.json")
        if verdict["passed"] and fileio.exists(record):
            verdict["version"] = _read(record)["version"]
        verdicts[verdict["gate"]] = verdict
    return verdicts


def _read(path: str) -> dict[str, Any]:
    with fileio.open(path) as file:
        values: dict[str, Any] = json.loads(file.read())
    return values
