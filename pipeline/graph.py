"""The pipeline: every node, and what it takes from which.

    spans ──► ExampleGen ──► StatisticsGen ──► ExampleValidator ──► DataGate ══╗
                 ▲                                  ▲                          ║ blessed?
    schema ──► SchemaImport ────────────────────────┘                          ║
                                                                               ▼
              Release ◄── Pusher ◄── InfraValidator ◄── Evaluator ◄── Trainer ◄── Transform
                                                           ▲
                                                        Champion (from the launch)

Everything that can change between two runs comes in through the launch; every number, through its
configuration.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tfx.components.example_validator.component import ExampleValidator
from tfx.components.pusher.component import Pusher
from tfx.components.schema_gen.import_schema_gen.component import ImportSchemaGen
from tfx.components.trainer.component import Trainer
from tfx.dsl.components.base.base_node import BaseNode
from tfx.dsl.components.base.executor_spec import ExecutorSpec
from tfx.dsl.components.common.importer import Importer
from tfx.dsl.experimental.conditionals.conditional import Cond
from tfx.orchestration.pipeline import Pipeline
from tfx.proto import pusher_pb2, trainer_pb2
from tfx.types import standard_artifacts
from tfx.types.channel import BaseChannel

from components.data_gate.component import DataGate
from components.evaluator.component import Evaluator
from components.example_gen.component import ExampleGen
from components.infra_validator.component import InfraValidator
from components.release.component import Release
from components.statistics_gen.component import StatisticsGen
from components.transform.component import Transform
from pipeline import stages
from pipeline.config.config import Config
from pipeline.launch import shapes
from pipeline.launch.graph_inputs import graph_inputs
from pipeline.launch.launch import Launch
from pipeline.launch.paths import RunPaths
from trainer import features

SIGNATURE = "tf_examples"


def build(
    launch: Launch,
    paths: RunPaths,
    executors: Mapping[str, ExecutorSpec],
    settings: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> Pipeline:
    """Wires the graph of one run.

    Args:
      executors: stage name to the executor that a runner replaces TFX's own with.
      settings: stage name to what that executor finds in its custom_config, beside what stands here.
    """
    config, code = launch.config, launch.code

    schema = _import_schema(paths)
    examples = _ingest(launch, paths, schema)
    statistics = _compute_statistics(examples, code)
    anomalies = _validate_examples(statistics, schema)
    data_gate = _judge_data(statistics, anomalies, config, code)
    champion = _import_champion(launch)

    with Cond(data_gate.outputs["verdict"].future()[0].custom_property("blessed") == 1):
        transform = _transform(examples, schema, code)
        trainer = _train(transform, schema, config, code, executors, settings)
        model = trainer.outputs["model"]
        evaluator = _evaluate(examples, schema, model, champion, launch)
        infra_validator = _validate_infra(model, examples, config, code)
        pusher = _push(model, evaluator, infra_validator, paths, code, executors, settings)
        release = _release(model, evaluator, infra_validator, pusher, launch)

    return Pipeline(
        pipeline_name=config.name,
        pipeline_root=paths.pipeline_root,
        components=[
            *(channel.producer_component for channel in (schema, examples, statistics, anomalies)),
            data_gate,
            *([champion] if champion else []),
            *(transform, trainer, evaluator, infra_validator, pusher, release),
        ],
        enable_cache=True,
    )


def _import_schema(paths: RunPaths) -> BaseChannel:
    return ImportSchemaGen(schema_file=paths.schema_file).with_id("SchemaImport").outputs["schema"]


def _ingest(launch: Launch, paths: RunPaths, schema: BaseChannel) -> BaseChannel:
    inputs = graph_inputs(launch)
    return ExampleGen(
        schema=schema,
        train_spans=inputs["train_spans"],
        eval_spans=inputs["eval_spans"],
        data_format=launch.config.data.format,
        random_eval_fraction=launch.config.window.random_eval_fraction,
        store=paths.span_store,
        label=features.LABEL,
        date=features.DATE,
        code_fingerprint=launch.code[stages.EXAMPLE_GEN.name],
    ).outputs["examples"]


def _compute_statistics(examples: BaseChannel, code: Mapping[str, str]) -> BaseChannel:
    node = StatisticsGen(examples=examples, code_fingerprint=code[stages.STATISTICS_GEN.name])
    return node.outputs["statistics"]


def _validate_examples(statistics: BaseChannel, schema: BaseChannel) -> BaseChannel:
    return ExampleValidator(statistics=statistics, schema=schema).outputs["anomalies"]


def _judge_data(
    statistics: BaseChannel, anomalies: BaseChannel, config: Config, code: Mapping[str, str]
) -> BaseNode:
    return DataGate(
        statistics=statistics,
        anomalies=anomalies,
        label=features.LABEL,
        policy=config.data_gate.model_dump_json(),
        code_fingerprint=code[stages.DATA_GATE.name],
    )


def _import_champion(launch: Launch) -> BaseNode | None:
    """Returns the node that brings the champion's model into this run; None where the shape has none."""
    uri = shapes.imports(launch).get("Champion")
    if uri is None:
        return None
    return Importer(source_uri=uri, artifact_type=standard_artifacts.Model).with_id("Champion")


def _transform(examples: BaseChannel, schema: BaseChannel, code: Mapping[str, str]) -> BaseNode:
    return Transform(
        examples=examples,
        schema=schema,
        preprocessing_fn="trainer.entry.preprocessing_fn",
        analyze_splits=json.dumps(["train"]),
        transform_splits=json.dumps(["train"]),
        code_fingerprint=code[stages.TRANSFORM.name],
    )


def _train(
    transform: BaseNode,
    schema: BaseChannel,
    config: Config,
    code: Mapping[str, str],
    executors: Mapping[str, ExecutorSpec],
    settings: Mapping[str, Mapping[str, Any]],
) -> BaseNode:
    return Trainer(
        examples=transform.outputs["transformed_examples"],
        transform_graph=transform.outputs["transform_graph"],
        schema=schema,
        run_fn="trainer.entry.run_fn",
        train_args=trainer_pb2.TrainArgs(splits=["train"]),
        eval_args=trainer_pb2.EvalArgs(splits=["train"]),  # the eval days are for the Evaluator alone
        custom_config={
            "hyperparameters": config.training.model_dump(mode="json"),
            "code_fingerprint": code[stages.TRAINER.name],
            **settings.get(stages.TRAINER.name, {}),
        },
        custom_executor_spec=executors.get(stages.TRAINER.name),
    )


def _evaluate(
    examples: BaseChannel, schema: BaseChannel, model: BaseChannel, champion: BaseNode | None, launch: Launch
) -> BaseNode:
    gate = launch.config.model_gate
    if launch.ignore_champion:  # an explicit --ignore-champion overrides on_overlap
        gate = gate.model_copy(update={"on_overlap": "allow"})
    baseline = {"baseline_model": champion.outputs["result"]} if champion and not launch.incomparable else {}
    return Evaluator(
        examples=examples,
        schema=schema,
        model=model,
        label=features.LABEL,
        signature=SIGNATURE,
        policy=gate.model_dump_json(),
        incomparable=graph_inputs(launch)["incomparable"],
        code_fingerprint=launch.code[stages.EVALUATOR.name],
        **baseline,
    )


def _validate_infra(
    model: BaseChannel, examples: BaseChannel, config: Config, code: Mapping[str, str]
) -> BaseNode:
    return InfraValidator(
        model=model,
        examples=examples,
        signature=SIGNATURE,
        policy=config.infra_gate.model_dump_json(),
        code_fingerprint=code[stages.INFRA_VALIDATOR.name],
    )


def _push(
    model: BaseChannel,
    evaluator: BaseNode,
    infra_validator: BaseNode,
    paths: RunPaths,
    code: Mapping[str, str],
    executors: Mapping[str, ExecutorSpec],
    settings: Mapping[str, Mapping[str, Any]],
) -> BaseNode:
    return Pusher(
        model=model,
        model_blessing=evaluator.outputs["blessing"],
        infra_blessing=infra_validator.outputs["blessing"],
        push_destination=pusher_pb2.PushDestination(
            filesystem=pusher_pb2.PushDestination.Filesystem(base_directory=paths.served_models)
        ),
        custom_config={"code_fingerprint": code[stages.PUSHER.name], **settings.get(stages.PUSHER.name, {})},
        custom_executor_spec=executors.get(stages.PUSHER.name),
    )


def _release(
    model: BaseChannel, evaluator: BaseNode, infra_validator: BaseNode, pusher: BaseNode, launch: Launch
) -> BaseNode:
    return Release(
        model=model,
        model_blessing=evaluator.outputs["blessing"],
        infra_blessing=infra_validator.outputs["blessing"],
        pushed_model=pusher.outputs["pushed_model"],
        version=launch.config.model.version,
        window=graph_inputs(launch)["window"],
        code_fingerprint=launch.code[stages.RELEASE.name],
    )
