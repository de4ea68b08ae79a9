"""A mistake in columns.yaml is one line that names the file, at every command, and not a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import USAGE

ROOT = Path(__file__).parents[3]
LABEL = "{name: late, dtype: int64, kind: category, role: label, values: [0, 1]}"


def answer(tmp_path: Path, columns: Path, *arguments: str) -> tuple[int, str, str]:
    """What a command says, in a process of its own, in which nothing has been imported yet."""
    program = "import sys; from pipeline.cli.main import main; sys.argv[0] = 'evergreen'; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "EVERGREEN_COLUMNS": str(columns)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert os.listdir(tmp_path) in ([], [columns.name])
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("command", ["run", "compile", "graph"])
def test_the_command_line_says_it_in_one_line(tmp_path: Path, command: str):
    columns = tmp_path / "c.yaml"
    columns.write_text(f"columns:\n  - {LABEL}\n")
    assert answer(tmp_path, columns, command) == (
        USAGE,
        "",
        "evergreen: trainer/columns.yaml:1: no column is left to learn from; "
        "add one with the role 'feature'\n",
    )


def test_a_file_that_is_not_there_or_no_text_is_named(tmp_path: Path):
    line = "evergreen: trainer/columns.yaml cannot be read: No such file or directory\n"
    assert answer(tmp_path, tmp_path / "c.yaml", "config") == (USAGE, "", line)
    (tmp_path / "c.yaml").write_bytes(b"\xff")
    line = "evergreen: trainer/columns.yaml is not UTF-8 text; save it as UTF-8\n"
    assert answer(tmp_path, tmp_path / "c.yaml", "config") == (USAGE, "", line)
