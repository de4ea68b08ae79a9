"""What the request log is to drop is a column of requests: a misspelt one would be kept."""

import pytest

from pipeline.config.dropped_rule import faulty_drops
from pipeline.config.load import load
from pipeline.errors import ConfigError


def test_columns_of_requests_and_the_clients_keys_can_be_dropped():
    assert [*faulty_drops(["origin", "request.key"], ["day", "origin"])] == []


def test_the_place_of_a_misspelt_column_is_told():
    assert [*faulty_drops(["day", "orgin"], ["day", "origin"])] == [
        (1, "no request has 'orgin' (did you mean 'origin'?); name a column of requests, or request.key")
    ]


@pytest.mark.parametrize(
    ("key", "value", "fault"),
    [
        ("drop", "[late]", "defaults.yaml|--set.*request_log.drop.0: no request has 'late'"),
        ("folder", "models", "is where a deployment keeps its models; choose another name"),
        ("folder", "lock", "is where a deployment keeps its lock; choose another name"),
        ("folder", "../up", "expected a name"),
        ("rotate_mb", "1000", "less than or equal to 256"),
    ],
)
def test_a_configuration_that_could_not_work_is_refused(key: str, value: str, fault: str):
    with pytest.raises(ConfigError, match=fault):
        load("local", {f"request_log.{key}": value})
