"""From days to transformed examples, with or without workers; a program, as workers are forked at its start.

    python -m tests.components.spans_to_examples FOLDER MAX_WORKERS

FOLDER/data has the flights of some days, the last two to evaluate; what the stages write lies beside it, and
in FOLDER/again what they write a second time, from the cache.
Prints the CPU seconds of the workers.
"""

import resource
import sys
from pathlib import Path

from components import workers


def run(folder: Path, into: Path) -> None:
    """Runs ExampleGen, StatisticsGen and Transform; the span store is in `folder`."""
    from tfx.types import standard_artifacts

    from components.statistics_gen.component import StatisticsGen
    from components.transform.component import Transform
    from pipeline.config import schema as derived
    from tests.components.conftest import ingest_days
    from tests.components.ingestion import schema_of

    schema, statistics = (
        schema_of(into / "schema", derived.read().decode()),
        standard_artifacts.ExampleStatistics(),
    )
    graph, transformed = standard_artifacts.TransformGraph(), standard_artifacts.Examples()
    statistics.uri = str(into / "statistics")
    graph.uri, transformed.uri = str(into / "graph"), str(into / "transformed")
    days = sorted((folder / "data").glob("*.csv"))
    examples = ingest_days(days[:-2], days[-2:], schema, folder)
    StatisticsGen.test_call(examples=examples, statistics=statistics, code_fingerprint="")
    Transform.test_call(
        examples=examples,
        schema=schema,
        transform_graph=graph,
        transformed_examples=transformed,
        preprocessing_fn="trainer.entry.preprocessing_fn",
        analyze_splits='["train"]',
        transform_splits='["train", "eval"]',
        code_fingerprint="",
    )


if __name__ == "__main__":
    workers.keep_forkable()
    from components.example_gen import component as _imported  # noqa: F401 - before workers are forked, as in a run

    with workers.worker_pool(int(sys.argv[2])):
        run(Path(sys.argv[1]), Path(sys.argv[1]))
        run(Path(sys.argv[1]), Path(sys.argv[1]) / "again")
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(usage.ru_utime + usage.ru_stime)
