"""Ends a process without taking its objects apart."""

import atexit
import os
import sys
from typing import NoReturn


def leave(code: int) -> NoReturn:
    """Ends this process after its exit handlers.

    Where TensorFlow was imported, Python would spend some 2 s on freeing what the system frees at once.
    """
    if "tensorflow" not in sys.modules:
        sys.exit(code)
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
