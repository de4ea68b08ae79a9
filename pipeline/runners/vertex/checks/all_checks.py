"""Every check of a job for Vertex AI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.runners.kfp.checks import code, interfaces, limits, parameters, references
from pipeline.runners.kfp.checks.result import CheckResult
from pipeline.runners.vertex.checks import messages, requests, values

CHECKS = (messages, references, parameters, interfaces, code, requests, values, limits)


def check_job(job: Mapping[str, Any]) -> tuple[CheckResult, ...]:
    """Returns all that can be known of a job before it is sent, in the order of CHECKS."""
    return tuple(each.check(job) for each in CHECKS)
