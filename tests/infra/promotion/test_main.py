"""`python -m infra.promotion`, as the Makefile calls it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from infra.promotion.__main__ import MODULES

ROOT = Path(__file__).parents[3]


def promotion(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "infra.promotion", *arguments]
    nobody = {"NO_GCE_CHECK": "true", "CLOUDSDK_CONFIG": "/none", "HOME": "/none"}
    return subprocess.run(command, cwd=ROOT, env=os.environ | nobody, capture_output=True, text=True)


@pytest.mark.parametrize("command", sorted({*MODULES} - {"template"}))  # importing TFX takes long
def test_a_usage_error_names_the_command_and_nothing_else_is_said(command: str) -> None:
    """Not the file that it is in; and libraries that warn when they are imported are silent."""
    done = promotion(command, "--no-such-option")
    assert done.returncode == 2
    assert done.stderr.startswith(f"usage: python -m infra.promotion {command} ")
    last = done.stderr.splitlines()[-1]
    assert re.match(rf"python -m infra\.promotion {command}(?: \w+)?: error: ", last), done.stderr
    assert "arning" not in done.stderr


def test_a_command_that_is_none_is_named_with_those_there_are() -> None:
    """As argparse does."""
    done = promotion("promote")
    assert (done.returncode, "invalid choice: 'promote'" in done.stderr) == (2, True)


def test_without_a_login_one_line_is_said() -> None:
    """On the older set of packages too, whose libraries warn."""
    done = promotion("pointer", "show", "--bucket", "gs://promotions")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr


def test_the_makefile_calls_these() -> None:
    """Each command by its name."""
    called = re.findall(r"-m infra\.promotion(\S*) ([\w-]+)", (ROOT / "Makefile").read_text())
    assert {suffix for suffix, _ in called} == {""}
    assert {name for _, name in called} == set(MODULES)
