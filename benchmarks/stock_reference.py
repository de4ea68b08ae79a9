"""The reference: the same data and model through stock TFX components with stock settings, and nothing tuned.

Command:  python -m benchmarks.stock_reference --data data/flights --days 36 --eval-days 8 --root FOLDER
Takes:    about 2 minutes for 36 days, 5 for the year, on two cores
Result:   FOLDER/result.json: seconds by stage and in all, and the metrics of the eval days

Every stage is TFX's own: CsvExampleGen, StatisticsGen, ImportSchemaGen, ExampleValidator, Transform, Trainer,
Evaluator, Pusher, under LocalDagRunner. Columns, schema, preprocessing, model and epochs are the project's.
Two things stock cannot do are done before the clock starts: rows without a label are left out (they would
stop Trainer), and the days are laid out in a folder for each split. InfraValidator is missing: TFX's needs
Docker. Imports are counted, `tfx.v1` among them, as every TFX tutorial has it.
"""

import time

_STARTED = time.monotonic()

import argparse  # noqa: E402 - the clock starts before the imports
import csv  # noqa: E402
import json  # noqa: E402
from pathlib import Path  # noqa: E402

import tensorflow_model_analysis as tfma  # noqa: E402
from ml_metadata.metadata_store import metadata_store  # noqa: E402
from tfx import v1 as tfx  # noqa: E402

from pipeline.config import schema as derived  # noqa: E402
from tests.trainer.default_hyperparameters import default_hyperparameters  # noqa: E402
from trainer.hyperparameters import Hyperparameters  # noqa: E402

LABEL = "late"
METRICS = ("ExampleCount", "AUC", "AUCPrecisionRecall", "BinaryCrossentropy", "BinaryAccuracy")
SLICES = ("origin", "carrier")


def lay_out(data: Path, days: int, eval_days: int, into: Path) -> None:
    """Writes the labelled rows of the last `days` days into `train/` and, of the last ones, into `eval/`."""
    chosen = sorted(data.glob("*.csv"))[-days:]
    for split, paths in (("train", chosen[:-eval_days]), ("eval", chosen[-eval_days:])):
        (into / split).mkdir(parents=True)
        for path in paths:
            with path.open(newline="") as source, (into / split / path.name).open("w", newline="") as target:
                rows = csv.DictReader(source)
                writer = csv.DictWriter(target, rows.fieldnames or [])
                writer.writeheader()
                writer.writerows(row for row in rows if row[LABEL])


def build(data: Path, root: Path, hyperparameters: Hyperparameters) -> tfx.dsl.Pipeline:
    """Returns the stock pipeline, wired."""
    splits = [tfx.proto.Input.Split(name=name, pattern=f"{name}/*") for name in ("train", "eval")]
    examples = tfx.components.CsvExampleGen(str(data), input_config=tfx.proto.Input(splits=splits))
    statistics = tfx.components.StatisticsGen(examples=examples.outputs["examples"])
    schema_file = root / "schema.pbtxt"
    schema_file.write_bytes(derived.read())
    schema = tfx.components.ImportSchemaGen(schema_file=str(schema_file))
    validator = tfx.components.ExampleValidator(
        statistics=statistics.outputs["statistics"], schema=schema.outputs["schema"]
    )
    transform = tfx.components.Transform(
        examples=examples.outputs["examples"],
        schema=schema.outputs["schema"],
        preprocessing_fn="trainer.entry.preprocessing_fn",
    )
    trainer = tfx.components.Trainer(
        run_fn="trainer.entry.run_fn",
        examples=transform.outputs["transformed_examples"],
        transform_graph=transform.outputs["transform_graph"],
        schema=schema.outputs["schema"],
        train_args=tfx.proto.TrainArgs(),
        eval_args=tfx.proto.EvalArgs(),
        custom_config={"hyperparameters": hyperparameters.model_dump(mode="json")},
    )
    evaluator = tfx.components.Evaluator(
        examples=examples.outputs["examples"], model=trainer.outputs["model"], eval_config=_eval_config()
    )
    pusher = tfx.components.Pusher(
        model=trainer.outputs["model"],
        model_blessing=evaluator.outputs["blessing"],
        push_destination=tfx.proto.PushDestination(
            filesystem=tfx.proto.PushDestination.Filesystem(base_directory=str(root / "models"))
        ),
    )
    return tfx.dsl.Pipeline(
        pipeline_name="stock",
        pipeline_root=str(root / "artifacts"),
        metadata_connection_config=_metadata(root),
        components=[examples, statistics, schema, validator, transform, trainer, evaluator, pusher],
    )


def _metadata(root: Path):
    return tfx.orchestration.metadata.sqlite_metadata_connection_config(str(root / "metadata.sqlite"))


def _eval_config() -> tfma.EvalConfig:
    passes = tfma.MetricThreshold(value_threshold=tfma.GenericValueThreshold(lower_bound={"value": 0.5}))
    metrics = [
        tfma.MetricConfig(class_name=name, threshold=passes if name == "AUC" else None) for name in METRICS
    ]
    return tfma.EvalConfig(
        model_specs=[
            tfma.ModelSpec(signature_name="tf_examples", label_key=LABEL, prediction_key="probability")
        ],
        slicing_specs=[
            tfma.SlicingSpec(),
            *(tfma.SlicingSpec(feature_keys=[column]) for column in SLICES),
        ],
        metrics_specs=[tfma.MetricsSpec(metrics=metrics)],
    )


def seconds_by_stage(root: Path) -> dict[str, float]:
    """Returns how long each stage's execution took, by component, from ML Metadata."""
    store = metadata_store.MetadataStore(_metadata(root))
    kinds = {kind.id: kind.name.rsplit(".", 1)[-1] for kind in store.get_execution_types()}
    return {
        kinds[execution.type_id]: (execution.last_update_time_since_epoch - execution.create_time_since_epoch)
        / 1000
        for execution in store.get_executions()
    }


def overall_metrics(root: Path) -> dict[str, float]:
    """Returns TFMA's metrics of the eval split as a whole."""
    (folder,) = (root / "artifacts" / "Evaluator" / "evaluation").iterdir()
    result = tfma.load_eval_result(str(folder))
    return {name: value["doubleValue"] for name, value in result.get_metrics_for_slice().items()}


def main() -> None:
    """Runs the reference once and prints what it took."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("data/flights"), help="folder of daily CSV files")
    parser.add_argument("--days", type=int, default=36)
    parser.add_argument("--eval-days", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=default_hyperparameters().max_epochs)
    parser.add_argument("--root", type=Path, required=True, help="a new folder for all that is written")
    arguments = parser.parse_args()
    imports = time.monotonic() - _STARTED
    lay_out(arguments.data, arguments.days, arguments.eval_days, arguments.root / "data")
    begun = time.monotonic()
    hyperparameters = default_hyperparameters(max_epochs=arguments.epochs)
    pipeline = build(arguments.root / "data", arguments.root, hyperparameters)
    tfx.orchestration.LocalDagRunner().run(pipeline)
    result = {
        "seconds": {"imports": imports, **seconds_by_stage(arguments.root)},
        "total_s": imports + time.monotonic() - begun,
        "metrics": overall_metrics(arguments.root),
    }
    (arguments.root / "result.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
