"""Whether a job is what the APIs' own messages say: parsed strictly, on all three levels.

In Vertex AI's PipelineJob, pipelineSpec is a Struct: parsing the job alone accepts anything below.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.cloud import aiplatform_v1

from pipeline.runners.kfp.checks import messages as kfp_messages
from pipeline.runners.kfp.checks.result import CheckResult, Fault


def check(job: Mapping[str, Any]) -> CheckResult:
    """Parses the job as `aiplatform_v1.PipelineJob`, and what is in its pipelineSpec as KFP's messages."""
    of_job = kfp_messages.parse("job", job, aiplatform_v1.PipelineJob.pb()())
    if not job.get("runtimeConfig", {}).get("gcsOutputDirectory"):
        of_job.append(Fault("job", "runtimeConfig.gcsOutputDirectory is missing; it is required"))
    of_spec = kfp_messages.check(job)
    return CheckResult("messages", of_spec.looked_at + 1, (*of_job, *of_spec.faults))
