"""`evergreen data`: its exit codes, its one line, its cheap help."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from sample.command import data


def invoke(*arguments):
    return CliRunner().invoke(data, [str(argument) for argument in arguments])


def test_it_writes_the_days_and_says_so_in_one_line(tmp_path):
    """The files are there, and one line tells days and flights."""
    result = invoke("--into", tmp_path / "flights", "--from", "2013-01-01", "--until", "2013-01-02")
    assert result.exit_code == 0
    assert result.output.startswith("Wrote 2 days, 1,785 flights into ")
    assert result.output.count("\n") == 1
    assert len(list((tmp_path / "flights").glob("*.csv"))) == 2


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path):
    """A path below a file: one line that names it, exit code 1, no traceback."""
    (tmp_path / "file").write_text("")
    result = invoke("--into", tmp_path / "file" / "flights", "--until", "2013-01-01")
    assert result.exit_code == 1
    assert result.output.count("\n") == 1
    assert str(tmp_path / "file" / "flights") in result.output
    assert "Not a directory" in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--from", "2013-02-30"], "2013-02-30"),
        (["--until", "2014-01-01"], "the days of 2013 only"),
        (["--from", "2013-03-02", "--until", "2013-03-01"], "swap them"),
    ],
)
def test_bad_dates_are_usage_errors(tmp_path, arguments, message):
    """A day that does not exist, is not in the sample or is in the wrong order: exit code 2, no files."""
    result = invoke("--into", tmp_path / "flights", *arguments)
    assert result.exit_code == 2
    assert message in result.output
    assert not (tmp_path / "flights").exists()


def test_help_imports_nothing_heavy():
    """`--help` shows an example and imports neither pandas nor numpy."""
    program = (
        "import sys; from sample.command import data\n"
        "try: data(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'pandas', 'numpy', 'tensorflow'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert "evergreen data --into data/flights" in shown
    assert shown.endswith("[]\n")
