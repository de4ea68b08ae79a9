"""The sources of the infrastructure: well-formed, valid, and told."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.infra.programs import needs_terraform
from tests.infra.terraform_plans import CONNECTED, ENVIRONMENTS, PLAIN, SOURCE, Plan, Workspace

pytestmark = needs_terraform


def test_the_sources_are_formatted_and_valid(workspace: Workspace) -> None:
    """`terraform fmt -check` and `validate` have nothing to say."""
    formatted = workspace.terraform("fmt", "-check", "-recursive")
    assert formatted.returncode == 0, formatted.stdout
    validated = workspace.terraform("validate", "-no-color")
    assert validated.returncode == 0, validated.stdout + validated.stderr


def test_a_misspelt_argument_is_noticed(tmp_path: Path) -> None:
    """The schema behind `validate` is real: a typo fails."""
    copy = Workspace(tmp_path)
    serving = copy.folder / "modules" / "serving" / "main.tf"
    serving.write_text(serving.read_text().replace("display_name =", "displayname ="))
    validated = copy.terraform("validate", "-no-color")
    assert validated.returncode == 1
    assert "displayname" in validated.stdout + validated.stderr


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_environment_passes_its_own_tests(
    plans: Callable[[str], dict[str, Plan]], environment: str
) -> None:
    """`terraform test` passes for each tfvars file, and planned at least the two runs looked at below."""
    assert {PLAIN, CONNECTED} <= set(plans(environment))


def test_every_variable_says_what_it_is_and_has_a_type() -> None:
    """Typed variables with descriptions, in the root and in every module."""
    for path in SOURCE.rglob("*.tf"):
        for block in re.findall(r'variable "(\w+)" \{(.*?)\n\}', path.read_text(), re.DOTALL):
            assert "description =" in block[1], (path, block[0])
            assert re.search(r"\n  type\s+=", block[1]), (path, block[0])
