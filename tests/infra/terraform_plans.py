"""Running Terraform on a copy of infra/terraform, without a project, and reading what it plans."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "infra" / "terraform"
TFVARS = ROOT / "tests" / "flights" / "environments"
STAND_IN = Path(__file__).parent / "google_schema"
ENVIRONMENTS = ("dev", "preprod", "prod")
# Runs of the tftest file that plan everything.
PLAIN = "the_configuration_points_at_what_is_made"
TABLE = "with_a_dataset_its_days_are_listed_and_read"
LOGGED = "with_request_logging_the_endpoint_keeps_a_sample_in_its_own_dataset"
CONNECTED = "with_a_repository_builds_start_and_only_prod_waits_for_approval"


@dataclasses.dataclass(frozen=True)
class Plan:
    """What one run of a tftest file plans.

    Attributes:
      resources: address to the resource's values.
      outputs: name to value; parts that are known only after apply are missing.
    """

    resources: dict[str, dict[str, Any]]
    outputs: dict[str, Any]

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """The resources of one type, or of one name as in `google_storage_bucket.this`, by address."""
        wanted = re.compile(rf"(^|\.){re.escape(kind)}([.\[]|$)")
        return {address: values for address, values in self.resources.items() if wanted.search(address)}

    def account(self, role: str) -> str:
        """E-mail of the account of a role: build, pipeline, training, ..."""
        return str(self.outputs["accounts"][role])

    def grants(self) -> Iterator[tuple[str, str, str]]:
        """(address, role, member) of every IAM member."""
        for address, values in self.resources.items():
            if "_iam_member" in address:
                yield address, values["role"], values.get("member", "")

    def condition(self, address: str) -> str:
        """The expression that a grant depends on; empty for none."""
        return "".join(each["expression"] for each in self.resources[address].get("condition") or ())


class Workspace:
    """A copy of infra/terraform, initialised with the real provider or with the stand-in.

    Args:
      folder: to copy into.
      tfvars: the environments to plan; those of the tests, and not a fork's, unless they are what is tested.

    Attributes:
      folder: of the copy.
      stand_in: whether the real provider could not be fetched.
    """

    def __init__(self, folder: Path, tfvars: Path = TFVARS):
        self.folder = folder / "terraform"
        ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*", "environments")
        shutil.copytree(SOURCE, self.folder, ignore=ignored)
        shutil.copytree(tfvars, self.folder / "environments")
        cache = folder / "cache"
        self._environment = os.environ | {"TERRAFORM_GOOGLE_CACHE": str(cache), "TF_IN_AUTOMATION": "1"}
        self.stand_in = self.terraform("init", "-backend=false", "-input=false").returncode != 0
        if self.stand_in:
            line = subprocess.run(
                [STAND_IN / "install", sys.executable],
                env=self._environment,
                check=True,
                capture_output=True,
                text=True,
            ).stdout
            self._environment["TF_CLI_CONFIG_FILE"] = line.strip().partition("=")[2]
            self.terraform("init", "-backend=false", "-input=false", check=True)

    def terraform(self, *arguments: str, check: bool = False) -> subprocess.CompletedProcess[str]:
        """Runs terraform in the copy."""
        return subprocess.run(
            ["terraform", *arguments],
            cwd=self.folder,
            env=self._environment,
            check=check,
            capture_output=True,
            text=True,
        )

    def keep_run(self, name: str) -> None:
        """Leaves one run of the tftest file, as each takes seconds."""
        path = self.folder / "tests" / "environments.tftest.hcl"
        head, *runs = re.split(r'^(?=run ")', path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        (kept,) = [run for run in runs if run.startswith(f'run "{name}"')]
        path.write_text(head + kept, encoding="utf-8")

    def test(self, environment: str) -> tuple[int, dict[str, Plan], str]:
        """Runs the tftest files with an environment's variables.

        Returns:
          Exit code, the plan of each run, and what was printed.
        """
        done = self.terraform(
            "test", "-json", "-verbose", f"-var-file=environments/{environment}.tfvars", "-no-color"
        )
        return done.returncode, dict(_plans(done.stdout)), done.stdout + done.stderr


def _plans(lines: str) -> Iterator[tuple[str, Plan]]:
    for line in lines.splitlines():
        message = json.loads(line) if line.startswith("{") else {}
        if message.get("type") == "test_plan":
            plan = message["test_plan"]
            changes = plan.get("resource_changes", [])
            yield (
                message["@testrun"],
                Plan(
                    resources={c["address"]: c["change"]["after"] for c in changes},
                    outputs={n: c.get("after") for n, c in plan.get("output_changes", {}).items()},
                ),
            )
