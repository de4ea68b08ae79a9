"""What `make lint` reads infrastructure with: its lock, what is accepted and why, and a fault."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.infra.programs import CHECKOV, needs

ROOT = Path(__file__).parents[2]
BOOTSTRAP = ROOT / "infra" / "bootstrap"
CONFIG = ROOT / "infra" / "checkov.yaml"
REASON = re.compile(r"(\S+ ){4}")  # five words at least
BUCKET = """
resource "google_storage_bucket" "open" {
  name     = "open"
  location = "EU"
}
"""


def test_lint_runs_it_from_its_own_locked_environment() -> None:
    """The target needs the environment, and the version is the one asked for, with hashes."""
    printed = subprocess.run(
        ["make", "--dry-run", "--always-make", "lint"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert ".tools/checkov/bin/checkov --config-file infra/checkov.yaml --directory infra" in printed
    assert "--require-hashes infra/bootstrap/checkov.lock" in printed
    asked = (BOOTSTRAP / "checkov.in").read_text().strip()
    locked = (BOOTSTRAP / "checkov.lock").read_text()
    assert f"\n{asked} \\\n    --hash=sha256:" in locked


def test_the_tests_of_the_infrastructure_install_it() -> None:
    """By themselves, as the build of a plan runs them without `make lint` before."""
    command = ["make", "--dry-run", "--always-make", "infra-check"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert printed.index("infra/bootstrap/checkov.lock") < printed.index("pytest tests/infra")


def test_each_accepted_finding_has_its_reason() -> None:
    """In place, after the id; in the file for all, as a comment on the line."""
    sources = [*(ROOT / "infra").rglob("*.tf"), *(ROOT / "infra").rglob("*Dockerfile")]
    text = "\n".join(path.read_text() for path in sources)
    in_place = re.findall(r"checkov:skip=(\w+)(.*)", text)
    assert in_place
    assert [name for name, reason in in_place if not REASON.match(reason.removeprefix(":"))] == []
    everywhere = re.findall(r"^  - (CKV\w+)(.*)$", CONFIG.read_text(), re.MULTILINE)
    assert [name for name, reason in everywhere if not REASON.match(reason.strip(" #"))] == []


@needs(CHECKOV, "`make lint` installs it")
def test_a_fault_is_found(tmp_path: Path) -> None:
    """A bucket that single objects can be opened in; exit code 1."""
    (tmp_path / "main.tf").write_text(BUCKET)
    command = [CHECKOV, "--config-file", CONFIG, "--directory", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "CKV_GCP_29" in done.stdout
