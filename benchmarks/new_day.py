"""What a new day costs: ingestion, statistics and analysis of a window, and again when one day of it is new.

Command:  python -m benchmarks.new_day --days 365 --eval-days 73 --max-workers 2 --root FOLDER
Takes:    under a minute for the year on two cores, imports not counted
Result:   seconds of each stage for all days new, for none, for one corrected and for one more day, and the
          share of the first that each of the others costs
"""

import argparse
import datetime as dt
import hashlib
import json
import resource
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from components import workers
from pipeline.config import schema as derived
from serving.process.startup import gc_paused

workers.keep_forkable()
with gc_paused():  # as a run does
    from tfx.types import standard_artifacts

    from components.example_gen.component import ExampleGen
    from components.spans import span_ref
    from components.spans.span_ref import SpanRef
    from components.statistics_gen.component import StatisticsGen
    from components.transform.component import Transform
    from trainer import features


def run(paths: list[Path], eval_days: int, root: Path, name: str, store: str = "spans") -> dict[str, float]:
    """Runs the stages on a window into a new folder; returns their seconds, and CPU seconds of all."""
    schema, examples = standard_artifacts.Schema(), standard_artifacts.Examples()
    statistics, graph = standard_artifacts.ExampleStatistics(), standard_artifacts.TransformGraph()
    schema.uri = str(root / name / "schema")
    Path(schema.uri).mkdir(parents=True)
    Path(schema.uri, "schema.pbtxt").write_bytes(derived.read())
    examples.uri, statistics.uri = str(root / name / "examples"), str(root / name / "statistics")
    graph.uri = str(root / name / "graph")
    spans, cpu_before = [_span(path) for path in paths], _cpu_s()
    ingestion = _timed(
        lambda: ExampleGen.test_call(
            schema=schema,
            examples=examples,
            train_spans=span_ref.to_json(spans[:-eval_days]),
            eval_spans=span_ref.to_json(spans[-eval_days:]),
            data_format="csv",
            split="",
            store=str(root / store),
            label=features.LABEL,
            classes=json.dumps(features.TASK.classes),
            days=json.dumps([column.name for column in features.of_kind("date")]),
            timestamps="[]",
            code_fingerprint="benchmark",
        )
    )
    counting = _timed(
        lambda: StatisticsGen.test_call(
            examples=examples, statistics=statistics, code_fingerprint="benchmark"
        )
    )
    analysis = _timed(
        lambda: Transform.test_call(
            examples=examples,
            schema=schema,
            transform_graph=graph,
            transformed_examples=standard_artifacts.Examples(),
            preprocessing_fn="trainer.entry.preprocessing_fn",
            analyze_splits='["train"]',
            transform_splits="[]",
            code_fingerprint="benchmark",
        )
    )
    stages = {"ExampleGen": ingestion, "StatisticsGen": counting, "Transform, analysis": analysis}
    cpu = round(_cpu_s() - cpu_before, 2)
    return {**stages, "all": round(sum(stages.values()), 2), "all, CPU": cpu}


def _span(path: Path) -> SpanRef:
    number = (dt.date.fromisoformat(path.name[:10]) - dt.date(1970, 1, 1)).days
    return SpanRef(number, str(path), hashlib.sha256(path.read_bytes()).hexdigest())


def _timed(work: Callable[[], None]) -> float:
    started = time.monotonic()
    work()
    return round(time.monotonic() - started, 2)


def _cpu_s() -> float:
    """Returns the CPU seconds of this process and its workers so far."""
    this = psutil.Process()
    return sum(sum(process.cpu_times()[:2]) for process in (this, *this.children()))


def measured(source: Path, days: int, eval_days: int, root: Path) -> dict[str, dict[str, float]]:
    """Returns the seconds of four runs; a run on some days before them starts up TensorFlow."""
    data = shutil.copytree(source, root / "data")
    paths = sorted(data.glob("*.csv"))[-days:]
    earlier, corrected = paths[:-1], paths[len(paths) // 2]
    run(paths[:24], 1, root, "start", store="other spans")
    runs = {
        "all days new": run(earlier, eval_days, root, "first"),
        "no day new": run(earlier, eval_days, root, "again"),
        "one more day": run(paths, eval_days, root, "more"),
    }
    lines = corrected.read_text().splitlines(keepends=True)
    corrected.write_text("".join(lines[:-1]))
    return {**runs, "one day corrected": run(paths, eval_days, root, "corrected")}


def main() -> None:
    """Prints the seconds of four runs, and what share of the first each took, as JSON."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("data/flights"), help="folder of daily CSV files")
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--eval-days", type=int, default=73)
    parser.add_argument("--max-workers", type=int, default=1, help="processes that share the work")
    parser.add_argument("--root", type=Path, required=True, help="a new folder for all that is written")
    arguments = parser.parse_args()
    with workers.worker_pool(arguments.max_workers):
        runs = measured(arguments.data, arguments.days, arguments.eval_days, arguments.root)
    shares = {
        measure: {name: round(run[measure] / runs["all days new"][measure], 3) for name, run in runs.items()}
        for measure in ("all", "all, CPU")
    }
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": runs, "shares": shares, "peak_mib": round(peak)}, indent=2))


if __name__ == "__main__":
    main()
