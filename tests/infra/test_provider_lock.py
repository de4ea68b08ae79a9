"""The lock of Terraform's provider: which package it lets in, and that nothing initialises without it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

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
