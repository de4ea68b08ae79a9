"""Which name and which folder of spans init works with: those of base.yaml, where init has written it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import yaml

from pipeline.errors import ConfigError

_BASE = "pipeline/configs/base.yaml"


def name_in(base: str) -> str | None:
    """Returns the name of the pipeline that the text of base.yaml has; None if it has none."""
    name = _read(base).get("name")
    return name if isinstance(name, str) else None


def source_in(base: str) -> str:
    """Returns the folder of the spans that the text of base.yaml names, below the project.

    Raises:
      ConfigError: it names none, or one that init does not write.
    """
    data = _read(base).get("data")
    source = data.get("source") if isinstance(data, Mapping) else None
    if not isinstance(source, str) or not source:
        raise ConfigError(f"{_BASE} has no data.source; name a folder, such as data/mine, and run init again")
    folder = os.path.normpath(source)
    if "://" in source or os.path.isabs(source) or folder.split(os.sep)[0] in (".", ".."):
        raise ConfigError(
            f"{_BASE}: data.source is {source}, and init writes spans into a folder below the project; set "
            "one, such as data/mine, and run init again"
        )
    return folder


def check_folder(folder: Path) -> None:
    """Accepts a folder of spans, which init may move away as a whole.

    Raises:
      ConfigError: there are other folders in it.
    """
    if not folder.is_dir():
        return
    others = [path.name for path in sorted(folder.iterdir()) if path.is_dir() and path.name[0] != "."]
    if others:
        raise ConfigError(
            f"{_BASE}: data.source is {folder.name}, which holds the folder {others[0]}; set a "
            "folder of spans only"
        )


def _read(base: str) -> Mapping[str, object]:
    try:
        found = yaml.safe_load(base)
    except yaml.YAMLError as error:
        raise ConfigError(f"{_BASE} is no YAML: {' '.join(str(error).split())}") from error
    return found if isinstance(found, Mapping) else {}
