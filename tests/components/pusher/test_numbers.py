"""A number is given once in a deployment, whatever the model is called and whatever folder is gone."""

from pathlib import Path

import pytest

from components.pusher.numbers import highest, keep


def folders(models: Path, *served: str) -> str:
    for each in served:
        (models / each).mkdir(parents=True)
    return str(models)


@pytest.mark.parametrize(
    ("served", "expected"),
    [
        ((), 0),
        (("flights/1",), 1),
        (("flights/2", "late-flights/7", "flights-eu/3"), 7),
        (("flights/9", "flights/10"), 10),
        (("flights/notes", "flights/5-old", "flights/²"), 0),
        (("flights", "empty"), 0),
    ],
    ids=str,
)
def test_the_highest_number_is_that_of_any_name(tmp_path: Path, served: tuple[str, ...], expected: int):
    assert highest(folders(tmp_path / "models", *served)) == expected


def test_a_file_beside_the_served_folders_is_none_of_them(tmp_path: Path):
    models = folders(tmp_path / "models", "flights/1")
    (tmp_path / "models" / "README").touch()
    assert highest(models) == 1


@pytest.mark.parametrize("number", [0, 1, 2])
def test_what_the_folders_show_needs_no_other_trace(tmp_path: Path, number: int):
    models = folders(tmp_path / "models", "flights/2")
    keep(models, number)
    assert [each.name for each in (tmp_path / "models").iterdir()] == ["flights"]


def test_before_the_first_release_nothing_is_kept(tmp_path: Path):
    keep(str(tmp_path / "models"), 0)
    assert list(tmp_path.iterdir()) == []


def test_a_number_on_record_is_kept_though_its_folder_is_gone(tmp_path: Path):
    models = folders(tmp_path / "models", "flights/2")
    for _ in range(2):
        keep(models, 3)
        assert highest(models) == 3
    keep(str(tmp_path / "gone"), 4)
    assert highest(str(tmp_path / "gone")) == 4
