"""What a tfvars file says, and which of its keys stand twice."""

from pathlib import Path

import pytest

from pipeline.cli import tfvars

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
