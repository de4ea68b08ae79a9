"""The configuration is typed, frozen and strict; each fault of it is one line with a way out."""

import copy
import math
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from components.evaluator.metric_table import JUDGED
from pipeline.config import flow, layers, printing
from pipeline.config import load as config
from pipeline.errors import USAGE, ConfigError
from trainer import yaml12

SECTIONS = ", ".join(config.Config.model_fields)
OVERALL = {"metric": "AUC", "scope": "overall", "at_least": 0.5}
REMOVED = object()


def shipped_values() -> dict[str, Any]:
    """The shipped configuration, anew each time."""
    return copy.deepcopy(layers.merged("local").plain())


def changed(key: str, value: Any) -> dict[str, Any]:
    """The shipped configuration with one key set or removed."""
    values = shipped_values()
    *parents, last = key.split(".")
    section = values
    for parent in parents:
        section = section[parent]
    if value is REMOVED:
        del section[last]
    else:
        section[last] = value
    return values


@pytest.mark.parametrize("name", config.available())
def test_every_configuration_that_ships_is_valid(name: str):
    assert config.load(name).name


def test_the_local_configuration_ships():
    assert "local" in config.available()


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        # Unknown and missing keys.
        ("windows", {}, f"unknown key 'windows' (did you mean 'window'?); known here: {SECTIONS}"),
        ("shade", "red", f"unknown key 'shade'; known here: {SECTIONS}"),
        (
            "window.dayz",
            30,
            "unknown key 'window.dayz' (did you mean 'days'?); known here: days, eval_days, allow_gaps",
        ),
        (
            "model_gate.thresholds",
            [{**OVERALL, "atleast": 0.5}],
            "unknown key 'model_gate.thresholds.0.atleast' (did you mean 'at_least'?); "
            "known here: metric, scope, at_least, at_most, max_worse_than_champion, max_better_than_champion",
        ),
        (2013, "x", f"unknown key '2013'; known here: {SECTIONS}"),
        ("window.days", REMOVED, "key 'window.days' is missing; add it"),
        ("window", REMOVED, "key 'window' is missing; add it"),
        # Types.
        ("window.days", "60", "window.days: got '60': Input should be a valid integer"),
        ("window.days", 1.5, "window.days: got 1.5: Input should be a valid integer"),
        ("window.days", True, "window.days: got True: Input should be a valid integer"),
        ("window.days", None, "window.days: got None: Input should be a valid integer"),
        ("window", 60, "window: got 60: Input should be an object"),
        ("window.allow_gaps", 1, "window.allow_gaps: got 1: Input should be a valid boolean"),
        ("serving.host", 1.0, "serving.host: got 1.0: Input should be a valid string; quote it"),
        ("model_gate.slices", "origin", "model_gate.slices: got 'origin': Input should be a valid array"),
        ("training.max_epochs", "3", "training.max_epochs: got '3': Input should be a valid integer"),
        # Values.
        ("window.days", 0, "window.days: got 0: Input should be greater than 0"),
        (
            "name",
            "My Flights",
            "name: got 'My Flights': expected a name: small letters, digits and hyphens, a letter first, "
            "at most 63 characters",
        ),
        (
            "model.version",
            "1.0",
            "model.version is no longer a key: versions are computed (docs/operations.md); remove the line",
        ),
        ("root", "", "root: got '': String should have at least 1 character"),
        (
            "training.learning_rate",
            math.inf,
            "training.learning_rate: got inf: Input should be a finite number",
        ),
        (
            "serving.rest_port",
            65536,
            "serving.rest_port: got 65536: Input should be less than or equal to 65535",
        ),
        (
            "serving.grpc_port",
            8501,
            "serving: rest_port and grpc_port are both 8501; a port serves one of them",
        ),
        ("serving.grpc_port", -1, "serving.grpc_port: got -1: Input should be greater than or equal to 0"),
        ("infra_gate.load_timeout_s", 0, "infra_gate.load_timeout_s: got 0: Input should be greater than 0"),
        (
            "infra_gate.load_timeout_s",
            math.inf,
            "infra_gate.load_timeout_s: got inf: Input should be a finite number",
        ),
        (
            "infra_gate.max_disagreement",
            1.5,
            "infra_gate.max_disagreement: got 1.5: Input should be less than or equal to 1",
        ),
        (
            "data_gate.block_on",
            "info",
            "data_gate.block_on: got 'info': Input should be 'error' or 'warning'",
        ),
        (
            "data_gate.block_on",
            "Warnings",
            "data_gate.block_on: got 'Warnings': Input should be 'error' or 'warning' (did you mean "
            "'warning'?)",
        ),
        (
            "model_gate.on_first_run",
            True,
            "model_gate.on_first_run: got True: Input should be 'allow' or 'block'",
        ),
        (
            "model_gate.thresholds",
            [{**OVERALL, "metric": "auc"}],
            "model_gate.thresholds.0.metric: 'auc' is no metric that can be judged (did you mean 'AUC'?); "
            f"there are {', '.join(JUDGED)}",
        ),
        (
            "model_gate.thresholds",
            [{**OVERALL, "at_least": math.nan}],
            "model_gate.thresholds.0.at_least: got nan: Input should be a finite number",
        ),
        (
            "model_gate.thresholds",
            [{**OVERALL, "max_worse_than_champion": -0.1}],
            "model_gate.thresholds.0.max_worse_than_champion: got -0.1: "
            "Input should be greater than or equal to 0",
        ),
        # Values that contradict each other.
        (
            "window.eval_days",
            60,
            "window.eval_days is 60 of 60 days, which leaves none to train on; lower eval_days",
        ),
        (
            "window.eval_days",
            61,
            "window.eval_days is 61 of 60 days, which leaves none to train on; lower eval_days",
        ),
        (
            "training.validation_days",
            46,
            "training.validation_days is 46 of 46 days to train on, which leaves none to fit; "
            "lower it, or raise window.days",
        ),
        (
            "model_gate.thresholds",
            [],
            "model_gate.thresholds: no threshold is `scope: overall`, so the gate could never close; add one",
        ),
        (
            "model_gate.thresholds",
            [{**OVERALL, "scope": "slices"}],
            "model_gate.thresholds: no threshold is `scope: overall`, so the gate could never close; add one",
        ),
        (
            "model_gate.thresholds",
            [{"metric": "AUC", "scope": "overall"}],
            "model_gate.thresholds.0: the threshold on AUC has none of at_least, at_most, "
            "max_worse_than_champion, max_better_than_champion; give one",
        ),
    ],
)
def test_a_faulty_configuration_says_what_was_given_and_what_was_expected(key: Any, value: Any, message: str):
    values = changed(key, value) if isinstance(key, str) else {**shipped_values(), key: value}
    with pytest.raises(ConfigError) as fault:
        config.parse(values, origin="mine.yaml")
    assert str(fault.value) == f"mine.yaml: {message}"
    assert fault.value.exit_code == USAGE


def test_a_mistyped_section_is_called_unknown_and_not_missing():
    values = changed("window", REMOVED)
    with pytest.raises(ConfigError) as fault:
        config.parse({**values, "windw": shipped_values()["window"]})
    assert str(fault.value) == (
        f"configuration: unknown key 'windw' (did you mean 'window'?); known here: {SECTIONS} (and 1 more)"
    )


@pytest.mark.parametrize(
    ("eval_days", "days", "valid"), [(1, 2, True), (12, 14, True), (14, 14, False), (15, 14, False)]
)
def test_a_window_leaves_at_least_one_day_to_train_on(eval_days: int, days: int, valid: bool):
    values = shipped_values()
    values["window"] |= {"days": days, "eval_days": eval_days}
    values["training"]["validation_days"] = 1
    if valid and days - eval_days > 1:
        assert config.parse(values).train_spans == days - eval_days
    else:
        words = "leaves none to fit" if valid else "leaves none to train on"
        with pytest.raises(ConfigError, match=words):
            config.parse(values)


@pytest.mark.parametrize(
    ("days", "fraction", "validation_days", "valid"),
    [
        (20, 0.0, 5, True),
        (20, 0.0, 6, False),
        (20, 0.0, 19, False),
        (20, 0.2, 19, True),
    ],
)
def test_the_days_to_train_on_are_more_than_those_held_out_of_them(
    days: int, fraction: float, validation_days: int, valid: bool
):
    """14 days are for evaluation; where rows are split by hash, each day is trained on."""
    values = {
        **shipped_values(),
        "window": {"days": days, "eval_days": 14, "allow_gaps": False},
        "split": {"eval_fraction": fraction, "key": None, "spread_copies": False},
        "training": {**shipped_values()["training"], "validation_days": validation_days},
    }
    if valid:
        assert config.parse(values).training.validation_days == validation_days
    else:
        with pytest.raises(ConfigError, match="days to train on, which leaves none to fit; lower it, or"):
            config.parse(values)


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"window: [1", 1, "not readable as YAML: while parsing a flow sequence expected ',' or ']'"),
        (b"\nname: caf\xe9\n", 2, "not readable as YAML: not UTF-8"),
        (b"- a\n- b\n", 1, "expected a mapping of sections, got a list"),
        (b"# all of it\nlocal\n", 2, "expected a mapping of sections, got 'local'"),
        (b"", 1, "not readable as YAML: there is nothing in it"),
        (b"# only a comment\n", 1, "not readable as YAML: there is nothing in it"),
        (
            b"name: a\nwindow:\n\tdays: 3\n",
            3,
            "not readable as YAML: a tab cannot begin a value or indent it",
        ),
        (
            b"name: a\nroot: b\nname: c\n",
            3,
            "not readable as YAML: the key 'name' stands twice, first in line 1",
        ),
        (b"name: a\n---\nname: b\n", 2, "not readable as YAML: a second document begins"),
        (b"a: &a [x]\nb: &b [*a, *a]\n", 2, "not readable as YAML: the alias *a is not followed"),
        (b"a: " + b"[" * 5000, 1, "not readable as YAML: lists and mappings are nested too deeply"),
        (b"name: !!python/name:os.system x\n", 1, "not readable as YAML: 'x' is no !!python/name:os.system"),
        (b"name: a\n[1, 2]: b\n", 2, "not readable as YAML: a key is a name"),
        (b"name: a\nroot: \x07\n", 2, "not readable as YAML: the character U+0007 may not stand in YAML"),
        (b"name: a\n2013-01-01: x\n", 2, "unknown key '2013-01-01'; known here: "),
        (b"window:\n  days: " + b"9" * 5000, 2, "not readable as YAML: a number of 5000 digits is too long"),
    ],
    ids=lambda value: value[:20].decode("latin-1") if isinstance(value, bytes) else "",
)
def test_a_file_that_is_no_configuration_is_refused_by_its_path_and_line(
    tmp_path: Path, content: bytes, line: int, message: str
):
    path = tmp_path / "mine.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as fault:
        config.load(str(path))
    assert str(fault.value).startswith(f"{path}:{line}: {message}")
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("locl", "no configuration named 'locl' (did you mean 'local'?); there are"),
        ("staging", "no configuration named 'staging'; there are"),
        ("configs/mine.yaml", "no configuration file at 'configs/mine.yaml'; give an existing .yaml file"),
        ("/", "no configuration file at '/'; give an existing .yaml file"),
        ("", "no configuration file at ''; give an existing .yaml file"),
    ],
)
def test_a_configuration_that_is_not_there_is_named(name: str, message: str):
    with pytest.raises(ConfigError) as fault:
        config.load(name)
    assert str(fault.value).startswith(message)


def test_an_override_changes_its_key_and_nothing_else():
    plain, changed = config.load("local"), config.load("local", {"window.days": "30", "root": "elsewhere"})
    assert (changed.window.days, changed.root) == (30, "elsewhere")
    window = changed.window.model_copy(update={"days": plain.window.days})
    assert changed.model_copy(update={"window": window, "root": plain.root}) == plain


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("windw.days", "30", "--set windw.days: no section 'windw' (did you mean 'window'?)"),
        ("window.days.max", "30", "--set window.days.max: no section 'days' (it holds no keys)"),
        ("nothing.at.all", "30", "--set nothing.at.all: no section 'nothing' (did you mean 'notify'?)"),
        (
            "window.days",
            "[1",
            "--set window.days: '[1' is not a YAML value; quote it "
            "(while parsing a flow sequence expected ',' or ']', but got '<stream end>')",
        ),
        (
            "beam.options",
            "{a: 1, a: 2}",
            "--set beam.options: '{a: 1, a: 2}' is not a YAML value; quote it "
            "(the key 'a' stands twice, first in line 1)",
        ),
    ],
)
def test_an_override_of_nothing_is_refused(key: str, value: str, message: str):
    with pytest.raises(ConfigError) as fault:
        config.load("local", {key: value})
    assert str(fault.value) == message


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("window.dayz", "30", "unknown key 'window.dayz' (did you mean 'days'?)"),
        ("window.days", "thirty", "window.days: got 'thirty': Input should be a valid integer"),
        ("window.eval_days", "60", "window.eval_days is 60 of 60 days"),
    ],
)
def test_an_overridden_value_is_checked_like_one_in_the_file(key: str, value: str, message: str):
    with pytest.raises(ConfigError) as fault:
        config.load("local", {key: value})
    assert message in str(fault.value)


TABLE = {"data.format": "bigquery", "data.source": "bigquery://my-project/sales/flights"}


def test_a_table_is_a_source_like_a_folder():
    cloud = {"cloud.data": TABLE["data.source"]}
    assert config.load("local", TABLE).data.source == TABLE["data.source"]
    assert config.load("prod", TABLE | cloud).cloud.data == TABLE["data.source"]


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        (
            "local",
            {"data.source": "data/flights"},
            "data: 'data/flights' is no BigQuery table; expected",
        ),
        (
            "local",
            {"data.source": "bigquery://my-project/sales"},
            "data: 'bigquery://my-project/sales' is no ",
        ),
        ("local", {"data.source": TABLE["data.source"] + "$20130131"}, "is no BigQuery table; expected bigq"),
        (
            "local",
            {"data.source": "bigquery://my-project/sales/a'b"},
            "is no BigQuery table; expected big",
        ),
        (
            "local",
            {"data.format": "csv"},
            "data: source is a BigQuery table and format csv; set format",
        ),
        ("local", {"data.ready_marker": ".done"}, "data: ready_marker names a file beside a file, and a day"),
        (
            "prod",
            {},
            "cloud.data is 'gs://my-evergreen-prod-evergreen-uploads/data/flights' and data.source",
        ),
        ("prod", {"cloud.data": "bigquery://my-project/sales/other"}, "a table is the same from everywhere"),
    ],
)
def test_a_table_that_is_half_said_is_refused(name: str, changes: dict[str, str], message: str):
    with pytest.raises(ConfigError) as fault:
        config.load(name, TABLE | changes)
    assert message in str(fault.value)
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize("section", [None, "window", "model_gate", "training"])
def test_a_configuration_cannot_be_changed_once_it_is_read(section: str | None):
    loaded = config.load("local")
    part = getattr(loaded, section) if section else loaded
    name = next(iter(type(part).model_fields))
    before = getattr(part, name)
    with pytest.raises(ValidationError, match="frozen"):
        setattr(part, name, before)
    with pytest.raises(TypeError):
        loaded.model_gate.thresholds[0] = None


@pytest.mark.parametrize("name", config.available())
def test_a_configuration_that_is_printed_reads_as_itself(tmp_path: Path, name: str):
    loaded = config.load_with_origins(name, {"window.days": "30", "beam.options": "{job: yes, at: '1e3'}"})
    path = tmp_path / "printed.yaml"
    path.write_text("\n".join(printing.as_yaml(loaded)))
    assert config.load(str(path)) == loaded.config


@pytest.mark.parametrize(
    "text", ["yes", "1e3", "0o7", "1:30", "~", "", "a # b", "a: b", "two\nlines", "é", "'"]
)
def test_a_text_is_printed_so_that_it_stays_one(text: str):
    """By the rules of YAML 1.1 too, which most other readers follow."""
    line = flow.flow({"key": text})
    assert yaml12.read(line, "").plain() == yaml.safe_load(line) == {"key": text}
    assert "\n" not in line
