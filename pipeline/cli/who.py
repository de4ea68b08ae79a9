"""Who decides something that is recorded with a name."""

from __future__ import annotations

import getpass

from pipeline.errors import ConfigError
from pipeline.launch.reason import name_of


def who(by: str | None) -> str:
    """Returns the name of --by, else of who is logged in.

    Raises:
      ConfigError: it is no name on one line, or nobody is logged in by name.
    """
    if by is not None:
        return name_of(by, "--by")
    try:
        return name_of(getpass.getuser(), "--by")
    except (KeyError, OSError, ImportError) as error:
        raise ConfigError("nobody is logged in by name; say who you are with --by WHO") from error
