"""What a workflow of GitHub Actions may hold: all that is not listed here is a fault.

The parsed file is compared, so that quotes, order and style hide nothing. An action that is added, or a newer
one, is added here: in a review, with its commit.
"""

from __future__ import annotations

import dataclasses
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from tests.infra import strict_yaml

Known = Mapping[str, Any]

CHECKOUT = "actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8"
LOGIN = "google-github-actions/auth@c200f3691d83b41bf9bbd8638997a462592937ed"
LOGGED_IN = {
    "workload_identity_provider": "${{ vars.WORKLOAD_IDENTITY_PROVIDER }}",
    "service_account": "${{ vars.BUILD_ACCOUNT }}",
    "token_format": "access_token",
}
# Each with what it may be told.
ACTIONS: Mapping[str, tuple[Known, ...]] = {
    CHECKOUT: ({"persist-credentials": False}, {"persist-credentials": False, "fetch-depth": 0}),
    LOGIN: (LOGGED_IN,),
}
TOKEN = {"TOKEN": "${{ steps.google.outputs.access_token }}"}
TOOLS = 'infra/docker/github_tools "$IMAGES"'
TERRAFORM = "infra/docker/github_terraform"
RELEASE = 'infra/promotion/checkout_release "$TAG"'
SCRIPTS = (TOOLS, TERRAFORM, RELEASE)
# No flag (-i goes on after a fault) and no other variable (SHELL, BIN) of make.
GIVEN = (
    "CONFIG|DETAIL|EARLIER|IMAGES|KEEP_AS|NAME|PROMOTIONS|REGION|REVISION|SIGNING_KEY|TAG|TOPIC|WINDOWS"
    "|WITHOUT_DATA"
)
MAKE = re.compile(rf'make ([a-z-]+)( ({GIVEN})=(dev|skip|"\$[A-Z_]+"|"\$\(git rev-parse HEAD\)"))*', re.ASCII)
TESTS = ("test", "test-unit", "infra-check")
READ = {"contents": "read"}
READ_AND_LOG_IN = {**READ, "id-token": "write"}
# Variables of the repository's environments, and inputs: no secret, and nothing that a stranger writes.
VARIABLES = {
    **{
        name: f"vars.{name}"
        for name in (
            "EARLIER",
            "EARLIER_WINDOWS",
            "IMAGES",
            "PROMOTIONS",
            "REGION",
            "SIGNING_KEY",
            "TOPIC",
            "WINDOWS",
        )
    },
    "NAME": "vars.PIPELINE",
    "TAG": "inputs.tag",
    "CONFIG": "inputs.environment",
}
RUNNER = "ubuntu-24.04"
LONGEST_MINUTES = 120
# Time that a job takes where nothing is wrong, with some to spare: tests, images, what a release waits for.
LEAST_MINUTES = {"check": 90, "dev": 60, "release": 30, "promotion": 60, "outdated": 15}


@dataclasses.dataclass(frozen=True)
class Workflow:
    """What one file may say of itself.

    Attributes:
      on: its events, without descriptions.
      group: one of which runs at a time.
      cancels: whether a newer run ends an older one: never one that deploys.
      jobs: name to what decides whether, after what, and as what it runs.
      begins: what every job begins with, and does once: it brings the code that all else runs.
    """

    on: Known
    group: str
    cancels: bool
    jobs: Mapping[str, Known]
    begins: tuple[str, ...] = (CHECKOUT,)


ON_MAIN = "github.ref == 'refs/heads/main' && inputs.environment"
ALLOWED = {
    "pull-request": Workflow(
        {"pull_request": {"branches": ["main"]}},
        "pull-request-${{ github.event.pull_request.number }}",
        cancels=True,
        jobs={"check": {}},
    ),
    "push": Workflow(
        {"push": {"branches": ["main"]}},
        "push",
        cancels=False,
        jobs={
            "check": {},
            "dev": {"needs": "check", "if": "vars.EVERGREEN_BUILDS == 'github'", "environment": "dev"},
        },
    ),
    "release": Workflow(
        {
            "workflow_dispatch": {
                "inputs": {
                    "tag": {"required": True, "type": "string"},
                    "environment": {
                        "required": True,
                        "type": "choice",
                        "options": ["dev", "preprod", "prod"],
                    },
                }
            }
        },
        "release-${{ inputs.environment }}",
        cancels=False,
        jobs={
            "release": {"if": f"{ON_MAIN} == 'dev'", "environment": "dev"},
            "promotion": {"if": f"{ON_MAIN} != 'dev'", "environment": "${{ inputs.environment }}"},
        },
        begins=(CHECKOUT, RELEASE),
    ),
    "outdated": Workflow(
        {"schedule": [{"cron": "17 5 3 * *"}], "workflow_dispatch": {}},
        "outdated",
        cancels=True,
        jobs={"outdated": {}},
    ),
}


def target(step: Known) -> str | None:
    """Returns the make target that a step calls; None of another step."""
    found = MAKE.fullmatch(step.get("run", ""))
    return found and found.group(1)


def values(step: Known) -> dict[str, str]:
    """Returns what a step gives its target: name of a variable to what stands for its value."""
    _, _, *words = shlex.split(step["run"])
    return dict(word.split("=", 1) for word in words)


def faults(name: str, text: str, targets: set[str]) -> Iterator[str]:
    """Yields what is wrong with a workflow beyond its schema.

    Args:
      name: of the file, without its ending.
      text: its content.
      targets: of the Makefile.
    """
    if not (allowed := ALLOWED.get(name)):
        yield f"{name} is no workflow of this project"
        return
    try:
        workflow = strict_yaml.load(text)
    except strict_yaml.DoubleKeyError as error:
        yield str(error)
        return
    yield from _head(workflow, allowed)
    for job_name, job in workflow["jobs"].items():
        from_job = _job(job, allowed.jobs.get(job_name, {}), targets)
        in_time = _time(job, LEAST_MINUTES.get(job_name, 1))
        in_all = (*from_job, *in_time, *_code(job, allowed.begins))
        yield from (f"{job_name}: {fault}" for fault in in_all)
    for used in _uses(workflow):
        if not re.search(re.escape(used) + r" # v\d+\.\d+\.\d+$", text, re.MULTILINE):
            yield f"{used} has no version beside it"


def _head(workflow: Known, allowed: Workflow) -> Iterator[str]:
    yield from _unknown("the workflow", workflow, "name", "on", "permissions", "concurrency", "env", "jobs")
    if _without_descriptions(workflow.get("on")) != allowed.on:
        yield f"it runs on {workflow.get('on')}"
    if workflow.get("permissions") != READ:
        yield "its token may do more than read the repository"
    if workflow.get("concurrency") != {"group": allowed.group, "cancel-in-progress": allowed.cancels}:
        yield f"its concurrency is {workflow.get('concurrency')}"
    if "${{" in workflow.get("name", ""):
        yield "its name has an expression in it"
    yield from _variables("the workflow", workflow)
    if workflow["jobs"].keys() != allowed.jobs.keys():
        yield f"its jobs are {', '.join(workflow['jobs'])}"


def _job(job: Known, allowed: Known, targets: set[str]) -> Iterator[str]:
    decides = ("needs", "if", "environment")
    yield from _unknown("the job", job, "runs-on", "timeout-minutes", "permissions", "env", "steps", *decides)
    if {key: job[key] for key in decides if key in job} != allowed:
        yield f"it needs {job.get('needs')}, if {job.get('if')}, in the environment {job.get('environment')}"
    if job.get("runs-on") != RUNNER:
        yield f"it runs on {job.get('runs-on')}"
    logs_in = "environment" in allowed
    if job.get("permissions", READ) != (READ_AND_LOG_IN if logs_in else READ):
        yield f"its token may {job.get('permissions')}"
    yield from _variables("the job", job)
    has_terraform = False
    for step in job["steps"]:
        yield from (*_step(step, logs_in, targets), *_twice(step))
        has_terraform |= step.get("run") == TERRAFORM
        if target(step) in TESTS and not has_terraform:
            yield f"{step['run']}: tests of the infrastructure need {TERRAFORM} before them"


def _time(job: Known, least_minutes: int) -> Iterator[str]:
    """It ends by itself, and not before it is done."""
    if not least_minutes <= job.get("timeout-minutes", 0) <= LONGEST_MINUTES:
        yield f"its timeout is {job.get('timeout-minutes')} minutes"


def _code(job: Known, begins: tuple[str, ...]) -> Iterator[str]:
    """Everything runs the code that is meant: a release's job that of its tag, not the branch's newest."""
    done = [step.get("uses") or step.get("run") for step in job["steps"]]
    if tuple(done[: len(begins)]) != begins:
        yield f"it does not begin with {', then '.join(begins)}"
    yield from (
        f"{code} comes once, and here again" for code in done[len(begins) :] if code in (CHECKOUT, RELEASE)
    )


def _step(step: Known, logs_in: bool, targets: set[str]) -> Iterator[str]:
    if "uses" in step:
        yield from _unknown("a step", step, "uses", "id", "with")
        if step["uses"] not in ACTIONS:
            yield f"it uses {step['uses']}"
        elif step.get("with") not in ACTIONS[step["uses"]]:
            yield f"{step['uses']} is told {step.get('with')}"
        if step["uses"] == LOGIN and not logs_in:
            yield "it logs in to Google without an environment, which names its reviewers and branches"
        return
    yield from _unknown("a step", step, "run", "name", "env")
    run = step.get("run", "")
    if run not in SCRIPTS and not MAKE.fullmatch(run):
        yield f"it runs {run!r}"
    elif run not in SCRIPTS and target(step) not in targets:
        yield f"{run} calls no target"
    if step.get("env") != (TOKEN if run == TOOLS else None):
        yield f"{run} is given {step.get('env')}"


def _twice(step: Known) -> Iterator[str]:
    """Make takes the last of two values, and a reader sees the first."""
    if target(step) and len(values(step)) < len(shlex.split(step["run"])) - 2:
        yield f"{step['run']} gives a variable twice"


def _unknown(what: str, mapping: Known, *known: str) -> Iterator[str]:
    yield from (f"{what} has the key {key}" for key in mapping.keys() - known)


def _variables(what: str, mapping: Known) -> Iterator[str]:
    for name, value in mapping.get("env", {}).items():
        if name not in VARIABLES or value != f"${{{{ {VARIABLES[name]} }}}}":
            yield f"{what} sets {name} to {value}"


def _without_descriptions(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_descriptions(child) for key, child in value.items() if key != "description"}
    return value


def _uses(workflow: Known) -> set[str]:
    return {step["uses"] for job in workflow["jobs"].values() for step in job["steps"] if "uses" in step}
