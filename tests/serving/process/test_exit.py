"""A process that exits without cleanup: exit code, handlers and output are as usual, nothing is freed."""

import subprocess
import sys

import pytest

PROGRAM = """
import atexit, sys, types
from serving.process.exit import exit_without_cleanup

class Costly:
    def __del__(self):
        print("freed", flush=True)

if sys.argv[1] == "with":
    sys.modules["tensorflow"] = types.ModuleType("tensorflow")
kept = Costly()
atexit.register(print, "handled")
print("said", end=" ")
print("warned", end="", file=sys.stderr)
exit_without_cleanup(3)
"""


@pytest.mark.parametrize(
    ("tensorflow", "said"), [("with", "said handled\n"), ("without", "said handled\nfreed\n")]
)
def test_a_process_exits_with_its_code_after_its_handlers(tensorflow: str, said: str):
    left = subprocess.run([sys.executable, "-c", PROGRAM, tensorflow], capture_output=True, text=True)
    assert (left.returncode, left.stdout, left.stderr) == (3, said, "warned")
