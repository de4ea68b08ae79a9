"""The name of a revision of the code, as the commands of a promotion take it."""

from __future__ import annotations

import argparse


def revision(text: str) -> str:
    """Returns the name; the type of an argument.

    Raises:
      ArgumentTypeError: it is none: empty, or with a space or a control character in it.
    """
    if not text.isprintable() or not text or " " in text:
        raise argparse.ArgumentTypeError(f"{text!r:.100} is no revision; expected a tag or a commit")
    return text
