"""The lock of Terraform's provider: which package it lets in, and that nothing initialises without it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.infra.programs import needs_terraform
from tests.infra.terraform_plans import ROOT, SOURCE, STAND_IN, Workspace

LOCK = SOURCE / ".terraform.lock.hcl"


def test_it_is_kept_with_the_sources() -> None:
    """For a build starts from a checkout."""
    assert LOCK.is_file()
    assert subprocess.run(["git", "check-ignore", "--quiet", LOCK], cwd=ROOT).returncode != 0


def test_one_version_is_locked_that_every_module_takes() -> None:
    """That of the schema the tests plan with, under the constraint of all modules."""
    text = LOCK.read_text()
    assert re.findall(r'^provider "(.*)"', text, re.MULTILINE) == ["registry.terraform.io/hashicorp/google"]
    (schema,) = STAND_IN.glob("schema-*.bin.gz")
    assert f'version     = "{schema.name.removeprefix("schema-").removesuffix(".bin.gz")}"' in text
    asked = {
        re.findall(r'source  = "hashicorp/google"\n\s+version = "(.*)"', path.read_text())[0]
        for path in SOURCE.rglob("versions.tf")
    }
    assert re.findall(r'constraints = "(.*)"', text) == [*asked]


def test_packages_of_every_platform_are_locked() -> None:
    """Packed, which the download is compared with, and unpacked, which a plan is."""
    packed, unpacked = (re.findall(rf'"({kind}:\S+)"', LOCK.read_text()) for kind in ("zh", "h1"))
    assert len({*packed}) == 12  # eleven platforms, and a manifest
    assert all(re.fullmatch(r"zh:[0-9a-f]{64}", each) for each in packed)
    assert len({*unpacked}) >= 4
    assert all(re.fullmatch(r"h1:[A-Za-z0-9+/]{43}=", each) for each in unpacked)


def initialisations() -> Iterator[tuple[Path, str]]:
    """Each line by which the project initialises Terraform, but in tests, which work on copies."""
    for path in (
        ROOT / "Makefile",
        *(ROOT / "infra").rglob("*"),
        *ROOT.glob("*.yaml"),
        *ROOT.glob(".github/**/*"),
    ):
        if (
            path.is_file()
            and path.suffix not in {".tf", ".hcl", ".pyc", ".lock"}
            and ".terraform" not in path.parts
        ):
            text = path.read_text(encoding="utf-8").replace("\\\n", " ")
            yield from ((path, line) for line in re.findall(r".*\bterraform\b[^#\n]* init\b.*", text))


def test_nothing_initialises_without_the_lock() -> None:
    """Nor writes into it."""
    lines = list(initialisations())
    assert lines
    assert [line for line in lines if "-lockfile=readonly" not in line[1] or "-upgrade" in line[1]] == []


@needs_terraform
def test_another_package_of_the_same_version_is_refused(tmp_path: Path) -> None:
    """The stand-in has the provider's name and version; the real one, where it can be had, is taken."""
    copy = Workspace(tmp_path)
    shutil.rmtree(copy.folder / ".terraform")
    shutil.copy(LOCK, copy.folder)
    done = copy.terraform("init", "-backend=false", "-input=false", "-lockfile=readonly", "-no-color")
    assert done.returncode == int(copy.stand_in), done.stdout + done.stderr
    assert ("match any of the checksums" in " ".join(done.stderr.split())) is copy.stand_in
    assert (copy.folder / LOCK.name).read_text() == LOCK.read_text()


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A copy of the infrastructure, with its lock."""
    into = tmp_path / "terraform"
    shutil.copytree(SOURCE, into, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*"))
    return into


def write_lock(sources: Path) -> subprocess.CompletedProcess[str]:
    """As `make infra-lock`, where nothing lets a connection through."""
    nowhere = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), "http://127.0.0.1:9")
    environment = {**os.environ, **nowhere, "NO_PROXY": "", "no_proxy": "", "TF_CLI_CONFIG_FILE": os.devnull}
    return subprocess.run([sources / "lock"], env=environment, capture_output=True, text=True)


@needs_terraform
def test_without_a_net_the_lock_stays_and_one_sentence_says_what_is_missing(sources: Path) -> None:
    """In place of Terraform's box."""
    done = write_lock(sources)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert done.stderr.startswith(
        "infra-lock: the registry of Terraform's providers, registry.terraform.io, cannot be reached"
    )
    assert (sources / LOCK.name).read_text() == LOCK.read_text()


@needs_terraform
def test_another_error_of_locking_is_shown(sources: Path) -> None:
    """Whole."""
    (sources / "more.tf").write_text('terraform {\n  required_version = ">= 99"\n}\n')
    done = write_lock(sources)
    assert done.returncode == 1
    assert "Unsupported Terraform Core version" in done.stderr
    assert "infra-lock:" not in done.stderr


def test_make_writes_the_lock_by_that_script() -> None:
    """It has no other command for it."""
    command = ["make", "--no-print-directory", "--dry-run", "infra-lock"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert printed.split() == ["infra/terraform/lock"]
