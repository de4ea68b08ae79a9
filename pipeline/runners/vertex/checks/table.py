"""All checks of a compiled job, and the one table that shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.runners.kfp.checks import code, interfaces, limits, messages, parameters, references
from pipeline.runners.kfp.checks.finding import Found
from pipeline.runners.vertex.checks import requests

CHECKS = (messages, references, parameters, interfaces, code, requests, limits)


def check(job: Mapping[str, Any]) -> tuple[Found, ...]:
    """Everything that can be known of a job before it is sent, in the order of CHECKS."""
    return tuple(each.check(job) for each in CHECKS)


def as_lines(found: Sequence[Found]) -> Iterator[str]:
    """One line a check, and one for every fault."""
    for each in found:
        state = "passed" if each.passed else "FAULTY" if each.faults else "NOTHING TO CHECK"
        yield f"  {each.check:<12}{each.looked_at:>5} checked  {state}"
        for fault in each.faults:
            yield f"  {'':<12}{fault.where}: {fault.what}"


def as_values(found: Sequence[Found]) -> list[dict[str, Any]]:
    """The same for machines."""
    return [
        {
            "check": each.check,
            "checked": each.looked_at,
            "passed": each.passed,
            "faults": [{"where": fault.where, "what": fault.what} for fault in each.faults],
        }
        for each in found
    ]
