"""What is hidden during the start-up of a run is found again afterwards."""

import subprocess
import sys

import pytest

from pipeline.runners.lean_imports import OPTIONAL, hidden


def test_a_hidden_package_cannot_be_imported_until_the_end():
    sys.modules.pop("wave", None)
    with hidden("wave"), pytest.raises(ImportError):
        import wave
    import wave

    assert wave.open


def test_what_was_imported_before_stays():
    import json

    with hidden("json"):
        assert sys.modules["json"] is json
    assert sys.modules["json"] is json


def test_it_comes_back_after_a_failure():
    sys.modules.pop("wave", None)
    with pytest.raises(RuntimeError), hidden("wave"):
        raise RuntimeError
    assert "wave" not in sys.modules


def test_a_run_needs_none_of_what_is_left_out():
    """The graph and the runner load without them, and a fork's code may import them afterwards."""
    program = (
        "import sys\n"
        "from pipeline.runners.lean_imports import OPTIONAL, hidden\n"
        "with hidden(*OPTIONAL):\n"
        "    from pipeline import graph\n"
        "    from pipeline.runners import local, recovery\n"
        "assert not [name for name in OPTIONAL if name in sys.modules]\n"
        "import trainer.entry, keras, matplotlib, sklearn, redis\n"
        "print(keras.Model.__name__)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.strip().endswith("Model"), done.stderr[-2000:]
    assert OPTIONAL
