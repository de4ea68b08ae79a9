"""The record of a launch is kept and read in one form."""

import subprocess
import sys

from pipeline.launch.record import as_parameters, from_parameters


def test_what_is_kept_is_read_back_and_other_parameters_are_left_out():
    record = {"identity": "abc", "window": '{"train_first": "2013-01-01"}', "champion": ""}
    kept = as_parameters(record)
    assert set(kept) == {"launch_identity", "launch_window", "launch_champion"}
    assert from_parameters({**kept, "evergreen_state": "running", "number": 3.0}) == record


def test_the_module_loads_without_any_library():
    """The trigger function imports it."""
    program = (
        "import sys, pipeline.launch.record; print([n for n in ('pydantic', 'tfx') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
