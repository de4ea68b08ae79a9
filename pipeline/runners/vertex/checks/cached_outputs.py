"""Whether what the cache would reuse is still there.

Vertex AI compares interfaces and looks into its metadata. It does not notice that a file was deleted: the
next step fails, or reads nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pipeline.lineage.runs import Run, Stage
from pipeline.runners.kfp.checks.result import CheckResult, Fault
from pipeline.runners.kfp.spec import tasks

_FINISHED = ("complete", "cached")


def check(job: Mapping[str, Any], runs: Sequence[Run], exists: Callable[[str], bool]) -> CheckResult:
    """Looks for the newest outputs of each step that may come from the cache.

    Args:
      job: the compiled job.
      runs: earlier ones, oldest first.
      exists: whether there is something at an address.
    """
    newest: dict[str, Stage] = {
        stage.name: stage for run in runs for stage in run.stages if stage.state in _FINISHED
    }
    looked_at, faults = 0, []
    for name, task in tasks(job.get("pipelineSpec", {})):
        if name not in newest or not task.get("cachingOptions", {}).get("enableCache"):
            continue
        for key, artifacts in newest[name].outputs.items():
            for artifact in artifacts:
                looked_at += 1
                if not exists(artifact.uri):
                    faults.append(
                        Fault(
                            name,
                            f"the cache would give its output {key!r} from {artifact.uri}, which is gone; "
                            f"set cloud.steps.{name}.cache to false for one run",
                        )
                    )
    return CheckResult("cache", looked_at, tuple(faults))
