"""YAML is read by the rules of its core schema, version 1.2, and every value knows its line."""

import math

import pytest
import yaml

from pipeline.config import layers
from pipeline.config import load as config
from pipeline.errors import ConfigError
from trainer import yaml12


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # Numbers by what they look like.
        ("1e-3", 0.001),
        ("5e3", 5000.0),
        ("1E5", 100000.0),
        ("-.5", -0.5),
        ("1.", 1.0),
        ("+12", 12),
        ("0", 0),
        ("-0", 0),
        ("0o777", 511),
        ("0x1F", 31),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        # Texts that YAML 1.1 takes for something else.
        ("yes", "yes"),
        ("No", "No"),
        ("on", "on"),
        ("off", "off"),
        ("0777", "0777"),
        ("00", "00"),
        ("01.5", "01.5"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("2013-01-31", "2013-01-31"),
        ("2013-01-31T10:00:00Z", "2013-01-31T10:00:00Z"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("!!str 12", "12"),
        ("1.2.3", "1.2.3"),
        ("e3", "e3"),
        ("=", "="),
        # The words of the core schema.
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("Null", None),
        ("tRUE", "tRUE"),
    ],
)
def test_a_scalar_is_what_the_core_schema_says(text: str, value: object):
    read = yaml12.read(f"key: {text}", "mine.yaml").plain()["key"]
    assert (read, type(read)) == (value, type(value))


def test_not_a_number_is_a_number():
    assert math.isnan(yaml12.read(".nan", "").plain())


def test_keys_are_names_whatever_they_look_like():
    assert yaml12.read("{1: a, true: b, 2013-01-31: c, ~: d, <<: e}", "").plain() == {
        "1": "a",
        "true": "b",
        "2013-01-31": "c",
        "~": "d",
        "<<": "e",
    }


def test_what_a_reader_does_with_its_values_no_other_sees():
    """A text is parsed once in a process."""
    first = yaml12.read("a: {b: [1]}", "mine.yaml")
    first.plain()["a"]["b"].append(2)
    assert yaml12.read("a: {b: [1]}", "mine.yaml").plain() == {"a": {"b": [1]}}
    assert yaml12.read("a: {b: [1]}", "mine.yaml") is first
    assert yaml12.read("a: {b: [1]}", "another.yaml").find(("a", "b")).origin == "another.yaml:1"


def test_every_value_knows_its_file_and_line():
    node = yaml12.read("a: 1\nb:\n  c: [x,\n      y]\n  d: {e: 2}\n", "mine.yaml")
    lines = {
        path: node.find(path).origin for path in [("a",), ("b",), ("b", "c"), ("b", "c", 1), ("b", "d", "e")]
    }
    assert [*lines.values()] == ["mine.yaml:1", "mine.yaml:2", "mine.yaml:3", "mine.yaml:4", "mine.yaml:5"]


@pytest.mark.parametrize("name", [*layers.SHARED, *config.available()])
def test_what_ships_reads_the_same_for_those_who_know_only_yaml_1_1(name: str):
    """So that an editor or a linter with the older rules shows no other values."""
    text = layers.path_of(f"{name}.yaml").read_text()
    assert yaml12.read(text, "").plain() == yaml.safe_load(text)


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("window.days", "0777", "got '0777': Input should be a valid integer; write 777, or 0o777"),
        ("infra_gate.load_timeout_s", "1:30", "got '1:30': Input should be a valid number; write one number"),
        ("window.allow_gaps", "yes", "got 'yes': Input should be a valid boolean; write true or false"),
        (
            "training.hidden_units",
            "64,32",
            "got '64,32': Input should be a valid array; a list is written [64, 32]",
        ),
        ("window.days", "1e1", "got 10.0: Input should be a valid integer"),
        ("training.learning_rate", ".inf", "got inf: Input should be a finite number"),
        ("infra_gate.max_disagreement", ".nan", "got nan: Input should be a finite number"),
        ("training.learning_rate", "1e999", "got inf: Input should be a finite number"),
    ],
)
def test_a_text_that_was_meant_otherwise_is_told_how_to_be_written(key: str, text: str, message: str):
    with pytest.raises(ConfigError) as fault:
        config.load("local", {key: text})
    assert str(fault.value).startswith(f"--set: {key}: {message}")


def test_numbers_in_scientific_notation_are_numbers():
    assert config.load("local", {"training.learning_rate": "1e-3"}).training.learning_rate == 0.001


@pytest.mark.parametrize("text", ["1.10", "1.1", "10.0", '"1.10"'])
def test_where_a_text_belongs_the_characters_that_were_written_count(text: str):
    assert config.load("local", {"serving.host": text}).serving.host == text.strip('"')


def test_a_text_in_a_list_and_in_a_mapping_counts_as_it_was_written():
    whole = layers.merged("prod", {"model_gate.slices": "[1e3, true]", "cloud.labels.team": "007"})
    loaded, _ = config._checked(whole)  # there are no such columns, which is another mistake
    assert loaded.model_gate.slices == ("1e3", "true")
    assert loaded.cloud
    assert loaded.cloud.labels["team"] == "007"


def test_nothing_is_no_text():
    with pytest.raises(ConfigError, match=r"--set: serving\.host: got None: Input should be a valid string"):
        config.load("local", {"serving.host": ""})


def test_dates_stay_texts_until_a_field_wants_one():
    prices = "{as_of: 2026-11-01, currency: USD, per_hour: {n1-standard-4: 1}}"
    loaded = config.load("prod", {"cloud.prices": prices})
    assert loaded.cloud
    assert loaded.cloud.prices
    assert loaded.cloud.prices.as_of.isoformat() == "2026-11-01"


def test_a_fault_inside_a_union_is_a_refusal_and_no_crash():
    """pydantic names the member of the union, which is no key of the file."""
    for value in ("{num_workers: 1e400}", "{a: 123456789012345678901234567890, b: .nan}"):
        with pytest.raises(ConfigError, match=r"beam\.options"):
            config.load("local", {"beam.options": value})
