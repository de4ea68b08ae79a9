"""Programs that tests of the infrastructure need: absent, a person's tests are skipped, and a build's fail.

A build says that it is one by CI: GitHub sets it, and so do the files of Cloud Build (options.env).
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).parents[2]
CHECKOV = ROOT / ".tools" / "checkov" / "bin" / "checkov"
UV = shutil.which(ROOT / ".tools" / "uv" / "uv") or shutil.which("uv") or "uv"


def in_a_build() -> bool:
    """Returns whether nobody would see that a test was skipped."""
    return os.environ.get("CI", "") not in ("", "0", "false")


def needs(program: str | Path, install: str) -> pytest.MarkDecorator:
    """Returns the mark of tests that start a program; in a build they start it, here or not, and fail."""
    is_here = shutil.which(program) is not None
    return pytest.mark.skipif(not is_here and not in_a_build(), reason=f"no {program} here; {install}")


def absent(what: str) -> NoReturn:
    """Skips a test that has found out that something is not here; in a build fails it."""
    if in_a_build():
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


needs_terraform = needs("terraform", "install it: https://developer.hashicorp.com/terraform/install")
