"""What GitHub Actions are told: by the published schema, by what no schema catches, beside Cloud Build."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.infra import image_tools
from tests.infra.test_cloudbuild import steps, targets

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
AUTH = "google-github-actions/auth"
EVENTS = {
    "pull-request": "pull_request",
    "push": "push",
    "release": "workflow_dispatch",
    "outdated": "schedule",
}


def faults(text: str, known: set[str]) -> Iterator[str]:
    """What is wrong with a workflow beyond its schema."""
    workflow = yaml.safe_load(text)
    if "pull_request_target" in (workflow.get("on") or workflow[True]):
        yield "pull_request_target gives a stranger's code this repository's rights"
    if workflow.get("permissions") != {"contents": "read"}:
        yield "the token may do more than read the repository"
    if "group" not in workflow.get("concurrency", {}):
        yield "two runs may be under way at once"
    for used in re.findall(r"uses: (.*)", text):
        if not PINNED.fullmatch(used):
            yield f"{used} is not pinned to a commit with its version beside it"
    for name, job in workflow["jobs"].items():
        yield from (f"{name}: {fault}" for fault in _faults_of(job, known))


def _faults_of(job: Mapping[str, Any], known: set[str]) -> Iterator[str]:
    if "timeout-minutes" not in job:
        yield "no timeout"
    uses = [step.get("uses", "").partition("@")[0] for step in job["steps"]]
    rights = job.get("permissions", {"contents": "read"})
    if rights != {"contents": "read", **({"id-token": "write"} if AUTH in uses else {})}:
        yield "rights that nothing in it needs, or none where it logs in"
    if AUTH in uses and "environment" not in job:
        yield "logs in to Google without an environment, which names its reviewers and branches"
    for step in job["steps"]:
        if "checkout" in step.get("uses", "") and step["with"].get("persist-credentials") is not False:
            yield "leaves the token where every step can read it"
        if "${{" in step.get("run", ""):
            yield f"{step['run']} has an expression in it, whose value a shell would run"
        if (target := _target(step)) and target not in known:
            yield f"calls make {target}, no target"


def _target(step: Mapping[str, Any]) -> str | None:
    found = re.match(r"make ([a-z-]+)", step.get("run", ""))
    return found and found.group(1)


def called(path: str, *jobs: str) -> list[tuple[str, set[str]]]:
    """Targets that jobs of a workflow call, with the names of the variables that they pass."""
    workflow = yaml.safe_load((FOLDER / path).read_text())
    lines = [step["run"] for job in jobs for step in workflow["jobs"][job]["steps"] if _target(step)]
    return [(line.split()[1], set(re.findall(r" ([A-Z_]+)=", line))) for line in lines]


def called_by_cloud_build(path: str) -> list[tuple[str, set[str]]]:
    """Likewise of a build; without what waits for another build, as people start a release here."""
    return [
        (step["args"][0], {word.partition("=")[0] for word in step["args"][1:]} - {"WAIT_S"})
        for step in steps(path)
    ]


@pytest.mark.parametrize("schema", ["vendor.github-workflows", "custom.github-workflows-require-timeout"])
def test_every_file_follows_the_published_schema(schema: str) -> None:
    """Unknown keys, wrong types and jobs without a timeout are faults."""
    check = Path(sys.executable).with_name("check-jsonschema")
    done = subprocess.run([check, "--builtin-schema", schema, *FILES], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_is_safe_and_calls_what_there_is(path: Path) -> None:
    """Least rights, pinned actions, no expression in a shell, targets of the Makefile."""
    text = path.read_text()
    assert list(faults(text, targets())) == []
    assert EVENTS[path.stem] in yaml.safe_load(text)[True]  # YAML 1.1 reads `on` as true


def test_there_is_a_file_for_each_event() -> None:
    """And no other."""
    assert {path.stem for path in FILES} == set(EVENTS)


@pytest.mark.parametrize(
    ("file", "before", "after", "fault"),
    [
        ("pull-request", "  pull_request:", "  pull_request_target:", "pull_request_target gives"),
        ("pull-request", "  contents: read", "  contents: write", "the token may do more"),
        ("pull-request", "  group: pull-request-${{ github.event.pull_request.number }}\n", "", "two runs"),
        (
            "pull-request",
            "@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0",
            "@v5",
            "actions/checkout@v5 is",
        ),
        ("pull-request", "    timeout-minutes: 120\n", "", "check: no timeout"),
        ("pull-request", "persist-credentials: false", "fetch-depth: 0", "check: leaves the token"),
        ("pull-request", "make lint", "make lintt", "check: calls make lintt, no target"),
        ("pull-request", "make lint", "make lint ${{ github.head_ref }}", "check: make lint ${{"),
        ("push", "    environment: dev\n", "", "dev: logs in to Google without an environment"),
        ("push", "      id-token: write", "      id-token: none", "dev: rights that nothing in it needs"),
        (
            "outdated",
            "    timeout-minutes: 30\n",
            "    timeout-minutes: 30\n    permissions: {id-token: write}\n",
            "outdated: rights",
        ),
    ],
)
def test_a_fault_is_found(file: str, before: str, after: str, fault: str) -> None:
    """Each kind of slip, planted in the real file."""
    text = (FOLDER / f"{file}.yml").read_text()
    assert before in text
    assert any(found.startswith(fault) for found in faults(text.replace(before, after), targets()))


@pytest.mark.parametrize(
    ("workflow", "jobs", "build"),
    [
        ("pull-request.yml", ["check"], "infra/cloudbuild/pull-request.yaml"),
        ("push.yml", ["check", "dev"], "cloudbuild.yaml"),
        ("release.yml", ["release"], "infra/cloudbuild/release.yaml"),
        ("release.yml", ["promotion"], "infra/cloudbuild/promotion.yaml"),
    ],
)
def test_both_do_the_same(workflow: str, jobs: list[str], build: str) -> None:
    """The same targets in the same order with the same variables: what one has the other has."""
    assert called(workflow, *jobs) == called_by_cloud_build(build)


def git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=n", "-c", "user.email=e@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_a_release_is_checked_out_if_it_lies_on_the_branch(tmp_path: Path) -> None:
    """A tag of another branch, a tag that is not there and what is no tag's name are refused."""
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "--message=first")
    git(tmp_path, "tag", "v1.0.0")
    first = git(tmp_path, "rev-parse", "HEAD")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "--message=second")
    git(tmp_path, "switch", "--quiet", "--create", "other")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "--message=aside")
    git(tmp_path, "tag", "v6.6.6")
    git(tmp_path, "switch", "--quiet", "main")
    script = ROOT / "infra" / "promotion" / "checkout_release"
    for tag, code, why in (
        ("v6.6.6", 1, "does not lie on this branch"),
        ("v7.7.7", 1, "there is no tag v7.7.7"),
        ("v1.0.0; touch x", 2, "is no release"),
        ("main", 2, "is no release"),
    ):
        done = subprocess.run([script, tag], cwd=tmp_path, capture_output=True, text=True)
        assert (done.returncode, why in done.stderr) == (code, True), done.stderr
    assert git(tmp_path, "branch", "--show-current") == "main"
    subprocess.run([script, "v1.0.0"], cwd=tmp_path, check=True)
    assert git(tmp_path, "rev-parse", "HEAD") == first


def test_a_job_gets_what_the_builds_image_has(tmp_path: Path) -> None:
    """Cosign of the one list of versions, and a login whose token is on no command line."""
    image_tools.install(tmp_path / "bin")
    environment = {
        "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
        "IMAGE_TOOLS": str(tmp_path),
        "HOME": str(tmp_path),
        "GITHUB_PATH": str(tmp_path / "path"),
        "TOKEN": "secret",
    }
    script = ROOT / "infra" / "docker" / "github_tools"
    command = [script, "us-central1-docker.pkg.dev/p/r"]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "secret" not in done.stdout + done.stderr
    assert image_tools.noted(tmp_path, "logins") == ["https://us-central1-docker.pkg.dev"]
    cosign = tmp_path / ".local" / "bin" / "cosign"
    assert cosign.read_text().startswith("gcr.io/projectsigstore/cosign:v")
    assert (tmp_path / "path").read_text().strip() == str(cosign.parent)
    assert subprocess.run([script], env=os.environ | environment, capture_output=True).returncode == 2
