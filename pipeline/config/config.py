"""Every number of the system, typed, frozen and strict: a faulty key is an error with a way out.

Imports neither tfx nor tensorflow, so that every command can afford to load it.
"""

from __future__ import annotations

import copy
import difflib
import json
import math
import re
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from components.spans import bigquery_partition as partition
from pipeline.config.beam import BeamConfig
from pipeline.config.cloud import CloudConfig
from pipeline.config.data import DataConfig
from pipeline.config.section import Fraction, PositiveInt, Section
from pipeline.errors import ConfigError
from trainer.hyperparameters import Hyperparameters

Decision = Literal["allow", "block"]


class ModelConfig(Section):
    """What the released model is called, and the part of its version that people decide."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
    version: Annotated[
        str, Field(pattern=r"^\d+\.\d+$", description="MAJOR.MINOR; a release appends its number")
    ]


class WindowConfig(Section):
    """Which spans a run uses; the last ones are for evaluation."""

    days: PositiveInt
    eval_days: PositiveInt
    allow_gaps: Annotated[bool, Field(description="whether days without a file inside the window are fine")]
    random_eval_fraction: Annotated[
        float, Field(ge=0.0, lt=1.0, description="0: the last eval_days judge; else this share of all rows")
    ] = 0.0

    @property
    def train_days(self) -> int:
        """Days that rows to train on come from: all of them when rows are split by hash."""
        return self.days if self.random_eval_fraction else self.days - self.eval_days

    @model_validator(mode="after")
    def _leaves_days_to_train_on(self) -> WindowConfig:
        if self.eval_days >= self.days:
            raise ValueError(
                f"eval_days is {self.eval_days} of {self.days} days, which leaves none to train on; "
                "lower eval_days"
            )
        return self


class DataGateConfig(Section):
    """When data is good enough to train on."""

    min_train_rows: PositiveInt
    min_eval_rows: PositiveInt
    block_on: Annotated[
        Literal["error", "warning"], Field(description="lowest severity of anomaly that stops a run")
    ]


class ThresholdConfig(Section):
    """One condition on one metric (TFMA's class name), on the whole or on every slice."""

    metric: Literal["AUC", "AUCPrecisionRecall", "BinaryCrossentropy", "BinaryAccuracy"]
    scope: Literal["overall", "slices"]
    at_least: float | None = None
    at_most: float | None = None
    max_worse_than_champion: Annotated[float, Field(ge=0.0)] | None = None

    @model_validator(mode="after")
    def _can_be_reached(self) -> ThresholdConfig:
        highest = math.inf if self.metric == "BinaryCrossentropy" else 1.0
        for limit in (self.at_least, self.at_most):
            if limit is not None and not 0.0 <= limit <= highest:
                raise ValueError(
                    f"{self.metric} lies between 0 and {highest:g}, so a limit of {limit:g} is none"
                )
        return self

    @model_validator(mode="after")
    def _says_something(self) -> ThresholdConfig:
        if self.at_least is None and self.at_most is None and self.max_worse_than_champion is None:
            raise ValueError(
                f"the threshold on {self.metric} has none of at_least, at_most, max_worse_than_champion; "
                "give one"
            )
        return self


class ModelGateConfig(Section):
    """When a candidate may replace the champion."""

    slices: Annotated[tuple[str, ...], Field(description="columns; metrics are also taken per value of each")]
    min_slice_rows: Annotated[PositiveInt, Field(description="smaller slices are reported, not judged")]
    on_first_run: Annotated[Decision, Field(description="whether a candidate without a champion may pass")]
    on_overlap: Annotated[
        Decision, Field(description="whether it may pass when the champion was trained on the eval days")
    ]
    thresholds: tuple[ThresholdConfig, ...]

    @field_validator("thresholds")
    @classmethod
    def _judges_the_whole(cls, value: tuple[ThresholdConfig, ...]) -> tuple[ThresholdConfig, ...]:
        if not any(threshold.scope == "overall" for threshold in value):
            raise ValueError("no threshold is `scope: overall`, so the gate could never close; add one")
        return value


class InfraGateConfig(Section):
    """What the model must do on a running model server before it is pushed."""

    requests: PositiveInt
    rows_per_request: PositiveInt
    load_timeout_s: Annotated[float, Field(gt=0)]
    max_disagreement: Annotated[
        Fraction, Field(description="between the answers to tf.Examples and to named columns")
    ]


class ServingConfig(Section):
    """Where the model server listens."""

    host: str
    rest_port: Annotated[int, Field(ge=0, le=65535)]
    grpc_port: Annotated[int, Field(ge=0, le=65535)]


class Config(Section):
    """One deployment: a name, a place to keep everything, and the policies of each stage."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,62}$", description="the pipeline's name")]
    root: Annotated[
        str, Field(min_length=1, description="folder for metadata, artifacts, released models, logs")
    ]
    model: ModelConfig
    data: DataConfig
    window: WindowConfig
    data_gate: DataGateConfig
    training: Hyperparameters
    model_gate: ModelGateConfig
    infra_gate: InfraGateConfig
    serving: ServingConfig
    beam: BeamConfig = Field(default_factory=BeamConfig)
    cloud: CloudConfig | None = None

    @model_validator(mode="after")
    def _leaves_days_to_fit(self) -> Config:
        held_out, days = self.training.validation_days, self.window.train_days
        if held_out >= days:
            raise ValueError(
                f"training.validation_days is {held_out} of {days} days to train on, "
                "which leaves none to fit; lower it, or raise window.days"
            )
        return self

    @model_validator(mode="after")
    def _one_table_everywhere(self) -> Config:
        places = (self.data.source, self.cloud.data if self.cloud else self.data.source)
        if any(place.startswith(partition.SCHEME) for place in places) and places[0] != places[1]:
            raise ValueError(
                f"cloud.data is {places[1]!r} and data.source {places[0]!r}; a table is the same from "
                "everywhere: set both to it"
            )
        return self

    def require_cloud(self) -> CloudConfig:
        """Returns the section `cloud`.

        Raises:
          ConfigError: there is none.
        """
        if self.cloud is None:
            raise ConfigError("this configuration has no section `cloud`; take --config dev, preprod or prod")
        return self.cloud


def load(name_or_path: str, overrides: dict[str, str] | None = None) -> Config:
    """Reads a configuration by name (a file of pipeline/configs) or by path, with `a.b=value` overrides.

    Raises:
      ConfigError: no such configuration; not YAML; an unknown key, a wrong type or value; an override of
        nothing.
    """
    source = _find(name_or_path)
    try:
        values = yaml.safe_load(source.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{source}: not readable as YAML: {' '.join(str(error).split())}") from error
    if not isinstance(values, dict):
        raise ConfigError(f"{source}: expected a mapping of sections, got {type(values).__name__}")
    if not overrides:
        return parse(values, origin=str(source))
    changed = copy.deepcopy(values)
    for path, text in overrides.items():
        _override(changed, path, text)
    return parse(changed, origin="--set" if _is_valid(values) else str(source))


def parse(values: dict[str, Any], origin: str = "configuration") -> Config:
    """Checks a mapping and freezes it.

    Raises:
      ConfigError: naming the first faulty key, what was given, what was expected.
    """
    try:
        return Config.model_validate_json(json.dumps(_with_text_keys(values), default=str), strict=True)
    except ValidationError as error:
        raise ConfigError(f"{origin}: {_first_fault(error)}") from error


def _is_valid(values: dict[str, Any]) -> bool:
    """Whether the file is right as it stands, so that a fault can only come from the command line."""
    try:
        parse(values)
    except ConfigError:
        return False
    return True


def available() -> list[str]:
    """Names of the configurations that ship with the project."""
    folder = resources.files("pipeline") / "configs"
    return sorted(Path(entry.name).stem for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def _find(name_or_path: str) -> Path:
    if re.fullmatch(r"[\w-]+", name_or_path):
        shipped = Path(str(resources.files("pipeline") / "configs" / f"{name_or_path}.yaml"))
        if shipped.is_file():
            return shipped
        raise ConfigError(
            f"no configuration named {name_or_path!r}{_did_you_mean(name_or_path, available())}; "
            f"there are {', '.join(available())}, or give the path of a .yaml file"
        )
    path = Path(name_or_path)
    if not path.is_file():
        raise ConfigError(f"no configuration file at {name_or_path!r}; give an existing .yaml file")
    return path


def _override(values: dict[str, Any], path: str, text: str) -> None:
    *parents, last = path.split(".")
    for key in parents:
        child = values.get(key)
        if not isinstance(child, dict):
            hint = " (it holds no keys)" if key in values else _did_you_mean(key, [*map(str, values)])
            raise ConfigError(f"--set {path}: no section {key!r}{hint}")
        values = child
    try:
        values[last] = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"--set {path}: {text!r} is not a YAML value; quote it") from error


def _with_text_keys(value: Any) -> Any:
    """YAML makes numbers and dates of keys; here they are all names."""
    if isinstance(value, dict):
        return {str(key): _with_text_keys(child) for key, child in value.items()}
    return [_with_text_keys(child) for child in value] if isinstance(value, list) else value


def _first_fault(error: ValidationError) -> str:
    faults = error.errors(include_url=False)
    # A mistyped key is unknown and, under its right name, missing: the former says more.
    fault = min(faults, key=lambda fault: fault["type"] != "extra_forbidden")
    where = ".".join(str(part) for part in fault["loc"]) or "configuration"
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    if fault["type"] == "extra_forbidden":
        siblings = _keys_beside(fault["loc"])
        hint = _did_you_mean(str(fault["loc"][-1]), siblings)
        return f"unknown key {where!r}{hint}; known here: {', '.join(siblings)}{more}"
    if fault["type"] == "missing":
        return f"key {where!r} is missing; add it{more}"
    if fault["type"] == "value_error":
        said = f"{fault['ctx']['error']}{more}"
        return f"{where}: {said}" if fault["loc"] else said
    hint = "; quote it" if fault["type"] == "string_type" and fault["input"] is not None else ""
    return f"{where}: got {fault['input']!r}: {fault['msg']}{hint}{more}"


def _keys_beside(location: tuple[int | str, ...]) -> list[str]:
    """Names that would have been known where an unknown key stood."""
    section: type[BaseModel] = Config
    for part in location[:-1]:
        if isinstance(part, str) and part in section.model_fields:  # not a position, not a key of a mapping
            section = _section_type(section.model_fields[part].annotation)
    return [*section.model_fields]


def _section_type(annotation: Any) -> type[BaseModel]:
    """The section behind an annotation such as `tuple[ThresholdConfig, ...]`."""
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    raise TypeError(f"{annotation} holds no section")


def _did_you_mean(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
