"""`outdated` finds a newer whole set, names what holds a pin, and says when it cannot know."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.dependencies import outdated
from tests.infra import package_index
from tests.infra.programs import UV, needs

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"

pytestmark = needs(UV, "`make setup` installs it")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An index to which uv is led, with a library and its companion, and beside it the locked project."""
    for name in [name for name in os.environ if name.startswith("UV_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "index"
    package_index.add(folder, "library", "1.0")
    package_index.add(folder, "companion", "1.0", "library<2")
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "ours"\nversion = "1"\ndependencies = ["library==1.0", "companion[more]==1.0"]\n'
    )
    (tmp_path / "lock").write_text("companion[more]==1.0 \\\n    --hash=sha256:00\nlibrary==1.0 \\\n")
    with package_index.served(folder) as address:
        monkeypatch.setenv("UV_DEFAULT_INDEX", address)
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
        monkeypatch.setenv("UV_HTTP_RETRIES", "0")
        yield folder


def run(folder: Path, uv: str | None = None) -> int:
    return outdated.main([uv or UV, str(folder / "pyproject.toml"), str(folder / "lock"), PYTHON])


def rows(printed: str) -> dict[str, list[str]]:
    """Returns name to locked, whole set, published, and the words of what holds it."""
    return {line.split()[0]: line.split()[1:] for line in printed.splitlines()[1:] if line}


def test_where_nothing_is_newer_it_says_so(index: Path, capsys: pytest.CaptureFixture[str]):
    assert run(index.parent) == 0
    printed = capsys.readouterr().out
    assert rows(printed)["library"] == ["1.0", "1.0", "1.0"]
    assert printed.endswith("\nno newer whole set\n")


def test_a_newer_whole_set_is_found_in_spite_of_our_own_pins(index: Path, capsys: pytest.CaptureFixture[str]):
    package_index.add(index, "library", "2.0")
    package_index.add(index, "companion", "2.0", "library>=2")
    assert run(index.parent) == 0
    printed = capsys.readouterr().out
    assert rows(printed)["library"] == ["1.0", "2.0", "2.0"]
    assert rows(printed)["companion[more]"] == ["1.0", "2.0", "2.0"]
    assert printed.endswith("\na newer whole set resolves: 2 direct dependencies move\n")


def test_a_pin_that_a_companion_holds_is_named_with_it(index: Path, capsys: pytest.CaptureFixture[str]):
    package_index.add(index, "library", "1.5")
    package_index.add(index, "library", "2.0")
    assert run(index.parent) == 0
    printed = capsys.readouterr().out
    assert rows(printed)["library"][:3] == ["1.0", "1.5", "2.0"]
    held = " ".join(rows(printed)["library"][3:])
    assert held.startswith("companion")
    assert held.endswith("on library<2")
    assert rows(printed)["companion[more]"] == ["1.0", "1.0", "1.0"]


def test_who_holds_a_pin_through_a_third_package_is_named(index: Path, capsys: pytest.CaptureFixture[str]):
    package_index.add(index, "shared", "1.0")
    package_index.add(index, "shared", "2.0")
    package_index.add(index, "library", "2.0", "shared>=2")
    package_index.add(index, "companion", "1.0", "shared<2")
    assert run(index.parent) == 0
    held = " ".join(rows(capsys.readouterr().out)["library"][3:])
    assert held.startswith("companion")
    assert held.endswith("on shared<2")


def test_a_newer_set_in_which_another_goes_back_is_none(index: Path, capsys: pytest.CaptureFixture[str]):
    """Companion 0.9 does not bound the library; a set with it would be no newer set."""
    package_index.add(index, "companion", "0.9")
    package_index.add(index, "library", "2.0")
    assert run(index.parent) == 0
    assert rows(capsys.readouterr().out)["library"][:3] == ["1.0", "1.0", "2.0"]


def test_of_two_that_only_move_apart_one_is_named_as_holding_the_other(
    index: Path, capsys: pytest.CaptureFixture[str]
):
    package_index.add(index, "library", "2.0", "companion<2")
    package_index.add(index, "companion", "2.0", "library<2")
    assert run(index.parent) == 0
    held = [" ".join(row[3:]) for row in rows(capsys.readouterr().out).values()]
    assert len([words for words in held if words.endswith(("on library<2", "on companion<2"))]) == 1


def test_without_the_index_it_stops_and_says_so(
    index: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/")
    assert run(index.parent) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("outdated: does the package index answer? ")
    assert len(printed.err.splitlines()) == 1


def test_without_uv_it_stops_and_says_so(index: Path, capsys: pytest.CaptureFixture[str]):
    assert run(index.parent, uv=str(index / "uv")) == 2
    assert capsys.readouterr().err.endswith("No such file or directory; run `make setup`\n")


def test_a_dependency_that_was_never_locked_is_named(index: Path, capsys: pytest.CaptureFixture[str]):
    (index.parent / "lock").write_text("library==1.0\n")
    assert run(index.parent) == 2
    assert "has no companion[more]; run `make lock`" in capsys.readouterr().err


def test_too_few_arguments_show_the_usage(capsys: pytest.CaptureFixture[str]):
    assert outdated.main(["uv"]) == 2
    assert capsys.readouterr().err.startswith("usage: outdated UV PYPROJECT LOCK PYTHON")
