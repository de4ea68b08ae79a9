"""A version's number says what changed: the contract, the way the model was made, or only the data."""

import dataclasses
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.release.version_rule import NAMES, Recipe, Registered, is_overtaken, next_version

RECIPE = Recipe(signature="s", label="late", columns="c", hyperparameters="{}", code="k")
BEFORE = Registered("2.3.7", RECIPE)


def changed(*names: str) -> Recipe:
    return dataclasses.replace(RECIPE, **dict.fromkeys(names, "another"))


def test_the_first_version_has_the_number_that_was_given():
    assert next_version(None, RECIPE, "4") == ("1.0.4", "the first version")


def test_other_data_alone_is_another_pipeline_number():
    assert next_version(BEFORE, RECIPE, "8") == ("2.3.8", "made as 2.3.7, on other data")


@pytest.mark.parametrize(
    ("names", "version", "why"),
    [
        (["signature"], "3.0.8", "the signature changed since 2.3.7"),
        (["label"], "3.0.8", "the label changed since 2.3.7"),
        (["columns"], "2.4.8", "the columns changed since 2.3.7"),
        (["hyperparameters"], "2.4.8", "the hyperparameters changed since 2.3.7"),
        (["code"], "2.4.8", "the trainer's code changed since 2.3.7"),
        (["columns", "code"], "2.4.8", "the columns changed since 2.3.7"),
        (
            ["hyperparameters", "code"],
            "2.4.8",
            "the hyperparameters and the trainer's code changed since 2.3.7",
        ),
        (
            ["signature", "label", "columns", "code"],
            "3.0.8",
            "the signature, the label and the columns changed since 2.3.7",
        ),
    ],
)
def test_the_highest_of_what_changed_decides_and_all_of_it_is_told(names: list[str], version: str, why: str):
    assert next_version(BEFORE, changed(*names), "8") == (version, why)


@pytest.mark.parametrize(
    "names", [list(each) for n in (0, 1, 5) for each in itertools.combinations(NAMES, n)]
)
def test_the_same_number_is_the_same_version(names: list[str]):
    assert next_version(BEFORE, changed(*names), "7") == ("2.3.7", "the same model")


def test_what_an_older_record_does_not_say_has_not_changed():
    assert next_version(Registered("1.4.2", Recipe()), RECIPE, "3")[0] == "1.4.3"


@given(st.lists(st.lists(st.sampled_from(sorted(NAMES)), unique=True), min_size=1, max_size=8))
def test_versions_of_a_deployment_only_rise(steps: list[list[str]]):
    before, recipe, seen = None, RECIPE, []
    for number, names in enumerate(steps, start=1):
        recipe = dataclasses.replace(recipe, **{name: f"{number}" for name in names})
        version, _ = next_version(before, recipe, str(number))
        seen.append(tuple(int(part) for part in version.split(".")))
        before = Registered(version, recipe)
    assert seen == sorted(set(seen))


@pytest.mark.parametrize(
    ("before", "number", "expected"),
    [
        (None, "1", False),
        (BEFORE, "6", True),
        (BEFORE, "7", False),
        (BEFORE, "8", False),
        (BEFORE, "", False),
    ],
)
def test_a_model_with_an_older_number_was_registered_before(
    before: Registered | None, number: str, expected: bool
):
    assert is_overtaken(before, number) is expected


@pytest.mark.parametrize("version", ["1.0", "one.0.1", "1.0.3-rc", ""])
def test_a_version_that_is_none_is_refused(version: str):
    with pytest.raises(ValueError, match=r"is not MAJOR\.MINOR\.PIPELINE"):
        next_version(Registered(version, RECIPE), RECIPE, "8")


def test_what_is_written_is_read_again():
    assert Recipe.from_json(RECIPE.as_json()) == RECIPE
    assert Registered.from_json(BEFORE.as_json()) == BEFORE
    assert Registered.from_json("") is None
    assert Recipe.from_json("") == Recipe()


@pytest.mark.parametrize("text", ["[]", '{"colour": "red"}', '{"code": 7}', "{"])
def test_what_is_no_recipe_is_refused(text: str):
    with pytest.raises((ValueError, AttributeError)):
        Recipe.from_json(text)
