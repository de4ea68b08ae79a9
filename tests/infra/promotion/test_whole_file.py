"""What is written is there whole, or what was there before."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from infra.promotion import whole_file


def test_a_file_is_replaced_and_never_half(tmp_path: Path) -> None:
    """Whoever has the earlier one open reads it to its end."""
    path, opened = tmp_path / "build" / "images.json", tmp_path / "opened"
    whole_file.write(path, "before")
    os.link(path, opened)
    whole_file.write(path, "after, é")
    assert (opened.read_text(), path.read_text(encoding="utf-8")) == ("before", "after, é")
    assert [*path.parent.iterdir()] == [path]


def test_what_cannot_be_written_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """Here for want of a character's bytes."""
    path = tmp_path / "images.json"
    whole_file.write(path, "before")
    with pytest.raises(UnicodeEncodeError):
        whole_file.write(path, "half \ud800")
    assert path.read_text() == "before"
