"""Terraform's plans, made once for all tests."""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
from collections.abc import Callable

import pytest

from tests.infra.terraform_plans import Plan, Workspace


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace(tmp_path_factory.mktemp("infra"))


@pytest.fixture(scope="session")
def plans(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, Plan]]:
    """Plans an environment once for all processes of a run: the first does, and the others wait for it."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    tested: dict[str, dict[str, Plan]] = {}

    def of(environment: str) -> dict[str, Plan]:
        if environment not in tested:
            with (shared / f"{environment}.plans.json").open("a+") as kept:
                fcntl.flock(kept, fcntl.LOCK_EX)
                kept.seek(0)
                planned = kept.read()
                if not planned:
                    code, made, printed = workspace.test(environment)
                    assert code == 0, printed[-3000:]
                    planned = json.dumps({name: dataclasses.asdict(plan) for name, plan in made.items()})
                    kept.write(planned)
                tested[environment] = {name: Plan(**plan) for name, plan in json.loads(planned).items()}
        return tested[environment]

    return of
