"""What makes another launch of a run, field by field: a new field needs a decision here."""

import json
from collections.abc import Iterator
from typing import ClassVar

import pytest

from components.config_section import EVERY_FIELD, Deciding, Section
from components.data_gate.policy import ColumnReaction, DataGatePolicy, Floors, Reactions
from pipeline.config import error_messages
from pipeline.config.config import Config
from pipeline.config.load import load
from pipeline.config.rollout import (
    GuardsConfig,
    KeyConfig,
    RolloutConfig,
    StageConfig,
    TooLittleTrafficConfig,
)
from tests.pipeline.launch.test_launch import launch
from trainer.hyperparameters import Hyperparameters

YES, NO = True, False

DECIDES = {
    "Config": {
        "name": YES,
        "root": NO,
        "model": YES,
        "data": YES,
        "window": YES,
        "data_gate": YES,
        "split": YES,
        "training": YES,
        "model_gate": YES,
        "infra_gate": YES,
        "release": NO,
        "rollout": NO,
        "serving": NO,
        "request_log": NO,
        "beam": NO,
        "notify": NO,
        "cloud": YES,
        "overrides": NO,  # the launch picks those of today
        "max_override_days": NO,
    },
    "NotifyConfig": {"timeout_s": NO, "notifiers": NO},
    "RequestLogConfig": {
        "enabled": NO,
        "sample": NO,
        "folder": NO,
        "drop": NO,
        "rotate_mb": NO,
        "rotate_s": NO,
        "most_mb": NO,
        "keep_days": NO,
    },
    "NotifierConfig": {
        "type": NO,
        "events": NO,
        "min_severity": NO,
        "url": NO,
        "shape": NO,
        "host": NO,
        "port": NO,
        "security": NO,
        "sender": NO,
        "to": NO,
        "user": NO,
        "password": NO,
        "settings": NO,
    },
    "ModelConfig": {"name": YES},
    "DataConfig": {
        "source": NO,  # the window says what the days hold
        "format": YES,
        "grain": YES,
        "strict_columns": YES,
        "ready_marker": NO,
        "ready_after_s": NO,
        "label_delay_days": NO,  # the window says which days count
        "keep_unused_days": NO,
    },
    "Override": {
        "gate": YES,
        "check": YES,
        "subject": YES,
        "reason": YES,
        "by": YES,
        "expires": YES,
    },
    "WindowConfig": {"days": YES, "eval_days": YES, "allow_gaps": YES},
    "SplitConfig": {"eval_fraction": YES, "key": YES, "spread_copies": YES},
    "DataGatePolicy": dict.fromkeys(DataGatePolicy.model_fields, YES),
    "Reactions": dict.fromkeys(Reactions.model_fields, YES),
    "Floors": dict.fromkeys(Floors.model_fields, YES),
    "ColumnReaction": dict.fromkeys(ColumnReaction.model_fields, YES),
    "ModelGatePolicy": {
        "slices": YES,
        "min_slice_rows": YES,
        "min_slice_class_rows": YES,
        "on_first_run": YES,
        "on_overlap": YES,
        "thresholds": YES,
        "calibration": YES,
        "suspicious_auc": YES,
        "max_model_mb": YES,
        "max_ms_per_row": YES,
        "fairness": YES,
        "prediction_drift": YES,
    },
    "CalibrationLimit": {"max_off": YES, "max_worse_than_champion": YES},
    "PredictionDrift": {"reaction": YES, "floor": YES},
    "FairnessLimit": {"column": YES, "metric": YES, "max_gap": YES},
    "Threshold": {
        "metric": YES,
        "scope": YES,
        "at_least": YES,
        "at_most": YES,
        "max_worse_than_champion": YES,
        "max_better_than_champion": YES,
    },
    "InfraGatePolicy": {
        "requests": YES,
        "rows_per_request": YES,
        "load_timeout_s": NO,
        "max_disagreement": YES,
        "load": YES,
    },
    "LoadPolicy": {
        "seconds": YES,
        "rate": YES,
        "batches": YES,
        "max_p99_ms": YES,
        "max_p99_of_champion": YES,
        "p99_floor_ms": YES,
        "max_mb": YES,
        "max_mb_of_champion": YES,
    },
    "ReleaseConfig": {"policy": NO},
    "RolloutConfig": dict.fromkeys(RolloutConfig.model_fields, NO),
    "StageConfig": dict.fromkeys(StageConfig.model_fields, NO),
    "KeyConfig": dict.fromkeys(KeyConfig.model_fields, NO),
    "TooLittleTrafficConfig": dict.fromkeys(TooLittleTrafficConfig.model_fields, NO),
    "GuardsConfig": dict.fromkeys(GuardsConfig.model_fields, NO),
    "ServingConfig": {
        "host": NO,
        "rest_port": NO,
        "grpc_port": NO,
        "max_in_flight": NO,
        "keep_alive_s": NO,
        "drain_s": NO,
    },
    "BeamConfig": {"runner": NO, "options": NO},
    "CloudConfig": {
        "project": NO,
        "region": NO,
        "bucket": NO,
        "data": NO,
        "image": NO,
        "service_account": NO,
        "training_service_account": NO,
        "serving_service_account": NO,
        "network": NO,
        "kms_key": NO,
        "labels": NO,
        "default_step": NO,
        "steps": NO,
        "beam": NO,
        "trainer": NO,
        "endpoint": YES,
        "prices": NO,
        "accept_unknown": NO,
        "cost_limit": NO,
        "api_endpoint": NO,
    },
    "DefaultStepConfig": {"machine": NO, "timeout_minutes": NO, "cache": NO, "retries": NO},
    "StepConfig": {"machine": NO, "timeout_minutes": NO, "cache": NO, "retries": NO},
    "CloudBeamConfig": {
        "runner": NO,
        "machine": NO,
        "max_workers": NO,
        "dependencies": NO,
        "subnetwork": NO,
        "options": NO,
    },
    "TrainerConfig": {
        "machine": NO,
        "accelerator": NO,
        "accelerators": NO,
        "disk_gb": NO,
        "image": NO,
        "allow_cpu": NO,
        "timeout_minutes": NO,
    },
    "EndpointConfig": {
        "machine": NO,
        "accelerator": NO,
        "accelerators": NO,
        "name": YES,
        "min_replicas": NO,
        "max_replicas": NO,
        "server_image": YES,
        "model_id": YES,
        "version_aliases": YES,
    },
    "PricesConfig": {"as_of": NO, "currency": NO, "per_hour": NO},
}


def sections(section: type[Section] = Config) -> Iterator[type[Section]]:
    """Yields a section and those below it."""
    yield section
    for field in section.model_fields.values():
        for annotation in (field.annotation, error_messages._inside(field.annotation, 0)):
            below = annotation and error_messages._section_type(annotation)
            if below and issubclass(below, Section):
                yield from sections(below)


SECTIONS = {section.__name__: section for section in sections()}


def test_of_every_section_and_field_it_is_said_whether_it_decides():
    decided = {
        name: {field: field in section.deciding_fields() for field in section.model_fields}
        for name, section in SECTIONS.items()
    }
    assert decided == DECIDES


def test_every_number_of_training_decides():
    training = load("local").training
    assert load("local").deciding()["training"] == training.model_dump(mode="json")
    assert set(training.model_dump()) == set(Hyperparameters.model_fields)


class TestASectionThatDoesNotSay:
    def test_cannot_be_made(self):
        with pytest.raises(TypeError, match="section Silent does not say which of its fields decides_result"):

            class Silent(Section):
                threshold: float

    def test_cannot_inherit_the_answer(self):
        class Says(Section):
            decides_result: ClassVar[Deciding] = EVERY_FIELD
            threshold: float

        with pytest.raises(TypeError, match="section Inherits does not say"):

            class Inherits(Says):
                other: float

    def test_cannot_name_a_field_that_it_does_not_have(self):
        with pytest.raises(TypeError, match="section Mistaken has no field treshold"):

            class Mistaken(Section):
                decides_result: ClassVar[Deciding] = frozenset({"treshold"})
                threshold: float


def identity(**changes: str) -> str:
    settings = {key.replace("__", "."): value for key, value in changes.items()}
    return launch(config=load("prod", settings)).identity


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("root", "/somewhere/else"),
        ("serving.rest_port", "1"),
        ("serving.host", "0.0.0.0"),
        ("infra_gate.load_timeout_s", "61"),
        ("data.keep_unused_days", "1"),
        ("data.label_delay_days", "1"),
        ("data.ready_after_s", "5"),
        ("data.source", "elsewhere"),
        ("cloud.data", "gs://elsewhere/flights"),
        ("beam.runner", "portable"),
        ("cloud.labels.team", "others"),
        ("cloud.prices", "{as_of: 2026-11-01, currency: USD, per_hour: {n1-standard-4: 1}}"),
        ("cloud.default_step.timeout_minutes", "61"),
        ("cloud.steps.Trainer.timeout_minutes", "61"),
        ("cloud.default_step.retries", "3"),
        ("cloud.beam.max_workers", "99"),
        ("cloud.beam.runner", "step"),
        ("cloud.trainer.machine", "n1-standard-8"),
        ("cloud.endpoint.max_replicas", "99"),
        ("cloud.service_account", "another@my-evergreen-prod.iam.gserviceaccount.com"),
    ],
)
def test_where_how_fast_and_at_what_price_is_the_same_launch(key: str, value: str):
    assert load("prod", {key: value}) != load("prod")
    assert identity(**{key: value}) == identity()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", "another"),
        ("model.name", "another"),
        ("window.eval_days", "13"),
        ("data.format", "parquet"),
        ("data_gate.min_eval_rows", "1"),
        ("training.dropout", "0.4"),
        ("model_gate.thresholds", "[{metric: AUC, scope: overall, at_least: 0.59}]"),
        ("infra_gate.max_disagreement", "1e-4"),
        ("cloud.endpoint.model_id", "others"),
    ],
)
def test_what_decides_the_result_is_another_launch(key: str, value: str):
    assert identity(**{key: value}) != identity()


def test_what_decides_is_json():

    deciding = load("prod").deciding()
    assert json.loads(json.dumps(deciding)) == deciding
    assert set(deciding["cloud"]) == {"endpoint"}
    assert deciding["model_gate"]["thresholds"][0]["at_least"] == 0.58
