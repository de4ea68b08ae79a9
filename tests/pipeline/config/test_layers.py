"""Defaults, the fork's base, an environment and --set lie over each other, and values know their layer."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import BaseModel

from components.evaluator.policy import Threshold
from pipeline.cli.commands import evergreen
from pipeline.config import error_messages, layers
from pipeline.config.cloud import StepConfig
from pipeline.config.config import Config
from pipeline.config.load import load, load_with_origins
from pipeline.errors import ConfigError
from trainer import yaml12
from trainer.hyperparameters import Hyperparameters

ROOT = Path(__file__).parents[3]
CONFIGS = ROOT / "tests" / "flights" / "configs"
DEFAULTS = ROOT / "pipeline" / "configs" / "defaults.yaml"

# What no template can know: a fork's name for things, and where its project is.
THE_FORKS = {
    "name",
    "model.name",
    "data.source",
    "cloud.endpoint.name",
    "cloud.endpoint.model_id",
}
THE_ENVIRONMENTS = {
    "cloud.project",
    "cloud.bucket",
    "cloud.data",
    "cloud.image",
    "cloud.service_account",
    "cloud.training_service_account",
    "cloud.serving_service_account",
    "cloud.trainer.machine",
}


def text_of(file: str) -> str:
    return (DEFAULTS if file == DEFAULTS.name else CONFIGS / file).read_text()


def layer(name: str) -> yaml12.Node:
    return yaml12.read(text_of(f"{name}.yaml"), f"{name}.yaml")


def keys(section: type[BaseModel] = Config, path: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """Yields every key that has one place, and its section; items of lists and mappings have none."""
    for name, field in section.model_fields.items():
        below = layers.optional_section(field.annotation) or field.annotation
        if isinstance(below, type) and issubclass(below, BaseModel) and name != "prices":
            yield from keys(below, f"{path}{name}.")
        else:
            yield f"{path}{name}", section


def holds(node: yaml12.Node, key: str) -> bool:
    *parents, last = key.split(".")
    section = node.find(tuple(parents)).content
    return isinstance(section, dict) and last in section


class TestDefaults:
    @pytest.mark.parametrize("key", [key for key, _ in keys()])
    def test_every_key_has_a_default_but_what_no_template_can_know(self, key: str):
        assert holds(layer("defaults"), key) == (key not in THE_FORKS | THE_ENVIRONMENTS)

    @pytest.mark.parametrize("key", sorted(THE_FORKS))
    def test_what_a_fork_must_name_is_in_its_base(self, key: str):
        assert holds(layer("base"), key)

    def test_no_default_hides_in_a_type(self):
        hidden = [key for key, section in keys() if not _required(section, key.rpartition(".")[2])]
        assert hidden == []

    def test_only_items_of_lists_and_mappings_may_leave_fields_out(self):
        for item in (StepConfig, Threshold):
            assert {field.default for field in item.model_fields.values() if not field.is_required()} == {
                None
            }

    def test_those_of_training_are_the_trainers_own(self):
        assert set(layer("defaults").plain()["training"]) == set(Hyperparameters.model_fields)

    @pytest.mark.parametrize("name", ["base", "local", "dev", "preprod", "prod"])
    def test_a_layer_says_only_what_differs(self, name: str):
        """A value that is the one below it anyway would stay behind when that changes."""
        below = [layer("defaults")] + ([] if name == "base" else [layer("base")])
        shared = {key: value for node in below for key, value in _leaves(node).items()}
        repeated = [key for key, value in _leaves(layer(name)).items() if shared.get(key) == value]
        assert repeated == []


def _required(section: type[BaseModel], name: str) -> bool:
    return section.model_fields[name].is_required()


def _leaves(node: yaml12.Node, path: str = "") -> dict[str, object]:
    if not isinstance(node.content, dict):
        return {path: node.plain()}
    leaves: dict[str, object] = {}
    for key, child in node.content.items():
        leaves |= _leaves(child, f"{path}.{key}" if path else key)
    return leaves


@pytest.fixture
def mine(tmp_path: Path):
    """Writes a configuration outside of the project."""

    def write(text: str) -> str:
        path = tmp_path / "mine.yaml"
        path.write_text(text)
        return str(path)

    return write


class TestMerging:
    def test_a_file_outside_the_project_lies_over_defaults_and_base(self, mine):
        path = mine("window: {days: 30}\n")
        assert load(path) == load("local", {"window.days": "30"})

    def test_mappings_merge_at_every_depth_and_lists_replace(self, mine):
        path = mine("model_gate:\n  slices: [carrier]\nbeam: {options: {a: 1}}\n")
        loaded = load(path, {"beam.options.b": "2"})
        assert loaded.model_gate.slices == ("carrier",)
        assert loaded.model_gate.thresholds == load("local").model_gate.thresholds
        assert loaded.beam.options == {"a": 1, "b": 2}

    def test_null_takes_an_optional_value_away(self):
        loaded = load("prod", {"cloud.network": "null", "cloud.trainer": "null"})
        assert loaded.cloud
        assert (loaded.cloud.network, loaded.cloud.trainer) == (None, None)

    def test_null_for_a_value_that_must_be_there_is_refused(self):
        with pytest.raises(ConfigError, match=r"^--set: window\.days: got None"):
            load("local", {"window.days": "null"})

    def test_a_step_is_changed_without_repeating_the_others(self):
        cloud = load("prod", {"cloud.steps.Trainer.cache": "false"}).cloud
        assert cloud
        assert (cloud.step("Trainer").timeout_minutes, cloud.step("Trainer").cache) == (180, False)
        assert cloud.step("Transform").machine == "e2-standard-8"


class TestOptionalSections:
    def test_there_is_no_cloud_but_in_files_that_name_it(self, mine):
        assert load("local").cloud is None
        assert load(mine("window: {days: 30}\n")).cloud is None
        assert load("dev").cloud is not None

    def test_one_inside_another_is_the_same(self):
        dev, prod = load("dev").cloud, load("prod").cloud
        assert dev
        assert prod
        assert dev.trainer is None
        assert prod.trainer
        assert prod.trainer.disk_gb == 100

    def test_an_override_begins_one_and_defaults_fill_it_in(self):
        cloud = load("dev", {"cloud.trainer": "{machine: n1-standard-8}"}).cloud
        assert cloud
        assert cloud.trainer
        assert (cloud.trainer.machine, cloud.trainer.disk_gb) == ("n1-standard-8", 100)

    def test_one_that_is_begun_must_be_complete(self, mine):
        path = mine("cloud:\n  project: my-project\n")
        with pytest.raises(
            ConfigError, match=rf"^{path}:1: key 'cloud\.bucket' is missing; add it \(and 5 more\)$"
        ):
            load(path)


class TestOrigins:
    def test_every_value_has_one(self):
        origins = load_with_origins("prod", {"window.days": "30"}).origins
        assert origins["window.days"] == "--set"
        assert origins["window.eval_days"].startswith("defaults.yaml:")
        assert origins["model.name"].startswith("base.yaml:")
        assert origins["cloud.labels.team"].startswith("base.yaml:")
        assert origins["cloud.labels.environment"].startswith("prod.yaml:")

    @pytest.mark.parametrize("name", ["local", "prod"])
    def test_the_line_is_the_one_that_the_value_is_on(self, name: str):
        left_out = {
            f"cloud.steps.{step}"
            for step in (
                "Transform.cache",
                "Trainer.cache",
                "Trainer.machine",
                "Settle.cache",
                "Notify.cache",
            )
        }
        left_out |= {"cloud.steps.Pusher.cache", "cloud.steps.Pusher.machine"}
        steps = ("Transform", "Trainer", "Pusher", "Settle", "Notify")
        left_out |= {f"cloud.steps.{step}.retries" for step in steps}
        for key, origin in load_with_origins(name).origins.items():
            file, _, line = origin.partition(":")
            if line and key not in left_out:
                assert f"{key.rpartition('.')[2]}:" in text_of(file).splitlines()[int(line) - 1]

    def test_a_section_that_nobody_began_is_said_by_the_file_that_does_not_have_it(self):
        assert load_with_origins("local").origins["cloud"] == "local.yaml"

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("# mine\nwindow:\n  days: 0\n", "3: window.days: got 0: Input should be greater than 0"),
            ("window:\n  dayz: 1\n", "2: unknown key 'window.dayz' (did you mean 'days'?)"),
            ("root: x\n\nwindow: 60\n", "3: window: got 60: Input should be an object"),
            (
                "training:\n  validation_days: 46\n",
                "2, defaults.yaml:14: training.validation_days is 46 of 46",
            ),
            (
                "model_gate:\n  thresholds:\n    - {metric: auc, scope: overall}\n",
                "3: model_gate.thresholds.0.metric",
            ),
        ],
    )
    def test_a_faulty_value_is_named_with_the_lines_it_came_from(self, mine, text: str, message: str):
        path = mine(text)
        with pytest.raises(ConfigError) as fault:
            load(path)
        assert str(fault.value).startswith(f"{path}:{message}")

    def test_a_fault_of_a_layer_below_is_named_with_that_layer(self, monkeypatch, tmp_path: Path):
        shutil.copytree(CONFIGS, tmp_path / "configs")
        shutil.copy(DEFAULTS, tmp_path / "configs")
        base = tmp_path / "configs" / "base.yaml"
        base.write_text(base.read_text() + "serving:\n  rest_port: 70000\n")
        monkeypatch.setattr(layers, "_folder", lambda: tmp_path / "configs")
        line = len(base.read_text().splitlines())
        with pytest.raises(ConfigError, match=rf"^base\.yaml:{line}: serving\.rest_port: got 70000"):
            load("local")


class TestCommand:
    def test_config_prints_values_with_their_origin(self):
        lines = CliRunner().invoke(evergreen, ["config", "--set", "window.days=30"]).output.splitlines()
        (days,) = (line.split() for line in lines if line.lstrip().startswith("days:"))
        assert days == ["days:", "30", "#", "--set"]
        assert all(
            " # " in line for line in lines if not line.endswith(":") and not line.lstrip().startswith("- ")
        )

    def test_for_machines_it_prints_values_and_origins(self):
        done = CliRunner().invoke(evergreen, ["config", "--json", "--config", "dev"])
        printed = json.loads(done.output)
        assert printed["values"] == load("dev").model_dump(mode="json")
        assert printed["origins"] == load_with_origins("dev").origins

    def test_a_machine_that_nothing_checked_is_a_warning_and_no_refusal(self):
        command = ["config", "--config", "dev", "--set", "cloud.default_step.machine=x9-standard-8"]
        done = CliRunner().invoke(evergreen, command)
        assert done.exit_code == 0
        assert done.stderr == (
            "evergreen: warning: cloud.default_step: machine type 'x9-standard-8' is not in "
            "pipeline/config/machine_types.py; it is used unchecked, and a step on it gets no resource "
            "limits; name it in cloud.accept_unknown if that is meant\n"
        )


PLANTED = '''"""A section that a later version of the template has."""

from typing import ClassVar

from components.config_section import EVERY_FIELD, Deciding, Section


class PlantedConfig(Section):
    """What the template learned since the fork."""

    decides_result: ClassVar[Deciding] = EVERY_FIELD

    threshold: float
'''


def test_a_new_section_of_the_template_merges_into_a_fork_without_a_conflict(tmp_path: Path):
    """The fork has changed its base and an environment; the new section comes with the template's default."""
    for package in ("pipeline", "components", "trainer", "monitoring"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    configs = tmp_path / "pipeline" / "configs"
    shutil.copy(CONFIGS / "base.yaml", configs)

    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "--initial-branch=template")
    git("add", "-A")
    git("commit", "-m", "the template")
    git("checkout", "-b", "fork")
    _replace(
        configs / "base.yaml", "name: flights\nmodel:\n  name: flights", "name: rain\nmodel:\n  name: rain"
    )
    (configs / "local.yaml").write_text("window: {days: 80}\n")
    git("commit", "-am", "the fork's own")

    git("checkout", "template")
    (tmp_path / "pipeline" / "config" / "planted.py").write_text(PLANTED)
    types = tmp_path / "pipeline" / "config" / "config.py"
    _replace(types, "from components.config_section", "from pipeline.config.planted import PlantedConfig\nX")
    _replace(types, "\nX", "\nfrom components.config_section")
    _replace(types, "    beam: BeamConfig\n", "    beam: BeamConfig\n    planted: PlantedConfig\n")
    _replace(configs / "defaults.yaml", "\nbeam:", "\nplanted:\n  threshold: 0.25\nbeam:")
    git("add", "-A")
    git("commit", "-m", "a new section")

    git("checkout", "fork")
    git("merge", "--no-edit", "template")
    script = (
        "from pipeline.config.load import load_with_origins; loaded = load_with_origins('local'); "
        "config, origin = loaded.config, loaded.origins['planted.threshold'].split(':')[0]; "
        "print(config.name, config.window.days, config.planted.threshold, origin)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("rain 80 0.25 defaults.yaml\n", "")


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_a_location_of_pydantic_is_a_path_of_keys():
    """Types of a union that pydantic puts into it are left out."""
    assert error_messages._keys(("beam", "options", "a", "int")) == ("beam", "options", "a")
    assert error_messages._keys(("model_gate", "thresholds", 0, "at_least")) == (
        "model_gate",
        "thresholds",
        0,
        "at_least",
    )
    assert error_messages._keys(("cloud", "steps", "Trainer", "machine")) == (
        "cloud",
        "steps",
        "Trainer",
        "machine",
    )
