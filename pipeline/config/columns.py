"""The columns of trainer/features.py, read where a mistake in that file can be said in one line."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from importlib import resources

from pipeline.errors import ConfigError
from trainer.column import Column
from trainer.column_rule import FILE, ColumnsError

SCHEMA = "trainer/schema.pbtxt"


def read() -> tuple[Column, ...]:
    """Returns COLUMNS.

    Raises:
      ConfigError: the table cannot be used, or the file is not Python that can be imported.
    """
    try:
        from trainer import features

        return tuple(features.COLUMNS)
    except ColumnsError as error:
        raise ConfigError(str(error)) from error
    except SyntaxError as error:
        raise ConfigError(f"{FILE}:{error.lineno}: {error.msg}; the columns cannot be read") from error
    except (Exception, SystemExit) as error:
        what = f"{type(error).__name__}: {error}"
        raise ConfigError(f"{FILE}{_line(error)}: {what}; the columns cannot be read") from error


def read_schema() -> bytes:
    """Returns the text of the curated schema.

    Raises:
      ConfigError: it cannot be read.
    """
    try:
        return (resources.files("trainer") / "schema.pbtxt").read_bytes()
    except OSError as error:
        raise ConfigError(f"{SCHEMA} cannot be read: {error.strerror}") from error


def _line(error: BaseException) -> str:
    """Returns `:` and the line of the file at which an error arose; nothing where it arose elsewhere."""
    frames: Sequence[traceback.FrameSummary] = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename.endswith(FILE)]
    return f":{lines[-1]}" if lines else ""
