"""Errors that a user can fix, each with the exit code of the command that it ends.

2 is for what the command line or the configuration names and what does not exist or has no meaning: a key, a
folder, a table, a last day before the data begins or after its newest usable day. 1 is for what exists and is
not good enough, and for a failed run: a folder without a day in it, fewer days than the window needs, a day
missing among them, a file that cannot be read, a gate that said no.
"""

from __future__ import annotations

from pathlib import Path

DONE, STOPPED, USAGE = 0, 1, 2


class UserError(Exception):
    """One clear line: what was there, what was expected, how to fix it. Exit code 1."""

    exit_code = STOPPED
    log: Path | None = None  # of the run that it ended; None where none had begun


class ConfigError(UserError):
    """The configuration or the command line cannot be used. Exit code 2."""

    exit_code = USAGE


class DataError(UserError):
    """The data cannot be used as it is. Exit code 1."""


class LoginError(UserError):
    """Nobody is logged in to Google Cloud, or what was to log in is no key. Exit code 2."""

    exit_code = USAGE


class BusyError(UserError):
    """Another run holds the workspace. Exit code 1."""
