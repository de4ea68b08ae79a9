"""Every check of a job for Vertex AI."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from components.shown import shown
from pipeline.runners.kfp.checks import code, interfaces, limits, parameters, references
from pipeline.runners.kfp.checks.result import CheckResult, Fault
from pipeline.runners.vertex.checks import configured, messages, requests, values

CHECKS = (messages, references, parameters, interfaces, code, requests, values, limits, configured)


def check_job(job: Mapping[str, Any]) -> tuple[CheckResult, ...]:
    """Returns all that can be known of a job before it is sent, in the order of CHECKS."""
    return tuple(_result(each, job) for each in CHECKS)


def _result(each: ModuleType, job: Mapping[str, Any]) -> CheckResult:
    """Returns the result of a check; a fault where it met what no job holds, such as a list for a name."""
    try:
        result: CheckResult = each.check(job)
    except (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError) as error:
        what = f"a value has another type than a job's ({type(error).__name__}: {shown(str(error))})"
        return CheckResult(each.__name__.rpartition(".")[2], 1, (Fault("job", what),))
    return result
