"""A wrong value of the section `cloud` is refused, with its key, when the configuration is loaded."""

import pytest

from pipeline.config import load as config
from pipeline.errors import ConfigError


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("cloud.trainer.accelerator=foo", "cloud.trainer: no accelerator 'foo'"),
        ("cloud.trainer.accelerators=3", "possible numbers: 1, 2, 4"),
        ("cloud.endpoint.accelerator=NVIDIA_L4", "give both accelerator and accelerators"),
        ("cloud.endpoint.min_replicas=9", "min_replicas is 9 and max_replicas 6; raise the latter"),
        ("cloud.default_step.machine=huge", "no machine type 'huge'"),
        ("cloud.beam.machine=huge", "no machine type 'huge'"),
        ("cloud.labels.Team=x", "cloud.labels.Team: got 'Team': expected a label's key: small letters"),
        ("cloud.labels.team=X", "cloud.labels.team: got 'X': expected a label's value: small letters"),
        ("cloud.cost_limit=5", "cost_limit needs prices"),
        ("cloud.steps.Transform.machne=x", "did you mean 'machine'?"),
        ("cloud.kms_key=mykey", "cloud.kms_key"),
        ("cloud.network=default", "cloud.network"),
        ("cloud.service_account=me", "cloud.service_account"),
        ("cloud.bucket=s3://b", "cloud.bucket"),
        ("cloud.default_step.timeout_minutes=99999", "timeout_minutes"),
    ],
)
def test_an_impossible_cloud_is_refused_when_the_configuration_is_loaded(setting: str, message: str):
    key, _, value = setting.partition("=")
    with pytest.raises(ConfigError, match=message.replace("?", r"\?")):
        config.load("prod", {key: value})
