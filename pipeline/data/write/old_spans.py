"""What becomes of the spans that an earlier init or import wrote."""

from __future__ import annotations

import functools
import os
from pathlib import Path

from pipeline.data.imports import written_by
from pipeline.data.imports.import_spans import header_of
from pipeline.data.rules.import_rules import ImportRules


def is_of(folder: Path, rules: ImportRules) -> bool:
    """Whether rules would write all spans of a folder; a checkout or an edit leaves others."""
    if not folder.is_dir() or written_by.other_column(folder, rules) is not None:
        return False
    for path in folder.glob("*.csv"):
        with path.open("rb") as file:
            if file.readline() != header_of(rules):
                return False
    return True


def link_all(folder: Path, into: Path) -> None:
    """Puts the files of a folder into another one too."""
    for path in folder.iterdir():
        if path.is_file():
            os.link(path, into / path.name)


def is_within(old: Path, folder: Path) -> bool:
    """Whether all spans of a folder are in the other one too, with at least as many rows."""
    return all(
        (folder / path.name).is_file() and _line_ends(path) <= _line_ends(folder / path.name)
        for path in old.glob("*.csv")
    )


def _line_ends(path: Path) -> int:
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(functools.partial(file.read, 1 << 20), b""))


def free(folder: Path) -> Path:
    """Returns a place beside a folder where earlier spans can go."""
    number = 1
    while (free := folder.with_name(f"{folder.name}.before-{number}")).exists():
        number += 1
    return free
