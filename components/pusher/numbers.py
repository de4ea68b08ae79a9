"""The numbers of a deployment's releases: each is given once, whatever the model is called.

The served folders of a deployment lie beside each other, `<models>/<name>/<number>`. A number that is on
record but whose folder is gone is `<models>/.given/<number>`, an empty folder: whoever starts a run reads the
record and keeps it so. An executor does not see the record, and a parameter would change Pusher's cache key.
"""

from __future__ import annotations

import os

_GIVEN = ".given"


def highest(models: str) -> int:
    """Returns the highest number that was given in a deployment; 0 before the first.

    Args:
      models: the folder of all served folders; it need not exist.
    """
    if not os.path.isdir(models):
        return 0
    return max((highest_in(entry.path) for entry in os.scandir(models) if entry.is_dir()), default=0)


def highest_in(folder: str) -> int:
    """Returns the highest number in one served folder; 0 where it holds none."""
    return max((int(name) for name in os.listdir(folder) if name.isdecimal()), default=0)


def keep(models: str, number: int) -> None:
    """Makes every later release have a higher number than `number`, which need not have a folder.

    Args:
      models: as for `highest`.
      number: the highest on record; 0 for none.
    """
    if number > highest(models):
        os.makedirs(os.path.join(models, _GIVEN, str(number)))
