"""The section `rollout`: what plans come from it, and what is refused."""

import dataclasses

import pytest

from pipeline.config.load import load
from pipeline.errors import ConfigError
from serving.rollout.plan import AB, GuardLimits, Stage


def test_a_plan_has_the_stages_the_key_and_the_limits_of_the_configuration():
    section = load("local", {"rollout.key.column": "carrier", "rollout.guards.e_limit": "900"}).rollout
    plan = section.plan("id")
    assert plan.stages == (Stage(0, 2_000), Stage(0.05, 2_000), Stage(0.25, 5_000), Stage(0.5, 10_000))
    assert (plan.id, plan.kind, plan.key_header, plan.key_column) == (
        "id",
        "canary",
        "x-request-key",
        "carrier",
    )
    assert plan.limits == dataclasses.replace(GuardLimits(), e_limit=900)
    assert section.plan("id", only_shadow=True).stages == (Stage(0, 2_000),)
    assert section.plan("id", kind=AB).stages == (Stage(0.5, 10_000),)


def test_the_defaults_are_those_that_were_measured():
    assert load("local").rollout.plan("id").limits == GuardLimits()


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        ({"rollout.stages": "[]"}, "rollout.stages"),
        ({"rollout.stages": "[{share: 1, requests: 5}]"}, "share"),
        ({"rollout.stages": "[{share: 0.5, requests: 5}, {share: 0.5, requests: 5}]"}, "larger share"),
        ({"rollout.stages": "[{share: 0.5, requests: 5}, {share: 0, requests: 5}]"}, "larger share"),
        ({"rollout.key.header": "X-Key"}, "expected the name of a header in small letters"),
        ({"rollout.key.column": "nothing"}, "'nothing', which is no column of a request"),
        ({"rollout.key.column": "late"}, "'late', which is no column of a request"),
        ({"rollout.on_newer": "superseed"}, "rollout.on_newer"),
        (
            {"release.policy": "shadow", "rollout.stages": "[{share: 0.5, requests: 5}]"},
            "no stage with share 0",
        ),
        (
            {"release.policy": "canary", "rollout.stages": "[{share: 0, requests: 5}]"},
            "no stage with a share above 0",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_its_key(overrides: dict[str, str], says: str):
    with pytest.raises(ConfigError, match=r"rollout|release") as refused:
        load("local", overrides)
    assert says in str(refused.value)
