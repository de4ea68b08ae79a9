"""What a build of a fork has is a clone: no data, no sample, and a template for its revision all the same."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.promotion import images
from tests.infra.local_registry import REPOSITORY

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
FLIGHTS = ROOT / "tests" / "flights"
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A commit of this project without its sample; its days are in a bucket, its images were built."""
    folder = tmp_path_factory.mktemp("fork") / "clone"
    listed = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listed, check=True, capture_output=True, text=True).stdout.splitlines():
        if (ROOT / name).is_file() and not name.startswith(("sample/", "tests/")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    shutil.copytree(FLIGHTS / "configs", folder / "pipeline" / "configs", dirs_exist_ok=True)
    shutil.copy(FLIGHTS / "columns.yaml", folder / "trainer")
    base = folder / "pipeline" / "configs" / "base.yaml"
    base.write_text(base.read_text().replace("source: data/flights", "source: gs://acme-flights/days"))
    assert "gs://acme-flights/days" in base.read_text()
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "ours")
    git(folder, "tag", "v1.2.0")
    (folder / "build").mkdir()
    named = {name: f"{REPOSITORY}/{name}@sha256:{'3' * 64}" for name in images.IMAGES}
    (folder / "build" / "images.json").write_text(json.dumps({"tag": "v1.2.0", **named}))
    return folder


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True)


def call(clone: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """What a command says in the clone, run on the clone's code and files."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("EVERGREEN_")}
    own |= {"PYTHONPATH": str(clone), "PATH": f"{BIN}:{own['PATH']}"}
    return subprocess.run(command, cwd=clone, env=own, capture_output=True, text=True, check=False)


def make(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """As a build calls it, but for the set-up, which is this environment's."""
    installed = subprocess.run([clone / "infra/bootstrap/locked_set"], capture_output=True, text=True).stdout
    (clone / ".venv").mkdir(exist_ok=True)
    (clone / ".venv" / f".installed-run-{installed.strip()}").touch()
    own = {name: value for name, value in os.environ.items() if not name.startswith("EVERGREEN_")}
    return subprocess.run(
        ["make", f"BIN={BIN}", *arguments],
        cwd=clone,
        env=own | {"PYTHONPATH": str(clone)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_clone_without_a_day_of_data_makes_its_template(clone: Path) -> None:
    """Nothing is written for it but the template: no sample is made."""
    made = make(clone, "template", "CONFIG=prod", "REVISION=v1.2.0")
    assert made.returncode == 0, made.stdout + made.stderr
    template = json.loads((clone / "build" / "template.json").read_text())
    assert (template["revision"], set(template["jobs"])) == ("v1.2.0", {"alone", "beside_champion"})
    assert template["config"]["data"]["source"] == "gs://acme-flights/days"
    assert not (clone / "data").exists()
    assert len(template["source"]) == 40  # the commit, and no changes


def test_a_build_runs_the_pipeline_only_where_its_data_is(clone: Path) -> None:
    """It says so and goes on; whoever asks for a run is told to bring data. Both files of builds ask so."""
    skipped = make(clone, "run", "WITHOUT_DATA=skip")
    assert skipped.returncode == 0, skipped.stderr
    assert "no run: its data, gs://acme-flights/days, is not on this machine" in skipped.stdout
    asked = make(clone, "run")
    assert asked.returncode == 2
    assert "no data folder at" in asked.stderr
    for build in filter(Path.is_file, (ROOT / "cloudbuild.yaml", ROOT / ".github/workflows/push.yml")):
        calls = re.findall(r"(?:make |args: \[)run\b,?(.*)", build.read_text())
        assert calls
        assert all("WITHOUT_DATA=skip" in call for call in calls)
