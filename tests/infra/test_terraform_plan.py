"""`make infra-plan`: what it asks Terraform for, and one sentence where it cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.infra.programs import needs_terraform
from tests.infra.terraform_plans import ROOT, SOURCE

STATE = "a-project-evergreen-state"
TFVARS = 'project       = "a-project" # ours\nname= "evergreen"\n'
RECORDS = """#!/bin/sh
echo "$*" >> "$RECORD"
"""
Plan = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the infrastructure, with environments of a project of its own."""
    shutil.copytree(
        SOURCE, tmp_path / "terraform", ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*")
    )
    for name in ("dev", "preprod", "prod"):
        (tmp_path / "terraform" / "environments" / f"{name}.tfvars").write_text(TFVARS)
    return tmp_path


@pytest.fixture
def plan(tree: Path) -> Plan:
    """Runs the script where nobody is logged in."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        nobody = {"HOME": str(tree), "CLOUDSDK_CONFIG": str(tree / "gcloud"), "NO_GCE_CHECK": "true"}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GOOGLE_")}
        return subprocess.run(
            [tree / "terraform" / "plan", *arguments],
            env=inherited | nobody | environment,
            capture_output=True,
            text=True,
        )

    return run


@pytest.fixture
def recorded(tree: Path) -> dict[str, str]:
    """A PATH whose `terraform` notes what it is asked for."""
    program = tree / "bin" / "terraform"
    program.parent.mkdir()
    program.write_text(RECORDS)
    program.chmod(0o755)
    return {"PATH": f"{program.parent}:{os.environ['PATH']}", "RECORD": str(tree / "record")}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "CONFIG is ''; expected one of dev, preprod, prod, as in make infra-plan CONFIG=dev STATE="),
        (("", STATE), "CONFIG is ''; expected one of"),
        (("local", STATE), "CONFIG is 'local'; expected one of dev, preprod, prod"),
        (("../dev", STATE), "CONFIG is '../dev'; expected one of"),
        (("dev", ""), "STATE is ''; expected the bucket of Terraform's state, <project>-<name>-state"),
        (("dev", f"gs://{STATE}"), f"STATE is 'gs://{STATE}'; expected the bucket"),
        (
            ("dev", "other-project-evergreen-state"),
            f"STATE is 'other-project-evergreen-state', and the state of dev is in '{STATE}'",
        ),
        (
            ("dev", "a-project-other-state"),
            f"STATE is 'a-project-other-state', and the state of dev is in '{STATE}'",
        ),
        (("dev", STATE, "no"), "LOCK is 'no'; expected true or false"),
    ],
)
def test_a_plan_that_cannot_be_made_does_not_begin(
    plan: Plan, recorded: dict[str, str], arguments: tuple[str, ...], said: str
) -> None:
    """One sentence, exit code 2, and Terraform is not asked."""
    done = plan(*arguments, **recorded)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert done.stderr.startswith(f"infra-plan: {said}")
    assert not Path(recorded["RECORD"]).exists()


def test_without_terraform_it_says_where_it_is_from(plan: Plan, tree: Path) -> None:
    """As on a machine on which nobody has installed it."""
    (tree / "bin").mkdir()
    for name in ("bash", "dirname", "sed"):
        (tree / "bin" / name).symlink_to(shutil.which(name) or f"/bin/{name}")
    done = plan("dev", STATE, PATH=str(tree / "bin"))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert done.stderr.startswith("infra-plan: terraform is not on PATH; install it: https://")


@needs_terraform
@pytest.mark.parametrize("key", [None, "/no/such/key.json"])
def test_without_a_login_it_says_who_must_log_in(plan: Plan, key: str | None) -> None:
    """The real Terraform asks Cloud Storage for the state first, and needs no provider for that."""
    done = plan("dev", STATE, **({"GOOGLE_APPLICATION_CREDENTIALS": key} if key else {}))
    assert (done.returncode, done.stderr) == (
        2,
        f"infra-plan: reading gs://{STATE}: nobody is logged in to Google Cloud; "
        "run `gcloud auth application-default login`\n",
    )


@needs_terraform
def test_another_error_of_terraform_is_shown(plan: Plan, tree: Path) -> None:
    """Whole, with exit code 1."""
    (tree / "terraform" / "more.tf").write_text("resource {}\n")
    done = plan("dev", STATE)
    assert done.returncode == 1
    assert "more.tf" in done.stderr


@pytest.mark.parametrize(("lock", "said"), [((), "true"), (("true",), "true"), (("false",), "false")])
def test_an_environment_is_planned_on_its_own_state(
    plan: Plan, recorded: dict[str, str], lock: tuple[str, ...], said: str
) -> None:
    """With a lock unless the state is only read."""
    assert plan("preprod", STATE, *lock, **recorded).returncode == 0
    init, planned = Path(recorded["RECORD"]).read_text().splitlines()
    assert init == (
        "init -input=false -lockfile=readonly -reconfigure "
        f"-backend-config=bucket={STATE} -backend-config=prefix=preprod"
    )
    assert planned == (
        f"plan -input=false -lock={said} -var-file=environments/preprod.tfvars -out=preprod.tfplan"
    )


def test_make_hands_its_variables_over() -> None:
    """What is empty stays empty, and is refused by name."""
    command = ["make", "--dry-run", "infra-plan", "CONFIG=dev", "STATE=", "LOCK=false"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert 'infra/terraform/plan "dev" "" false' in printed
