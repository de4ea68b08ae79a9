"""A mistake in features.py is one line that names the file, and not a traceback."""

import importlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import trainer
from pipeline.config import columns
from pipeline.errors import USAGE, ConfigError
from tests.pipeline.config.schema_of import schema_of
from trainer.column import Column

ROOT = Path(__file__).parents[3]
HEAD = "from trainer import column_rule\nfrom trainer.column import Column\n"
CHECK = """
column_rule.check(COLUMNS, (), {"MINIMUM_COUNT": 1, "VOCABULARY_SIZE": 1, "OUT_OF_VOCABULARY_BUCKETS": 1,
    "QUANTILE_BUCKETS": 2})
"""
LABEL = 'Column("late", "int64", "number", role="label")'
DATE = 'Column("day", "string", "date", role="date")'
read = columns.read  # the tests' configurations have columns of their own in its place


@pytest.fixture
def features(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a text in the place of features.py."""
    importlib.import_module("trainer.features")

    def write(text: str) -> None:
        (tmp_path / "trainer").mkdir()
        (tmp_path / "trainer" / "features.py").write_text(text)
        monkeypatch.setattr(trainer, "__path__", [str(tmp_path / "trainer"), *trainer.__path__])
        monkeypatch.delitem(sys.modules, "trainer.features")
        monkeypatch.delattr(trainer, "features")

    return write


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            f"{HEAD}COLUMNS = ({LABEL},){CHECK}",
            "trainer/features.py: no column has the role 'date'; give it to one",
        ),
        ("COLUMNS = (\n", "trainer/features.py:1: '(' was never closed; the columns cannot be read"),
        (
            f"{HEAD}COLUMNS = ({DATE}, Colum('a', 'int64', 'number'))",
            "trainer/features.py:3: NameError: name 'Colum' is not defined; the columns cannot be read",
        ),
        (
            f"{HEAD}COLUMNS = (\n{DATE},\n{LABEL},\nColumn('a', 'int64'),\n)",
            "trainer/features.py:6: TypeError: Column.__init__() missing 1 required positional argument: "
            "'kind'; the columns cannot be read",
        ),
        (
            f"{HEAD}COLUMNS = {LABEL}{CHECK}",
            "trainer/features.py:4: TypeError: 'Column' object is not iterable; the columns cannot be read",
        ),
        (
            "import nowhere",
            "trainer/features.py:1: ModuleNotFoundError: No module named 'nowhere'; the columns cannot be "
            "read",
        ),
        (f"{HEAD}", "trainer/features.py: AttributeError: "),
    ],
)
def test_a_file_that_gives_no_columns_is_named_with_the_line(features, text: str, line: str):
    features(text)
    with pytest.raises(ConfigError) as fault:
        read()
    assert str(fault.value).startswith(line)
    assert "\n" not in str(fault.value)
    assert fault.value.exit_code == USAGE


def test_the_columns_are_those_of_the_file(features):
    features(f"{HEAD}COLUMNS = [{DATE}, {LABEL}]{CHECK}")
    assert read() == (
        Column("day", "string", "date", role="date"),
        Column("late", "int64", "number", role="label"),
    )


@pytest.mark.parametrize("command", ["run", "compile", "graph"])
def test_the_command_line_says_it_in_one_line(tmp_path: Path, command: str):
    """In a process of its own, so that whatever a command imports has not been imported yet."""
    shutil.copytree(ROOT / "trainer", tmp_path / "trainer")
    (tmp_path / "trainer" / "features.py").write_text(f"{HEAD}COLUMNS = ({LABEL},){CHECK}")
    (tmp_path / "trainer" / "schema.pbtxt").write_bytes(schema_of([]))
    program = "import sys; from pipeline.cli.main import main; sys.argv[0] = 'evergreen'; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, command],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path}:{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert done.stderr == "evergreen: trainer/features.py: no column has the role 'date'; give it to one\n"
    assert [path.name for path in tmp_path.iterdir()] == ["trainer"]
