"""A difference of files is told by the name of the first, and no record of files is trusted blindly."""

import json

import pytest

from components.model_files.rule import (
    AlteredModelError,
    File,
    as_text,
    difference,
    from_text,
    is_incomplete,
    is_inside,
)

ONE, OTHER = "1" * 64, "2" * 64
FILES = {"saved_model.pb": File(3, ONE), "variables/variables.index": File(0, OTHER)}


def record(version: object = 1, **files: object) -> str:
    return json.dumps({"version": version, "files": files})


def test_a_record_comes_back():
    assert from_text(as_text(FILES)) == FILES


def test_equal_files_have_no_difference():
    assert difference(FILES, dict(reversed(FILES.items()))) is None


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({}, "saved_model.pb is missing"),
        ({"saved_model.pb": FILES["saved_model.pb"]}, "variables/variables.index is missing"),
        ({**FILES, "assets/a": File(1, ONE)}, "assets/a was added"),
        ({**FILES, "saved_model.pb": File(1234, ONE)}, "saved_model.pb has 1,234 bytes, and had 3"),
        (
            {**FILES, "saved_model.pb": File(3, OTHER)},
            f"saved_model.pb has the SHA-256 {'2' * 12}…, and had {'1' * 12}…",
        ),
    ],
)
def test_a_difference_names_the_file(found: dict[str, File], said: str):
    assert difference(FILES, found) == said


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "cannot be read"),
        ("[]", "cannot be read"),
        ("[" * 5000 + "]" * 5000, "cannot be read"),
        ("{}", "cannot be read"),
        ('{"version": 1}', "cannot be read"),
        ('{"version": 1, "files": []}', "cannot be read"),
        ('{"version": 1, "files": {"a": [1]}}', "cannot be read"),
        (record(2, a=[1, ONE]), "has version 2, not 1"),
        (record(), "names no file"),
        (record(a=[-1, ONE]), "gives 'a' the size -1"),
        (record(a=[True, ONE]), "gives 'a' the size True"),
        (record(a=["1", ONE]), "gives 'a' the size '1'"),
        (record(a=[1, "1" * 63]), "no SHA-256"),
        (record(a=[1, "G" * 64]), "no SHA-256"),
        (record(a=[1, 1]), "no SHA-256"),
        (record(**{"../a": [1, ONE]}), r"names '\.\./a', outside of its folder"),
    ],
)
def test_what_is_no_record_is_refused(text: str, why: str):
    with pytest.raises(AlteredModelError, match=why):
        from_text(text)


def test_a_record_of_an_empty_file_is_one():
    assert from_text(record(a=[0, ONE])) == {"a": File(0, ONE)}


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("saved_model.pb", True),
        ("variables/variables.data-00000-of-00001", True),
        ("..a/b..", True),
        ("", False),
        ("/etc/passwd", False),
        ("a/", False),
        ("a//b", False),
        ("./a", False),
        ("../a", False),
        ("a/../../b", False),
        ("a\\b", False),
        ("a\0b", False),
    ],
)
def test_a_path_stays_in_its_folder(path: str, inside: bool):
    assert is_inside(path) is inside


@pytest.mark.parametrize(
    ("found", "incomplete"),
    [
        ({}, True),
        ({"variables/variables.index": File(0, OTHER)}, True),
        ({**FILES, "saved_model.pb": File(2, OTHER)}, True),
        ({**FILES, "saved_model.pb": File(2, OTHER), ".saved_model.pb.x1": File(9, ONE)}, True),
        (FILES, False),
        ({**FILES, "assets/a": File(1, ONE)}, False),
        ({**FILES, "saved_model.pb": File(3, OTHER)}, False),
        ({**FILES, "saved_model.pb": File(4, ONE)}, False),
        ({"saved_model.pb": File(3, OTHER)}, False),
        ({"saved_model.pb": File(2, ONE), "variables/variables.index": File(1, OTHER)}, False),
    ],
    ids=str,
)
def test_a_copy_may_go_on_where_files_are_missing_or_shorter_and_none_is_another(
    found: dict[str, File], incomplete: bool
):
    assert is_incomplete(FILES, found) is incomplete
