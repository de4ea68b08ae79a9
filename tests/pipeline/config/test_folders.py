"""A root that cannot work is refused when the configuration is loaded, and nothing is made."""

import os
from pathlib import Path

import pytest

from components.shown import shown
from pipeline.config.load import load
from pipeline.errors import USAGE, ConfigError

PROJECT = Path(__file__).parents[3]


def refusal(root: str, source: str = "data/flights") -> str:
    with pytest.raises(ConfigError) as fault:
        load("local", {"root": f'"{root}"', "data.source": source})
    assert fault.value.exit_code == USAGE
    assert "\n" not in str(fault.value)
    return str(fault.value)


@pytest.mark.parametrize(
    ("root", "reason"),
    [
        ("", "root: got '': String should have at least 1 character"),
        (" ", "root: ' ' is empty; set root to a folder"),
        ("/", "root: '/' is the whole file system"),
        ("/tmp/..", "root: '/tmp/..' is the whole file system"),
        ("gs://bucket/evergreen", "root: 'gs://bucket/evergreen' is an address"),
        ("s3://bucket", "root: 's3://bucket' is an address"),
        ("file:///tmp/x", "root: 'file:///tmp/x' is an address"),
        (r"a\0b", r"root: 'a\x00b' has a control character in it"),
        (r"a\nb", r"root: 'a\nb' has a control character in it"),
        ("~nobody-of-that-name/x", "root: '~nobody-of-that-name/x' is the home folder of nobody"),
        ("a" * 300, f"root: {shown('a' * 300)} cannot be a folder: File name too long"),
        (str(PROJECT / "pipeline"), "is in a folder of this project's code"),
        (str(PROJECT / "trainer" / "runs"), "is in a folder of this project's code"),
    ],
)
def test_a_root_that_is_no_folder_of_its_own_is_refused(root: str, reason: str):
    assert f"--set: {reason}" in refusal(root) or reason in refusal(root)


def test_a_file_in_the_way_is_named(tmp_path: Path):
    (tmp_path / "file").touch()
    assert refusal(f"{tmp_path}/file") == f"--set: root: '{tmp_path}/file' is a file; set root to a folder"
    assert refusal(f"{tmp_path}/file/a/b") == (
        f"--set: root: '{tmp_path}/file/a/b' cannot be made: {tmp_path}/file is a file; set root to a folder"
    )


def test_a_folder_that_can_only_be_read_is_fine_for_commands_that_only_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """`runs`, `lineage`, `serve` and `check` write nothing; a run says itself that it cannot write."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert load("local", {"root": str(tmp_path)}).root == str(tmp_path)


def test_a_link_that_leads_to_itself_is_named(tmp_path: Path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert "a link that leads to itself" in refusal(f"{tmp_path}/a")


@pytest.mark.parametrize(
    ("root", "source", "reason"),
    [
        ("days", "days", "is data.source ({}/days) or inside it"),
        ("days/.evergreen", "days", "is data.source ({}/days) or inside it"),
        ("x/../days", "days", "is data.source ({}/days) or inside it"),
        (".evergreen", ".evergreen/artifacts/days", "holds data.source ({}/.evergreen/artifacts/days) among"),
        (".evergreen", ".evergreen/models", "holds data.source ({}/.evergreen/models) among"),
    ],
)
def test_a_root_and_the_data_do_not_get_in_each_others_way(
    tmp_path: Path, root: str, source: str, reason: str
):
    said = refusal(f"{tmp_path}/{root}", f"{tmp_path}/{source}")
    assert f"root: '{tmp_path}/{root}' {reason.format(tmp_path)}" in said


@pytest.mark.parametrize(
    ("root", "source"), [(".evergreen", "days"), (".evergreen", ".evergreen/days"), ("days-root", "days")]
)
def test_a_root_beside_the_data_is_taken_and_nothing_is_made(tmp_path: Path, root: str, source: str):
    loaded = load("local", {"root": f"{tmp_path}/{root}", "data.source": f"{tmp_path}/{source}"})
    assert loaded.root == f"{tmp_path}/{root}"
    assert [*tmp_path.iterdir()] == []


def test_a_link_is_followed(tmp_path: Path):
    (tmp_path / "days").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "days")
    assert "is data.source" in refusal(f"{tmp_path}/link/root", f"{tmp_path}/days")


def test_the_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    loaded = load("local", {"root": "~/evergreen", "data.source": "~/days"})
    assert (loaded.root, loaded.data.source) == (f"{tmp_path}/evergreen", f"{tmp_path}/days")
    assert [*tmp_path.iterdir()] == []


def test_a_fault_of_a_file_is_named_with_its_line(tmp_path: Path):
    path = tmp_path / "mine.yaml"
    path.write_text("window:\n  days: 30\nroot: gs://bucket\n")
    with pytest.raises(ConfigError) as fault:
        load(str(path))
    assert str(fault.value).startswith(f"{path}:3: root: 'gs://bucket' is an address")


def test_the_sources_own_text_is_looked_at_too():
    with pytest.raises(ConfigError, match=r"^--set: data\.source: .* is the home folder of nobody"):
        load("local", {"data.source": "~nobody-of-that-name/days"})
