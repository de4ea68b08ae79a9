"""A run starts without the packages that its libraries merely like to import."""

import subprocess
import sys

import pytest

from serving.process.startup import OPTIONAL_IMPORTS


@pytest.mark.slow
def test_a_run_needs_none_of_what_is_left_out():
    """The graph and the runner load without them, and a fork's code may import them afterwards."""
    program = (
        "import sys\n"
        "from serving.process.startup import OPTIONAL_IMPORTS, hidden_imports\n"
        "with hidden_imports(*OPTIONAL_IMPORTS):\n"
        "    from pipeline import graph\n"
        "    from pipeline.runners import local, recovery\n"
        "assert not [name for name in OPTIONAL_IMPORTS if name in sys.modules]\n"
        "import importlib.util, trainer.entry, keras\n"
        "for name in filter(importlib.util.find_spec, OPTIONAL_IMPORTS):\n"
        "    importlib.import_module(name)\n"
        "print(keras.Model.__name__)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.strip().endswith("Model"), done.stderr[-2000:]
    assert OPTIONAL_IMPORTS
