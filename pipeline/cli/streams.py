"""stdout and stderr that can show any text."""

from __future__ import annotations

import io
import os
import sys


def prepare() -> None:
    """Lets stdout and stderr escape what their encoding lacks, and lead nowhere if they are closed."""
    _fill_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def drop_stdout() -> None:
    """Leads stdout nowhere: Python tries again to write what it could not, and would end with 120 for it."""
    if sys.__stdout__ is not None:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), sys.__stdout__.fileno())


def _fill_closed() -> None:
    """Opens /dev/null in place of a closed stream: the next file would take its number, and its output."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # the lowest free number
            setattr(sys, name, open(number, "r" if number == 0 else "w", closefd=False))  # noqa: SIM115
