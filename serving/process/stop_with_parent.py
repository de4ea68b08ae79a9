"""Ends a server when the process that started it is gone, for whatever reason."""

from __future__ import annotations

import os
import signal
import threading
import time

PARENT_PID_VARIABLE = "SERVING_PARENT_PID"


def stop_with_parent(poll_seconds: float = 1.0) -> None:
    """Sends this process SIGTERM once the process named in SERVING_PARENT_PID is no longer its parent.

    Does nothing where that variable is not set. A parent that is killed cannot end its children; this way a
    server started for one check of one run does not outlive it.
    """
    expected = os.environ.get(PARENT_PID_VARIABLE)
    if expected is not None:
        threading.Thread(
            target=_watch, args=[int(expected), poll_seconds], name="parent", daemon=True
        ).start()


def _watch(parent_pid: int, poll_seconds: float) -> None:
    while os.getppid() == parent_pid:
        time.sleep(poll_seconds)
    os.kill(os.getpid(), signal.SIGTERM)
