"""docs/cloud.md against the project: its commands, files and limits are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from infra.functions.trigger.events import REASONS
from pipeline.cli.commands import evergreen
from tests.infra.test_cloudbuild import targets

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "cloud.md").read_text()
CODE = re.findall(r"`([^`]+)`", TEXT)


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\bmake ([a-z]+(?:-[a-z]+)*)", " ; ".join(CODE)))))
def test_every_make_target_exists(target: str) -> None:
    """A command that a reader copies works."""
    assert target in targets()


def test_every_command_of_ours_exists() -> None:
    """`evergreen ...` as the page writes it."""
    named = {command for text in CODE for command in re.findall(r"\bevergreen ([a-z]+)", text)}
    assert named
    assert named <= set(evergreen.commands)


def test_every_file_exists() -> None:
    """Paths below the project's folders."""
    paths = {
        path
        for text in CODE
        for path in re.findall(r"\b(?:infra|pipeline|monitoring|tests|docs)/[\w./-]+", text)
    }
    assert len(paths) > 8
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


def test_every_reason_is_told() -> None:
    """What the rule knows stands in the table of what asks for a run."""
    table = TEXT.partition("| reason | comes from |")[2].partition("\n\n")[0]
    told = {cell.strip() for row in table.splitlines()[2:] for cell in row.split("|")[1].split(",")}
    assert told == set(REASONS)


def test_every_command_says_whether_it_was_executed() -> None:
    """The last cell of each row of a table of commands is one of four words."""
    for table in re.findall(r"\| command \| \| state \|\n\|---\|---\|---\|\n((?:\|.*\n)+)", TEXT):
        for row in table.strip().splitlines():
            assert row.rstrip("| ").rpartition("|")[2].strip() in {"run", "planned", "tested", "not run"}, row
