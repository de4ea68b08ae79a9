"""The version of a checkout is its commit, and says so where the checkout is not what the commit holds."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pipeline.launch import source_version


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of one file."""
    (tmp_path / "code.py").write_text("a = 1")
    (tmp_path / ".gitignore").write_text("build/")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "one")
    monkeypatch.setattr(source_version, "ROOT", tmp_path)
    return tmp_path


def test_a_clean_checkout_is_its_commit(checkout: Path):
    (checkout / "build").mkdir()
    (checkout / "build" / "made.json").write_text("")
    assert source_version.version() == git(checkout, "rev-parse", "HEAD")


@pytest.mark.parametrize("name", ["code.py", "new.py"])
def test_a_changed_or_new_file_is_said(checkout: Path, name: str):
    """A new one may be imported."""
    (checkout / name).write_text("a = 2")
    assert source_version.version() == git(checkout, "rev-parse", "HEAD") + source_version.CHANGES


def test_a_tag_and_a_commit_have_a_commit_and_a_branch_has_none(checkout: Path):
    """A branch moves; a tag that was annotated is its commit's all the same."""
    git(checkout, "tag", "--annotate", "--message", "it", "v1.0.0")
    git(checkout, "branch", "next")
    head = git(checkout, "rev-parse", "HEAD")
    assert source_version.head() == head
    assert source_version.commit_of("v1.0.0") == source_version.commit_of(head[:9]) == head
    assert [source_version.commit_of(name) for name in ("next", "HEAD", "v2", "0" * 40, "--all")] == [
        None
    ] * 5
