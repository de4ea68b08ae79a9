"""The pipeline: every node, and what it takes from which.

    spans ──► ExampleGen ──► StatisticsGen ──► ExampleValidator ──► DataGate ══════════════════════╗
                 ▲                                  ▲                  ▲                           ║ blessed?
    schema ──► SchemaImport ────────────────────────┘               Champion (from the launch)     ║
                                                                       ▼                           ▼
              Release ◄── Pusher ◄── InfraValidator ◄───────── Evaluator ◄── Trainer ◄── Transform

InfraValidator takes the champion too where `infra_gate.load` drives the candidate beside it.
SchemaImport (an ImportSchemaGen), ExampleValidator, Champion (an Importer), Trainer and Pusher are TFX's own
nodes; the others are in components/. On Vertex AI one more follows Release: Settle, by which the endpoint
serves what is on record; on this machine whoever started the run does that. Everything that can change
between two runs comes from the launch; every number, from its configuration.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import Any

from tfx.components.example_validator.component import ExampleValidator
from tfx.components.pusher.component import Pusher
from tfx.components.schema_gen.import_schema_gen.component import ImportSchemaGen
from tfx.components.trainer.component import Trainer
from tfx.dsl.components.base.base_node import BaseNode
from tfx.dsl.components.base.executor_spec import ExecutorClassSpec, ExecutorSpec
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
from components.trainer.executor import Executor
from components.transform.component import Transform
from pipeline import stages
from pipeline.config.gate_columns import gate_columns
from pipeline.launch import job_shapes
from pipeline.launch.graph_inputs import graph_inputs
from pipeline.launch.launch import Launch
from pipeline.launch.paths import RunPaths
from pipeline.launch.recipe import recipe_of
from trainer import features

SIGNATURE = "tf_examples"


@dataclasses.dataclass(frozen=True)
class StageOverrides:
    """What a runner changes in the graph's stages, by the stage's name.

    Attributes:
      executors: executors that replace TFX's own.
      settings: what those executors find in their custom_config, beside what the graph puts there.
      after_release: makes a node of Release's output, for a runner whose job itself lets the model serve.
    """

    executors: Mapping[str, ExecutorSpec] = dataclasses.field(default_factory=dict)
    settings: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    after_release: Callable[[BaseChannel], BaseNode] | None = None


NO_OVERRIDES = StageOverrides()


def build(launch: Launch, paths: RunPaths, overrides: StageOverrides = NO_OVERRIDES) -> Pipeline:
    """Returns the graph of one run.

    Args:
      launch: what the run computes from.
      paths: where it stores its files.
      overrides: what the runner changes.
    """
    schema = _import_schema(paths)
    examples = _ingest(launch, paths, schema)
    statistics = _compute_statistics(examples, launch)
    anomalies = _validate_examples(statistics, schema)
    champion = _import_champion(launch)
    data_gate = _judge_data(examples, schema, anomalies, champion, launch)

    with Cond(data_gate.outputs["verdict"].future()[0].custom_property("blessed") == 1):
        transform = _transform(examples, schema, launch)
        trainer = _train(transform, schema, launch, overrides)
        model = trainer.outputs["model"]
        evaluator = _evaluate(examples, schema, model, champion, launch)
        infra_validator = _validate_infra(model, examples, champion, launch)
        pusher = _push(model, evaluator, infra_validator, paths, launch, overrides)
        release = _release(model, data_gate, evaluator, infra_validator, pusher, launch)
        last = overrides.after_release(release.outputs["release"]) if overrides.after_release else None

    return Pipeline(
        pipeline_name=launch.config.name,
        pipeline_root=paths.pipeline_root,
        components=[
            *(channel.producer_component for channel in (schema, examples, statistics, anomalies)),
            *([champion] if champion else []),
            data_gate,
            *(transform, trainer, evaluator, infra_validator, pusher, release),
            *([last] if last else []),
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
        strict_columns=int(launch.config.data.strict_columns),
        split=launch.split.as_json() if launch.split else "",
        store=paths.span_store,
        label=features.LABEL,
        classes=json.dumps(features.TASK.classes),
        days=json.dumps([column.name for column in features.of_kind("date")]),
        timestamps=json.dumps([column.name for column in features.of_kind("timestamp")]),
        code_fingerprint=launch.code[stages.EXAMPLE_GEN.name],
    ).outputs["examples"]


def _compute_statistics(examples: BaseChannel, launch: Launch) -> BaseChannel:
    node = StatisticsGen(examples=examples, code_fingerprint=launch.code[stages.STATISTICS_GEN.name])
    return node.outputs["statistics"]


def _validate_examples(statistics: BaseChannel, schema: BaseChannel) -> BaseChannel:
    return ExampleValidator(statistics=statistics, schema=schema).outputs["anomalies"]


def _judge_data(
    examples: BaseChannel,
    schema: BaseChannel,
    anomalies: BaseChannel,
    champion: BaseNode | None,
    launch: Launch,
) -> BaseNode:
    compared = _compared(champion, launch)
    return DataGate(
        examples=examples,
        schema=schema,
        anomalies=anomalies,
        columns=gate_columns(features.TABLE).as_json(),
        grain=launch.config.data.grain,
        task=features.TASK.as_json(),
        policy=launch.config.data_gate.model_dump_json(),
        baseline=graph_inputs(launch)["baseline"],
        calendar=graph_inputs(launch)["calendar"],
        overrides=graph_inputs(launch)["overrides"],
        code_fingerprint=launch.code[stages.DATA_GATE.name],
        signature=SIGNATURE,
        on_first_run=launch.config.model_gate.on_first_run,
        champion_files=graph_inputs(launch)["champion_files"],
        **({"champion": compared} if compared else {}),
    )


def _compared(champion: BaseNode | None, launch: Launch) -> BaseChannel | None:
    """Returns the champion if the candidate is compared with it; an imported one need not be."""
    return champion.outputs["result"] if champion and not launch.incomparable else None


def _import_champion(launch: Launch) -> BaseNode | None:
    """Returns the node that brings the champion's model into this run; None if its shape has none."""
    uri = job_shapes.imports(launch).get("Champion")
    if uri is None:
        return None
    return Importer(source_uri=uri, artifact_type=standard_artifacts.Model).with_id("Champion")


def _transform(examples: BaseChannel, schema: BaseChannel, launch: Launch) -> BaseNode:
    return Transform(
        examples=examples,
        schema=schema,
        preprocessing_fn="trainer.entry.preprocessing_fn",
        preprocessing_arguments=json.dumps({"split_key": launch.config.split.key}),
        analyze_splits=json.dumps(["train"]),
        transform_splits=json.dumps(["train"]),
        code_fingerprint=launch.code[stages.TRANSFORM.name],
    )


def _train(transform: BaseNode, schema: BaseChannel, launch: Launch, overrides: StageOverrides) -> BaseNode:
    return Trainer(
        examples=transform.outputs["transformed_examples"],
        transform_graph=transform.outputs["transform_graph"],
        schema=schema,
        run_fn="trainer.entry.run_fn",
        train_args=trainer_pb2.TrainArgs(splits=["train"]),
        eval_args=trainer_pb2.EvalArgs(splits=["train"]),  # the eval days are for the Evaluator alone
        custom_config={
            "hyperparameters": launch.config.training.model_dump(mode="json"),
            "code_fingerprint": launch.code[stages.TRAINER.name],
            **overrides.settings.get(stages.TRAINER.name, {}),
        },
        custom_executor_spec=overrides.executors.get(stages.TRAINER.name) or ExecutorClassSpec(Executor),
    )


def _evaluate(
    examples: BaseChannel, schema: BaseChannel, model: BaseChannel, champion: BaseNode | None, launch: Launch
) -> BaseNode:
    inputs = graph_inputs(launch)
    compared = _compared(champion, launch)
    baseline = {"baseline_model": compared} if compared else {}
    return Evaluator(
        examples=examples,
        schema=schema,
        model=model,
        label=features.LABEL,
        task=features.TASK.as_json(),
        signature=SIGNATURE,
        date=features.DATE or "",
        policy=inputs["model_gate"],
        incomparable=inputs["incomparable"],
        overrides=inputs["overrides"],
        answers=inputs["answers"],
        champion_files=inputs["champion_files"],
        code_fingerprint=launch.code[stages.EVALUATOR.name],
        **baseline,
    )


def _validate_infra(
    model: BaseChannel, examples: BaseChannel, champion: BaseNode | None, launch: Launch
) -> BaseNode:
    """Takes the champion only where the candidate is driven beside it: else another one changes nothing."""
    is_driven = launch.config.infra_gate.load.seconds > 0
    compared = _compared(champion, launch) if is_driven else None
    beside = {"champion": compared, "champion_files": graph_inputs(launch)["champion_files"]}
    return InfraValidator(
        model=model,
        examples=examples,
        signature=SIGNATURE,
        policy=launch.config.infra_gate.model_dump_json(),
        overrides=graph_inputs(launch)["overrides"],
        on_first_run="allow" if launch.incomparable else launch.config.model_gate.on_first_run,
        code_fingerprint=launch.code[stages.INFRA_VALIDATOR.name],
        **(beside if compared else {}),
    )


def _push(
    model: BaseChannel,
    evaluator: BaseNode,
    infra_validator: BaseNode,
    paths: RunPaths,
    launch: Launch,
    overrides: StageOverrides,
) -> BaseNode:
    return Pusher(
        model=model,
        model_blessing=evaluator.outputs["blessing"],
        infra_blessing=infra_validator.outputs["blessing"],
        push_destination=pusher_pb2.PushDestination(
            filesystem=pusher_pb2.PushDestination.Filesystem(base_directory=paths.served_models)
        ),
        custom_config={
            "code_fingerprint": launch.code[stages.PUSHER.name],
            **overrides.settings.get(stages.PUSHER.name, {}),
        },
        custom_executor_spec=overrides.executors.get(stages.PUSHER.name),
    )


def _release(
    model: BaseChannel,
    data_gate: BaseNode,
    evaluator: BaseNode,
    infra_validator: BaseNode,
    pusher: BaseNode,
    launch: Launch,
) -> BaseNode:
    return Release(
        model=model,
        data_verdict=data_gate.outputs["verdict"],
        model_blessing=evaluator.outputs["blessing"],
        infra_blessing=infra_validator.outputs["blessing"],
        pushed_model=pusher.outputs["pushed_model"],
        model_name=launch.config.model.name,
        newest=graph_inputs(launch)["newest"],
        recipe=recipe_of(launch).as_json(),
        window=graph_inputs(launch)["window"],
        code_fingerprint=launch.code[stages.RELEASE.name],
    )
