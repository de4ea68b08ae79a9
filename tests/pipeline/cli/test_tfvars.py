"""What a tfvars file says, and which of its keys stand twice."""

from pathlib import Path

import pytest

from pipeline.cli import tfvars
from pipeline.errors import ConfigError

OWN = Path(__file__).parents[2] / "flights" / "environments"


@pytest.mark.parametrize("name", ["dev", "preprod", "prod"])
def test_whole_files_are_read_and_hold_no_key_twice(name: str):
    read = tfvars.read((OWN / f"{name}.tfvars").read_text())
    assert read.doubled == ()
    assert read.values["project"] == f"my-evergreen-{name}"
    assert read.values["environment"] == name


def test_maps_lists_and_comments_are_read():
    text = """
    # a = "comment"
    a = "x # no comment"  // nor = "this"
    /* b = "
       gone" */
    c = { "d" = { e = 1, f : "y" }, g = ["h", { i = "j" }] }
    k = null
    """
    assert tfvars.read(text).values == {
        "a": "x # no comment",
        "c": {"d": {"e": "1", "f": "y"}, "g": ["h", {"i": "j"}]},
        "k": "null",
    }


@pytest.mark.parametrize(
    ("text", "doubled"),
    [
        ('a = "1"\na = "2"', ("a",)),
        ('s = {\n  n = { cron = "1" }\n  n = { cron = "2" }\n}', ("s.n",)),
        ('s = { n = { cron = "1", cron = "2" } }', ("s.n.cron",)),
        ('s = [{ a = "1", "a" = "2" }, { a = "3" }]', ("s.a",)),
        ('s = { a = "1" }\nt = { a = "1" }', ()),
    ],
)
def test_a_key_that_stands_twice_is_named_with_those_above_it(text: str, doubled: tuple[str, ...]):
    assert tfvars.read(text).doubled == doubled


@pytest.mark.parametrize("signs", ["{}", "[]"])
def test_what_stands_in_one_another_too_deep_is_refused(signs: str):
    """Python would end in an error of its own on thousands; no variable has more than a few."""
    first, last = signs
    deep = {"[": "[", "{": "{ a = "}[first]
    assert tfvars.read(f"a = {deep * 20}{last * 20}").values
    for depth in (21, 5_000):
        with pytest.raises(ConfigError, match="more than 20 braces and brackets"):
            tfvars.read(f"a = {deep * depth}{last * depth}")
    assert len(tfvars.read("a = [[]]\n" * 50).doubled) == 49


def test_each_file_of_a_folder_that_cannot_be_read_is_named_with_its_reason(tmp_path: Path):
    (tmp_path / "a.tfvars").write_text('a = "é"', encoding="utf-8")
    (tmp_path / "b.tfvars").write_text('a = "é"', encoding="latin-1")
    (tmp_path / "c.tfvars").mkdir()
    (tmp_path / "d.tfvars").write_text("a = " + "[" * 5_000)
    assert dict(tfvars.unreadable(tmp_path)) == {
        "b.tfvars": "is not UTF-8 (byte 5)",
        "c.tfvars": "cannot be read (Is a directory)",
        "d.tfvars": "has more than 20 braces and brackets in one another",
    }
