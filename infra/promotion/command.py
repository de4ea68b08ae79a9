"""What the commands of a promotion share: their name in usage errors, and how errors end them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from components import foreign_answer
from pipeline.config import google_names
from pipeline.errors import STOPPED, UserError
from pipeline.runners.vertex.api import auth_errors


def parser(name: str, description: str) -> argparse.ArgumentParser:
    """Returns the parser of `python -m infra.promotion NAME`, which is what its usage errors say."""
    return argparse.ArgumentParser(prog=f"python -m infra.promotion {name}", description=description)


def bucket(text: str) -> str:
    """Returns a bucket's name without `gs://`; the type of an argument.

    Raises:
      ArgumentTypeError: it is none, or a folder of one.
    """
    name = text.removeprefix("gs://")
    if "/" in name or google_names.FOLDER.fault(f"gs://{name}"):
        raise argparse.ArgumentTypeError(f"{text!r:.100} is no bucket; expected gs://<bucket>")
    return name


def end(name: str, doing: str, act: Callable[[], int]) -> int:
    """Acts, and turns errors into one line.

    Args:
      name: of the command, for the line.
      doing: what is being done, for the line.
      act: returns an exit code; raises UserError, or OSError where a service does not answer.

    Returns:
      The exit code, as everywhere.
    """
    try:
        with auth_errors(doing):
            return act()
    except UserError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"{name}: {doing}{foreign_answer.asked(error)}: {error}", file=sys.stderr)
        return STOPPED
