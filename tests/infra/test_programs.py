"""No test is skipped in silence where nobody looks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.infra import programs

FOLDER = Path(__file__).parent
SKIP = re.compile(r"\b(skip(?:if)?|importorskip)\(")
# What builds do without too: an engine with the images' bases (`make images` builds them after each push),
# Google's emulator with its Java, and the sample that a fork deletes.
EVERYWHERE = {"test_docker.py": 2, "function_processes.py": 2, "test_locked_sets.py": 1}


@pytest.mark.parametrize(
    ("ci", "build"), [(None, False), ("", False), ("false", False), ("true", True), ("1", True)]
)
def test_what_is_absent_skips_a_persons_tests_and_fails_a_builds(
    monkeypatch: pytest.MonkeyPatch, ci: str | None, build: bool
) -> None:
    """By CI, at collection and in the middle of a test; what is here runs in both."""
    monkeypatch.delenv("CI", raising=False)
    if ci is not None:
        monkeypatch.setenv("CI", ci)
    assert programs.needs("no-such-program", "install it").args == (not build,)
    assert programs.needs("sh", "install it").args == (False,)
    with pytest.raises(pytest.fail.Exception if build else pytest.skip.Exception, match="no Java"):
        programs.absent("no Java")


def test_nothing_else_skips_a_test_of_the_infrastructure() -> None:
    """But what is listed here with its reason."""
    found = {
        path.relative_to(FOLDER).as_posix(): len(SKIP.findall(path.read_text()))
        for path in FOLDER.rglob("*.py")
    }
    del found["programs.py"], found["test_programs.py"]
    assert {name: number for name, number in found.items() if number} == EVERYWHERE
