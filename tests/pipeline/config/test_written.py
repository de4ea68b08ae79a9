"""Every pattern of the configuration is said in words, and no message shows a regular expression."""

import types
from collections.abc import Iterator
from typing import Annotated, Any, get_args

import pytest
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from pipeline.config.config import Config
from pipeline.config.load import load
from pipeline.config.written import Written
from pipeline.errors import ConfigError

# What a regular expression has and words do not.
SIGNS = ("^", "$", "\\", "(?", "[a-z", "{0,", "pattern", ")*", ")?")


def metadata(annotation: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Everything that Annotated adds anywhere in a type, with the path of its field."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        if issubclass(annotation, BaseModel):
            for name, field in annotation.model_fields.items():
                where = f"{path}.{name}" if path else name
                yield from ((where, each) for each in field.metadata)
                yield from metadata(field.annotation, where)
        return
    yield from ((path, each) for each in getattr(annotation, "__metadata__", ()))
    for each in get_args(annotation):
        yield from metadata(each, path)


EVERY = [*metadata(Config)]
WRITTEN = [(path, each) for path, each in EVERY if isinstance(each, Written)]


def test_the_walk_sees_every_pattern_that_machines_are_told():
    def patterns(schema: Any) -> Iterator[str]:
        if isinstance(schema, dict):
            if isinstance(schema.get("pattern"), str):
                yield schema["pattern"]
            for each in schema.values():
                yield from patterns(each)
        elif isinstance(schema, list):
            for each in schema:
                yield from patterns(each)

    told = {pattern for pattern in patterns(Config.model_json_schema())}
    assert {f"^(?:{each.pattern})$" for path, each in WRITTEN if path != "cloud.labels"} <= told
    assert {path for path, _ in WRITTEN} >= {
        "name",
        "model.name",
        "cloud.project",
        "cloud.bucket",
        "cloud.labels",
        "cloud.network",
        "cloud.endpoint.version_aliases",
        "cloud.prices.currency",
    }


def test_no_field_has_a_pattern_without_words():
    bare = [path for path, each in EVERY if getattr(each, "pattern", None) and not isinstance(each, Written)]
    assert bare == []


def test_the_walk_would_see_a_bare_pattern():
    class Bare(BaseModel):
        names: tuple[str, ...] | None = Field(default=None)
        name: str = Field(pattern="^a$")

    assert [path for path, each in metadata(Bare) if getattr(each, "pattern", None)] == ["name"]


@pytest.mark.parametrize("written", [each for _, each in WRITTEN], ids=[path for path, _ in WRITTEN])
def test_words_are_words(written: Written):
    assert not [sign for sign in SIGNS if sign in written.words]
    with pytest.raises(ValidationError) as fault:
        TypeAdapter(Annotated[str, written]).validate_python("?!")
    (error,) = fault.value.errors()
    assert error["msg"] == f"expected {written.words}"


KEYS = {
    "name": "My Flights",
    "model.name": "My-Flights",
    "cloud.project": "x",
    "cloud.region": "Europe",
    "cloud.bucket": "s3://bucket",
    "cloud.data": "data/flights",
    "cloud.image": "registry/path",
    "cloud.trainer.image": "registry/path",
    "cloud.service_account": "me@example.com",
    "cloud.training_service_account": "me@example.com",
    "cloud.serving_service_account": "me@example.com",
    "cloud.network": "default",
    "cloud.kms_key": "mykey",
    "cloud.labels.Team": "x",
    "cloud.labels.team": "X",
    "cloud.api_endpoint": "https://here",
    "cloud.beam.subnetwork": "default",
    "cloud.endpoint.model_id": "Flights",
    "cloud.endpoint.name": "'1003'",
    "cloud.endpoint.server_image": "registry/path",
    "cloud.endpoint.version_aliases": "[Prod]",
    "cloud.prices": "{as_of: 2026-11-01, currency: usd, per_hour: {}}",
    "cloud.default_step.machine": "huge",
    "rollout.key.header": "X-Key",
    "request_log.folder": "My Requests",
}


@pytest.mark.parametrize(("key", "value"), KEYS.items())
def test_a_text_that_is_written_otherwise_is_refused_in_words(key: str, value: str):
    with pytest.raises(ConfigError) as fault:
        load("prod", {key: value})
    assert "expected " in str(fault.value)
    assert not [sign for sign in SIGNS if sign in str(fault.value)]


def test_the_keys_above_are_all_that_have_patterns():
    assert {path for path, _ in WRITTEN} <= {*KEYS, "cloud.labels", "cloud.prices.currency"}


@pytest.mark.parametrize("text", [r"flights\n", r"flights\u0661", "Flights", "1flights", "-f", "f" * 64, ""])
def test_a_pattern_holds_for_the_whole_text_and_for_ascii(text: str):
    with pytest.raises(ConfigError, match=r"name: got .* expected a name"):
        load("local", {"name": f'"{text}"'})
