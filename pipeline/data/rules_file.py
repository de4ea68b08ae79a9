"""Reads and writes pipeline/configs/import.yaml."""

from __future__ import annotations

from pathlib import Path

from pipeline.data.rules import ImportRules

FILE = "pipeline/configs/import.yaml"


def load(path: Path) -> ImportRules:
    """Returns the rules of a file.

    Raises:
      ConfigError: one line: no such file, not YAML, an unknown key or word, rules that contradict.
    """
    raise NotImplementedError


def dump(rules: ImportRules) -> str:
    """Returns the text of import.yaml, one line a column; `load` reads the same rules from it."""
    raise NotImplementedError
