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
OPTIONS: Mapping[str, tuple[Any, ...]] = {
    "logging": ("CLOUD_LOGGING_ONLY",),
    "machineType": ("E2_HIGHCPU_8",),
    "requestedVerifyOption": ("VERIFIED",),
    "env": (["PYTHONUNBUFFERED=1"], ["CI=true", "PYTHONUNBUFFERED=1"]),
}
LONGEST_S = 7200
TESTS = ("test", "test-unit", "infra-check")
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
    if name != CI_IMAGE:
        for step in build["steps"]:
            yield from (f"{step.get('id')}: {fault}" for fault in _step(step, targets))
    yield from _gates(build["steps"], GATES[name])


def _head(name: str, build: Mapping[str, Any]) -> Iterator[str]:
    known = {"steps", "timeout", "options", "substitutions", *(["images"] if name == CI_IMAGE else [])}
    yield from (f"the build has the key {key}" for key in build.keys() - known)
    options = build.get("options", {})
    for key, value in options.items():
        if value not in OPTIONS.get(key, ()):
            yield f"the option {key} is {value}"
    if "logging" not in options:
        yield "its logs go to a bucket of Google's"
    tests = {target(step) for step in build["steps"]} & {*TESTS}
    if tests and "CI=true" not in options.get("env", ()):
        yield f"{', '.join(tests)}: tests whose program is not here would be skipped; CI=true lets them fail"
    if not re.fullmatch(r"\d+s", str(build.get("timeout"))) or int(build["timeout"][:-1]) > LONGEST_S:
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
