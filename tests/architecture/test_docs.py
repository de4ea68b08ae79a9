"""The documentation against the project: its links lead somewhere, its commands and files are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.cli.commands import evergreen

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
CODE = r"^```.*?^```|^(?: {4}|\t).*$|`[^`\n]+`"
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
# Of files that come and go with the sample (sample/, benchmarks/, some of tests/) nothing is asked.
PATH = r"`((?:pipeline|components|trainer|serving|monitoring|infra|docs)/[\w./-]*)`"
# By `evergreen init`; by whoever needs one.
BUILT = {
    "pipeline/configs/import.yaml",
    "trainer/schema_overlay.pbtxt",
}
LINK = r"\]\(([^)\s]+)\)"
COMMAND = r"(?:^|[$`/ ])evergreen ([a-z]+)\b"
TARGET = r"(?:^|[$`] ?)make ([a-z]+(?:-[a-z]+)*)"

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def code_of(page: Path) -> str:
    return "\n".join(re.findall(CODE, page.read_text(), re.MULTILINE | re.DOTALL))


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pages
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    for target in re.findall(LINK, page.read_text()):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), target


@pages
def test_every_command_exists(page: Path) -> None:
    commands = re.findall(COMMAND, code_of(page), re.MULTILINE)
    assert set(commands) <= {*evergreen.commands, "data"}, page  # `data` goes with the sample


@pages
def test_every_make_target_exists(page: Path) -> None:
    targets = re.findall(TARGET, code_of(page), re.MULTILINE)
    assert set(targets) <= TARGETS, page


@pages
def test_every_file_of_the_project_exists(page: Path) -> None:
    missing = {path for path in re.findall(PATH, page.read_text()) if not (ROOT / path).exists()}
    assert missing <= BUILT, page


def test_the_patterns_find_what_they_look_for() -> None:
    """One page has links, paths, commands and targets: a pattern that finds nothing is noticed."""
    page = ROOT / "docs" / "extending.md"
    text = code_of(page)
    for pattern, searched in (
        (LINK, page.read_text()),
        (PATH, page.read_text()),
        (COMMAND, text),
        (TARGET, text),
    ):
        assert re.search(pattern, searched, re.MULTILINE), pattern
