"""A candidate becomes champion only if both gates said yes and it was pushed."""

import itertools

import pytest

from components.release.rule import judge


@pytest.mark.parametrize(
    ("blessed", "servable", "pushed"), list(itertools.product((True, False, None), repeat=3))
)
def test_a_model_is_released_only_on_three_answers_of_yes(blessed, servable, pushed):
    verdict = judge(blessed=blessed, servable=servable, pushed=pushed)
    assert verdict.gate == "release"
    assert verdict.passed is (blessed is True and servable is True and pushed is True)


@pytest.mark.parametrize("answer", [False, None])
@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("blessed", "the model gate did not bless it"),
        ("servable", "the infra gate did not bless it"),
        ("pushed", "it was not pushed"),
        ("new", "it was registered before a later model; `evergreen models restore` serves it"),
    ],
)
def test_the_answer_that_was_not_yes_is_the_reason(question: str, reason: str, answer: bool | None):
    answers = {"blessed": True, "servable": True, "pushed": True, question: answer}
    verdict = judge(**answers)
    assert verdict.reason == reason
    (check,) = [check for check in verdict.checks if not check.passed]
    assert check.measured == (None if answer is None else 0)
