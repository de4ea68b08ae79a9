"""Commands say what they have to say, and their libraries say nothing."""

import subprocess
import sys

import pytest


@pytest.mark.slow
def test_importing_what_a_compilation_needs_prints_nothing():
    program = (
        "from pipeline.cli.quiet_imports import quiet_imports\n"
        "with quiet_imports('tfx.components'):\n"
        "    from pipeline.runners.vertex import cloud_job\n"
        "print(cloud_job.__name__)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("pipeline.runners.vertex.cloud_job\n", "")


def test_a_package_that_cannot_be_imported_is_an_error():
    program = "from pipeline.cli.quiet_imports import quiet_imports\nwith quiet_imports('no_such'): pass\n"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stderr.endswith("ModuleNotFoundError: No module named 'no_such'\n")
