"""StatisticsGen: TFDV's statistics of each split, merged from the cached accumulators of its spans."""

import os

import tensorflow as tf
from tfx.components.statistics_gen.executor import DEFAULT_FILE_NAME
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types import artifact_utils, standard_artifacts

from components.spans.examples import files, spans
from components.spans.summaries import summaries
from components.statistics_gen.accumulators import StatisticsSummarizer, statistics_of


@component
def StatisticsGen(  # noqa: N802 - a node's name in the graph
    examples: InputArtifact[standard_artifacts.Examples],
    statistics: OutputArtifact[standard_artifacts.ExampleStatistics],
    code_fingerprint: Parameter[str],
) -> None:
    """Writes what TFX's StatisticsGen writes; reads only spans that no run has seen.

    Args:
      examples: GZIP TFRecord of tf.Example; with `spans.json`, as our ExampleGen writes it, the accumulators
        of each span are cached in the span store.
      statistics: `Split-<name>/FeatureStats.pb`, a DatasetFeatureStatisticsList, for each split.
      code_fingerprint: of this component's code; part of the keys of both caches, TFX's and that of
        the spans.
    """
    summarizer = StatisticsSummarizer(code_fingerprint)
    by_split = spans(examples)
    splits = artifact_utils.decode_split_names(examples.split_names)
    for split in splits:
        if by_split is None:
            parts = iter([summarizer.of_files(files(examples, split))])
        else:
            parts = summaries(by_split[split], summarizer)
        folder = os.path.join(statistics.uri, f"Split-{split}")
        tf.io.gfile.makedirs(folder)
        with tf.io.gfile.GFile(os.path.join(folder, DEFAULT_FILE_NAME), "wb") as file:
            file.write(statistics_of(summarizer.merged(parts)).SerializeToString())
    statistics.split_names = artifact_utils.encode_split_names(splits)
    statistics.span = examples.span
