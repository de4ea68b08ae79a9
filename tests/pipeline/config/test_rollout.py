"""The section `rollout`: what plans come from it, and what is refused."""

import dataclasses
import json
import math

import pytest

from pipeline.config.load import load
from pipeline.errors import ConfigError
from serving.json_fields import FieldError
from serving.rollout import plan as rollout_plan
from serving.rollout.plan import (
    AB,
    BASELINE,
    BOUNDS,
    LEAST_SHARE,
    MOST_RATIOS,
    MOST_REQUESTS,
    MOST_SHARE,
    RATIO,
    GuardLimits,
    Stage,
)


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
        ({"rollout.stages": "[{share: 0.99999, requests: 5}]"}, "share"),
        ({"rollout.stages": "[{share: 0.00009, requests: 5}]"}, "nobody would get the candidate"),
        ({"rollout.stages": "[{share: 0.5, requests: 1000000000001}]"}, "requests"),
        ({"rollout.too_little_traffic.after_h": "1e300"}, "after_h"),
        ({"rollout.guards.ratios": "[1e13]"}, "ratios"),
        ({"rollout.guards.ratios": str([1.5] * (MOST_RATIOS + 1))}, "ratios"),
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


ENDS = {**BOUNDS, "slow_baseline": BASELINE, "ratios": RATIO}


def planned(name: str, value: float) -> dict[str, object]:
    """A plan with one limit, as it would be on record."""
    limits = {name: (value,) if name == "ratios" else value}
    plan = load("local").rollout.plan("id")
    changed = dataclasses.replace(plan, limits=dataclasses.replace(plan.limits, **limits))
    return json.loads(json.dumps(rollout_plan.as_values(changed)))


@pytest.mark.parametrize("name", ENDS)
def test_a_limit_that_the_configuration_takes_is_one_that_a_plan_is_read_with(name: str):
    assert {each.name for each in dataclasses.fields(GuardLimits)} == set(ENDS)
    for end, beyond in zip(ENDS[name], (-math.inf, math.inf), strict=True):
        written = f"[{end!r}]" if name == "ratios" else repr(end)
        plan = load("local", {f"rollout.guards.{name}": written}).rollout.plan("id")
        assert rollout_plan.from_values(planned(name, end)) == plan
        other = math.nextafter(end, beyond) if isinstance(end, float) else end + int(math.copysign(1, beyond))
        with pytest.raises(ConfigError, match=name):
            load("local", {f"rollout.guards.{name}": f"[{other!r}]" if name == "ratios" else repr(other)})
        with pytest.raises(FieldError, match=name):
            rollout_plan.from_values(planned(name, other))


def test_the_smallest_and_the_largest_stage_can_be_read_again():
    text = f"[{{share: {LEAST_SHARE:f}, requests: 1}}, {{share: {MOST_SHARE}, requests: {MOST_REQUESTS}}}]"
    plan = load("local", {"rollout.stages": text}).rollout.plan("id")
    assert rollout_plan.from_values(json.loads(json.dumps(rollout_plan.as_values(plan)))) == plan
    for share in (0.00009, 0.99991, 1):
        changed = rollout_plan.as_values(dataclasses.replace(plan, stages=(Stage(share, 5),)))
        with pytest.raises(FieldError, match="share of a stage"):
            rollout_plan.from_values(json.loads(json.dumps(changed)))
