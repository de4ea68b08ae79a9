"""Terraform's plans, made once for all tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.infra.terraform_plans import Plan, Workspace


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace(tmp_path_factory.mktemp("infra"))


@pytest.fixture(scope="session")
def plans(workspace: Workspace) -> Callable[[str], dict[str, Plan]]:
    tested: dict[str, dict[str, Plan]] = {}

    def of(environment: str) -> dict[str, Plan]:
        if environment not in tested:
            code, tested[environment], printed = workspace.test(environment)
            assert code == 0, printed[-3000:]
        return tested[environment]

    return of
