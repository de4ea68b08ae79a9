from __future__ import annotations

import os

import pytest

from pipeline.data.write import journal


def _staged(root):
    folder = journal.staging(root)
    for name in ("one", "two"):
        (folder / name).write_text(f"new {name}")
        (root / name).write_text(f"old {name}")
    return [(folder / name, root / name) for name in ("one", "two")]


def _now(root):
    return [(root / name).read_text() for name in ("one", "two")]


def test_all_renames_take_place(tmp_path):
    journal.publish(tmp_path, _staged(tmp_path))
    assert _now(tmp_path) == ["new one", "new two"]
    assert not journal.finish(tmp_path)


def test_a_kill_before_the_journal_leaves_everything_as_it_was(tmp_path):
    _staged(tmp_path)
    assert not journal.is_unfinished(tmp_path)
    assert not journal.finish(tmp_path)
    assert _now(tmp_path) == ["old one", "old two"]


@pytest.mark.parametrize("done", [0, 1])
def test_a_kill_between_renames_is_finished_next_time(done, tmp_path, monkeypatch):
    renames, real = _staged(tmp_path), os.replace
    left = [done]

    def killed(old, new):
        if not str(new).endswith("json") and left[0] == 0:
            raise KeyboardInterrupt
        left[0] -= not str(new).endswith("json")
        real(old, new)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            journal.publish(tmp_path, renames)
    assert _now(tmp_path)[1] == "old two"
    assert journal.is_unfinished(tmp_path)
    assert journal.finish(tmp_path)
    assert not journal.is_unfinished(tmp_path)
    assert _now(tmp_path) == ["new one", "new two"]


def test_what_an_interrupted_init_left_is_removed(tmp_path):
    (journal.staging(tmp_path) / "half").write_text("")
    assert [*journal.staging(tmp_path).iterdir()] == []
