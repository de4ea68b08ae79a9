"""Runs a step of a job as a run does, in a process of its own, and says by its exit code how that ended.

Arguments: 1 or 0 for isolate, then the command, in which PID stands for this process.
"""

import os
import sys

from pipeline.runners.kfp.local import steps
from tests.pipeline.test_interrupts import do

if __name__ == "__main__":
    isolate, *command = sys.argv[1:]
    command = [str(os.getpid()) if word == "PID" else word for word in command]
    do(lambda: steps.run(command, isolate=isolate == "1"), clean_up_s=60.0)
