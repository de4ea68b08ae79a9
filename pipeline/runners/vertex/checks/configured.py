"""Whether a job is the one that its own record makes: compiled again from it, and compared leaf by leaf.

What is compiled in this moment differs in nothing. A file that was changed since, by hand or on its way, says
where: which account, image, machine, limit or option is not what its configuration says.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from components.shown import shown
from pipeline.errors import UserError
from pipeline.runners.kfp.checks.result import CheckResult, Fault
from pipeline.runners.kfp.spec import Job
from pipeline.runners.vertex import cloud_job
from pipeline.runners.vertex.recorded_launch import recorded_launch

_PARTS = ("tasks", "components", "executors")  # of a job, by a step's name
_NOTHING = object()


def check(job: Mapping[str, Any]) -> CheckResult:
    """Compares every value of the job with that of the job which its record makes."""
    try:
        wanted = as_configured(job)
        faults = tuple(Fault(*_place(path, what)) for path, what in differences(job, wanted))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError, UserError) as error:
        why = " ".join(str(error).split())
        fault = Fault("job", f"its record, launch_*, makes no job: {type(error).__name__}: {shown(why)}")
        return CheckResult("configured", 1, (fault,))
    return CheckResult("configured", _leaves(wanted), faults)


def as_configured(job: Mapping[str, Any]) -> Job:
    """Returns the job that the record of a job makes.

    Raises:
      AttributeError, KeyError, TypeError, ValueError: the record lacks something, or cannot be read.
      UserError: it cannot be compiled.
    """
    launch = recorded_launch(job)
    cloud = launch.config.require_cloud()
    paths = cloud_job.cloud_paths(launch.config, cloud, launch.schema_fingerprint)
    return cloud_job.compile_job(cloud_job.in_cloud(launch, cloud), paths)


def differences(found: Any, wanted: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yields where two JSON values differ and how, into texts that are JSON themselves."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        for key in [*wanted, *(key for key in found if key not in wanted)]:
            yield from differences(found.get(key, _NOTHING), wanted.get(key, _NOTHING), (*path, str(key)))
    elif isinstance(found, list) and isinstance(wanted, list):
        yield from _of_lists(found, wanted, path)
    elif (inner := _as_json(found, wanted)) is not None:
        yield from differences(*inner, path)
    elif found is _NOTHING:
        yield path, f"is missing; by its configuration it is {shown(wanted)}"
    elif wanted is _NOTHING:
        yield path, f"is {shown(found)}; by its configuration there is none"
    elif found != wanted or isinstance(found, bool) != isinstance(wanted, bool):
        yield path, f"is {shown(found)}; by its configuration it is {shown(wanted)}"


def _of_lists(
    found: Sequence[Any], wanted: Sequence[Any], path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], str]]:
    if len(found) == len(wanted):
        for position, (one, other) in enumerate(zip(found, wanted, strict=True)):
            yield from differences(one, other, (*path, str(position)))
        return
    lost = [each for each in wanted if each not in found]
    more = [each for each in found if each not in wanted]
    yield from ((path, f"lacks {shown(each)}, which its configuration says") for each in lost)
    yield from ((path, f"has {shown(each)}, which its configuration does not say") for each in more)
    if not lost and not more:
        yield path, f"has {len(found)} items; by its configuration there are {len(wanted)}"


def _as_json(found: Any, wanted: Any) -> tuple[Any, Any] | None:
    """Returns the values of two texts that are JSON objects or lists; None where one is another thing."""
    if found == wanted or not (isinstance(found, str) and isinstance(wanted, str)):
        return None
    try:
        values = json.loads(found), json.loads(wanted)
    except (ValueError, RecursionError):
        return None
    return values if type(values[0]) is type(values[1]) and isinstance(values[0], (dict, list)) else None


def _place(path: Sequence[str], what: str) -> tuple[str, str]:
    """Returns the step that a path leads to, or `job`; and what is wrong, with the path in that step."""
    for position, part in enumerate(path[:-1]):
        if part in _PARTS:
            step = path[position + 1].removesuffix("_executor")
            return step, f"{'.'.join([part, *path[position + 2 :]])} {what}"
    return "job", f"{'.'.join(path)} {what}"


def _leaves(value: Any) -> int:
    if isinstance(value, dict):
        return sum(_leaves(each) for each in value.values())
    return sum(_leaves(each) for each in value) if isinstance(value, list) else 1
