"""A process that leaves: its exit code, handlers and output are as usual, and nothing is taken apart."""

import subprocess
import sys

import pytest

PROGRAM = """
import atexit, sys, types
from serving.process.exit import leave

class Costly:
    def __del__(self):
        print("taken apart", flush=True)

if sys.argv[1] == "with":
    sys.modules["tensorflow"] = types.ModuleType("tensorflow")
kept = Costly()
atexit.register(print, "handled")
print("said", end=" ")
print("warned", end="", file=sys.stderr)
leave(3)
"""


@pytest.mark.parametrize(
    ("tensorflow", "said"), [("with", "said handled\n"), ("without", "said handled\ntaken apart\n")]
)
def test_a_process_leaves_with_its_code_after_its_handlers(tensorflow: str, said: str):
    left = subprocess.run([sys.executable, "-c", PROGRAM, tensorflow], capture_output=True, text=True)
    assert (left.returncode, left.stdout, left.stderr) == (3, said, "warned")
