"""What a file of Cloud Build may hold, and what must have passed before what: all else is a fault.

The parsed file is compared. A step runs when all have ended that it waits for: without `waitFor` all that
stand before it, with `-` none. So what has passed before a step is what can be reached by `waitFor`, not what
stands above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.infra import strict_yaml

Step = Mapping[str, Any]

# https://cloud.google.com/build/docs/configuring-builds/substitute-variable-values
BUILT_IN = {"COMMIT_SHA", "TAG_NAME"}
CI_IMAGE = "ci-image.yaml"  # builds the image that has make
# Its logs go to Cloud Logging, not to a bucket of Google's.
_LOGS = {"logging": "CLOUD_LOGGING_ONLY"}
_PROMOTES = {**_LOGS, "env": ["PYTHONUNBUFFERED=1"]}
# Without CI=true a test whose program is not here would be skipped.
_TESTS = {**_LOGS, "env": ["CI=true", "PYTHONUNBUFFERED=1"]}
_LARGE = {**_TESTS, "machineType": "E2_HIGHCPU_8"}
OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "cloudbuild.yaml": _LARGE,
    "pull-request.yaml": _LARGE,
    "release.yaml": _PROMOTES,
    "promotion.yaml": _PROMOTES,
    "terraform-plan.yaml": _TESTS,
    "terraform-apply.yaml": _LOGS,
    CI_IMAGE: {**_LOGS, "requestedVerifyOption": "VERIFIED"},
}
LONGEST_S = 7200
# Time that a build takes where nothing is wrong, with some to spare, beside what it waits for a tag.
LEAST_S = {
    "cloudbuild.yaml": 5400,
    "pull-request.yaml": 5400,
    "release.yaml": 1200,
    "promotion.yaml": 1800,
    "terraform-plan.yaml": 1200,
    "terraform-apply.yaml": 1800,
    CI_IMAGE: 600,
}
# Seconds to wait for a tag that another build sets, which may begin later and takes its own time.
WAIT_S = range(1200, 3601)
# There is no make before it: its one step is written out.
CI_IMAGE_BUILT: Mapping[str, Any] = {
    "steps": [
        {
            "id": "ci-image",
            "name": "gcr.io/cloud-builders/docker",
            "args": ["build", "--file", "infra/docker/ci.Dockerfile", "--tag", "${_IMAGES}/ci:current", "."],
        }
    ],
    "images": ["${_IMAGES}/ci:current"],
}
# What reaches out of the build, each after the ones before it.
DEPLOYS = (
    "images",
    "template",
    "upload",
    "promote",
    "request-run",
    "release-images",
    "infra-plan",
    "infra-apply",
)
# File to what must have passed before anything of it reaches out.
GATES: Mapping[str, tuple[str, ...]] = {
    "cloudbuild.yaml": ("lint", "mutate", "test-unit", "infra-check", "run"),
    "release.yaml": ("resolve-images", "verify-images", "scan-images"),
    "promotion.yaml": ("resolve-images", "verify-images", "promotion-gate"),
    "terraform-plan.yaml": ("infra-check",),
    "terraform-apply.yaml": (),
    "pull-request.yaml": (),
    CI_IMAGE: (),
}
REVISION = r"\$(COMMIT_SHA|TAG_NAME)"
# Variable of a target to its value. No flag (-i goes on after a fault), no other variable (SHELL, BIN).
GIVEN = {
    "COMMIT": r"\$COMMIT_SHA",
    "CONFIG": r"\$\{_CONFIG\}",
    "DETAIL": REVISION,
    "EARLIER": r"\$\{_EARLIER_ENVIRONMENT\}",
    "IMAGES": r"\$\{_IMAGES\}",
    "KEEP_AS": r"\$\{_CONFIG\}",
    "LOCK": "false",
    "NAME": r"\$\{_PIPELINE\}",
    "PROMOTIONS": r"\$\{_PROMOTIONS\}",
    "REGION": r"\$\{_REGION\}",
    "REVISION": REVISION,
    "SIGNING_KEY": r"\$\{_SIGNING_KEY\}",
    "STATE": r"\$\{_STATE\}",
    "TAG": REVISION,
    "TOPIC": r"\$\{_TOPIC\}",
    "WAIT_S": r"\d+",
    "WITHOUT_DATA": "skip",
    "WINDOWS": r"\$\{_(EARLIER_)?WINDOWS\}",
}


def faults(name: str, text: str, targets: set[str]) -> Iterator[str]:
    """Yields what is wrong with a build beyond its schema.

    Args:
      name: of the file.
      text: its content.
      targets: of the Makefile.
    """
    if name not in GATES:
        yield f"{name} is no build of this project"
        return
    try:
        build = strict_yaml.load(text)
    except strict_yaml.DoubleKeyError as error:
        yield str(error)
        return
    yield from _head(name, build)
    yield from _substitutions(build)
    yield from _order(build["steps"])
    yield from _time(name, build)
    if name == CI_IMAGE:
        yield from (
            f"its {key} are {build.get(key)}"
            for key, built in CI_IMAGE_BUILT.items()
            if build.get(key) != built
        )
    else:
        for step in build["steps"]:
            yield from (f"{step.get('id')}: {fault}" for fault in _step(step, targets))
    yield from _gates(build["steps"], GATES[name])


def _head(name: str, build: Mapping[str, Any]) -> Iterator[str]:
    known = {"steps", "timeout", "options", "substitutions", *(["images"] if name == CI_IMAGE else [])}
    yield from (f"the build has the key {key}" for key in build.keys() - known)
    options, wanted = build.get("options", {}), OPTIONS[name]
    for key in sorted(options.keys() | wanted):
        if options.get(key) != wanted.get(key):
            yield f"the option {key} is {options.get(key)}; expected {wanted.get(key)}"


def _time(name: str, build: Mapping[str, Any]) -> Iterator[str]:
    """It ends by itself, and not before it is done; what it waits for another build is on top."""
    words = [word for step in build["steps"] for word in step.get("args") or ()]
    waits_s = [
        int(word.removeprefix("WAIT_S=")) for word in words if re.fullmatch(r"WAIT_S=[0-9]{1,9}", word)
    ]
    yield from (f"it waits {wait_s} s for a tag" for wait_s in waits_s if wait_s not in WAIT_S)
    if "resolve-images" in words and not waits_s:
        yield "it does not wait for the tag that another build sets"
    time = re.fullmatch(r"([0-9]{1,9})s", str(build.get("timeout")))
    if not time or not LEAST_S[name] + sum(waits_s) <= int(time[1]) <= LONGEST_S:
        yield f"its timeout is {build.get('timeout')}"


def _substitutions(build: Mapping[str, Any]) -> Iterator[str]:
    """Every value is the trigger's: a default would be another project's, and used where one is forgotten."""
    defined: Mapping[str, str] = build.get("substitutions", {})
    used = set(re.findall(r"\$\{?(_?[A-Z][A-Z0-9_]*)\}?", str({**build, "substitutions": None})))
    yield from (f"${name} is not defined" for name in sorted(used - defined.keys() - BUILT_IN))
    yield from (f"{name} is defined and not used" for name in sorted(defined.keys() - used))
    yield from (f"{name} is {value!r} by default" for name, value in defined.items() if value != "")


def _order(steps: list[Step]) -> Iterator[str]:
    seen: set[str] = set()
    for step in steps:
        name = step.get("id", "?")
        if name in seen or name == "?":
            yield f"step {name} has no id of its own"
        waits = step.get("waitFor", [])
        yield from (f"{name} waits for {w}, no earlier step" for w in waits if w not in seen)
        seen.add(name)


def _step(step: Step, targets: set[str]) -> Iterator[str]:
    yield from (
        f"it has the key {key}" for key in step.keys() - {"id", "name", "waitFor", "entrypoint", "args"}
    )
    if step.get("name") != "${_CI_IMAGE}":
        yield f"it runs in {step.get('name')}"
    if step.get("entrypoint") != "make":
        yield f"it starts {step.get('entrypoint')}"
    if target(step) not in targets:
        yield f"it calls make {target(step)}, no target"
    for word in step["args"][1:]:
        name, _, value = word.partition("=")
        if not re.fullmatch(GIVEN.get(name, "(?!)"), value):
            yield f"it is given {word}"
    names = [word.partition("=")[0] for word in step["args"][1:]]
    yield from (f"it is given {name} twice" for name in sorted(set(names)) if names.count(name) > 1)


def _gates(steps: list[Step], gates: tuple[str, ...]) -> Iterator[str]:
    by_target = {target(step): step["id"] for step in steps}
    before = passed_before(steps)
    yield from (f"nothing calls make {gate}" for gate in gates if gate not in by_target)
    deploying = [name for name in DEPLOYS if name in by_target]
    for number, name in enumerate(deploying):
        for first in (*gates, *deploying[:number]):
            if by_target.get(first) not in before[by_target[name]]:
                yield f"{name} does not wait for {first}"


def passed_before(steps: list[Step]) -> dict[str, set[str]]:
    """Returns a step's id to the ids of all steps that have ended when it starts."""
    before: dict[str, set[str]] = {}
    for step in steps:
        direct = step.get("waitFor") or [*before]
        before[step["id"]] = {
            earlier for name in direct if name != "-" for earlier in {name, *before.get(name, ())}
        }
    return before


def target(step: Step) -> str:
    """Returns the first argument of a step: the make target that it calls."""
    return str((step.get("args") or [""])[0])
