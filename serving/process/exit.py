"""Ends a process without freeing its objects one by one."""

from __future__ import annotations

import atexit
import os
import sys
from typing import NoReturn


def exit_without_cleanup(code: int) -> NoReturn:
    """Runs the exit handlers, then ends this process at once.

    Where TensorFlow was imported, Python would spend about 2 s on freeing what the operating system frees at
    once. Where it was not, the process ends as usual.
    """
    if "tensorflow" not in sys.modules:
        sys.exit(code)
    atexit._run_exitfuncs()  # private, but the only way to run them before os._exit, which skips them
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
