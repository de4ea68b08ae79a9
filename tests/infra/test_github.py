"""What GitHub Actions are told: by the published schema, by what no schema catches, beside Cloud Build."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.infra import image_tools, strict_yaml
from tests.infra.programs import needs
from tests.infra.test_cloudbuild import steps, targets
from tests.infra.workflow_faults import FAULTS, Fault
from tests.infra.workflow_rules import ALLOWED, faults, target, values

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".github" / "workflows"
FILES = sorted(FOLDER.iterdir())
# What Cloud Build's steps name, and the same thing on GitHub.
SAME = {
    "$COMMIT_SHA": "$GITHUB_SHA",
    "$TAG_NAME": "$TAG",
    "${_EARLIER_ENVIRONMENT}": "$EARLIER",
    "${_PIPELINE}": "$NAME",
}


def called(path: str, *jobs: str) -> list[tuple[str, dict[str, str]]]:
    """Targets that jobs of a workflow call, with the variables that they pass."""
    workflow = strict_yaml.load((FOLDER / path).read_text())
    calls = [step for job in jobs for step in workflow["jobs"][job]["steps"] if target(step)]
    return [(str(target(step)), values(step)) for step in calls]


def called_by_cloud_build(path: str) -> list[tuple[str, dict[str, str]]]:
    """Likewise of a build; without what waits for another build, as people start a release here."""
    return [
        (
            step["args"][0],
            {
                name: SAME.get(value, re.sub(r"\$\{_(\w+)\}", r"$\1", value))
                for name, _, value in (word.partition("=") for word in step["args"][1:])
                if name != "WAIT_S"
            },
        )
        for step in steps(path)
    ]


@pytest.mark.parametrize("schema", ["vendor.github-workflows", "custom.github-workflows-require-timeout"])
def test_every_file_follows_the_published_schema(schema: str) -> None:
    """Unknown keys, wrong types and jobs without a timeout are faults."""
    check = Path(sys.executable).with_name("check-jsonschema")
    done = subprocess.run([check, "--builtin-schema", schema, *FILES], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_holds_what_it_may_and_no_more(path: Path) -> None:
    """Events, rights, machines, actions by commit, variables, and steps that are targets of the Makefile."""
    assert list(faults(path.stem, path.read_text(), targets())) == []


def test_there_is_a_file_for_each_event() -> None:
    """And no other, whatever its ending; nor an action of this repository's own, which nothing here reads."""
    assert {path.name for path in FILES} == {f"{name}.yml" for name in ALLOWED}
    assert not (ROOT / ".github" / "actions").exists()


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_is_found(fault: Fault) -> None:
    """Each kind of slip or attack, planted in the real file."""
    file, before, after, said = fault
    text = (FOLDER / f"{file}.yml").read_text()
    assert before in text
    found = list(faults(file, text.replace(before, after, 1), targets()))
    assert any(line.startswith(said) for line in found), found


def test_a_file_of_another_name_is_found() -> None:
    """Whatever it holds."""
    assert list(faults("nightly", "", set())) == ["nightly is no workflow of this project"]


@pytest.mark.parametrize(
    ("workflow", "jobs", "build", "own"),
    [
        ("pull-request.yml", ["check"], "infra/cloudbuild/pull-request.yaml", {}),
        ("push.yml", ["check", "dev"], "cloudbuild.yaml", {"$CONFIG": "dev"}),
        (
            "release.yml",
            ["release"],
            "infra/cloudbuild/release.yaml",
            {"$GITHUB_SHA": "$(git rev-parse HEAD)"},
        ),
        # Its checkout has the tags, so the commit need not be said.
        ("release.yml", ["promotion"], "infra/cloudbuild/promotion.yaml", {"$GITHUB_SHA": ""}),
    ],
)
def test_both_do_the_same(workflow: str, jobs: list[str], build: str, own: dict[str, str]) -> None:
    """The same targets in the same order with the same values: what one has the other has."""
    expected = [
        (name, {key: own.get(value, value) for key, value in given.items() if own.get(value, value)})
        for name, given in called_by_cloud_build(build)
    ]
    assert called(workflow, *jobs) == expected


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


@pytest.fixture
def terraform_job(tmp_path: Path) -> Iterator[Callable[[str], subprocess.CompletedProcess[str]]]:
    """Runs the script as a job does, with this hash in versions.env, before a server with one program."""
    shutil.copytree(ROOT / "infra" / "docker", tmp_path / "docker")
    versions = (ROOT / "infra" / "docker" / "versions.env").read_text()
    number = re.findall(r"^TERRAFORM_IMAGE=hashicorp/terraform:([\d.]+)$", versions, re.MULTILINE)[0]
    archive = tmp_path / "releases" / number / f"terraform_{number}_linux_amd64.zip"
    archive.parent.mkdir(parents=True)
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("terraform", "#!/bin/sh\necho planned\n")
    handler = functools.partial(SimpleHTTPRequestHandler, directory=tmp_path / "releases")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

        def run(digest: str) -> subprocess.CompletedProcess[str]:
            listed = re.sub(r"(?<=TERRAFORM_SHA256=)[0-9a-f]{64}", digest or sha256(archive), versions)
            (tmp_path / "docker" / "versions.env").write_text(listed)
            environment = {
                "HOME": str(tmp_path),
                "GITHUB_PATH": str(tmp_path / "path"),
                "TERRAFORM_RELEASES": f"http://127.0.0.1:{server.server_port}",
                "NO_PROXY": "127.0.0.1",
            }
            script = tmp_path / "docker" / "github_terraform"
            return subprocess.run([script], env=os.environ | environment, capture_output=True, text=True)

        yield run
        server.shutdown()


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@needs("curl", "install it; GitHub's machines have it")
def test_terraform_is_the_pinned_file_or_none(
    terraform_job: Callable[[str], subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """Of another hash nothing is installed: the file was changed, or only one of version and hash."""
    program = tmp_path / ".local" / "bin" / "terraform"
    refused = terraform_job("0" * 64)
    assert (refused.returncode, "is not the file of TERRAFORM_SHA256" in refused.stderr) == (1, True), (
        refused.stderr
    )
    assert not program.exists()
    done = terraform_job("")
    assert done.returncode == 0, done.stderr
    assert subprocess.run([program], capture_output=True, text=True).stdout == "planned\n"
    assert (tmp_path / "path").read_text().strip() == str(program.parent)
