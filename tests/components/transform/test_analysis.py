"""The analysis, span by span: the cache is used, and what cannot be computed here is left to Beam."""

from pathlib import Path

import pytest
import tensorflow as tf
import tensorflow_transform as tft

pytestmark = pytest.mark.slow


def everything_direct(inputs):
    """Uses every analyzer that is computed without Beam."""
    late, dest = inputs["late"], inputs["dest"]
    distance = tf.cast(inputs["distance"], tf.float32)
    tft.vocabulary(dest, vocab_filename="all", store_frequency=True)
    tft.vocabulary(dest, vocab_filename="often", frequency_threshold=100)
    tft.vocabulary(dest, vocab_filename="most", top_k=7)
    tft.vocabulary(dest, vocab_filename="never", frequency_threshold=1_000_000)
    tft.vocabulary(dest, vocab_filename="by_hash", fingerprint_shuffle=True, top_k=20)
    return {
        "scaled": tft.scale_to_z_score(distance),
        "between": tft.scale_to_0_1(distance),
        "bucket": tft.bucketize(distance, 5),
        "dest": tft.compute_and_apply_vocabulary(dest, top_k=10, num_oov_buckets=2),
        "rows": tf.zeros_like(late) + tft.size(late),
    }


def of_another_result(inputs):
    """Has an analyzer of another one's result: two passes over the rows."""
    distance = tf.cast(inputs["distance"], tf.float32)
    shifted = distance - tft.mean(distance)
    return {"shifted": shifted / tft.max(shifted)}


def only_beam_knows(inputs):
    """Uses a vocabulary by information about a label."""
    tft.vocabulary(inputs["dest"], vocab_filename="telling", labels=tf.reshape(inputs["late"], [-1]))
    return {"late": inputs["late"]}


def with_a_table(inputs):
    """Uses an analyzer of the result of the function's own table."""
    table = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(tf.constant([b"EWR"]), tf.constant([1], tf.int64)), 0
    )
    newark = table.lookup(inputs["origin"])
    return {"newark": newark - tft.min(newark)}


def with_python(inputs):
    """Has a step in Python, which tf.Transform pickles into the graph."""
    late = tft.apply_pyfunc(lambda values: values, tf.int64, True, "python", inputs["late"])
    return {"late": tf.ensure_shape(late, [None, 1])}


def nothing_to_analyse(inputs):
    """Uses no analyzer."""
    return {"late": inputs["late"]}


def transform(ingested, function, into: Path, beam_alone: bool = False, monkeypatch=None):
    from tfx.types import standard_artifacts

    from components.transform import analysis, component

    examples, schema = ingested
    graph, transformed = standard_artifacts.TransformGraph(), standard_artifacts.Examples()
    graph.uri, transformed.uri = str(into / "graph"), str(into / "examples")
    if beam_alone:
        monkeypatch.setattr(analysis.Analysis, "unsupported_reason", lambda _: "the test says so")
    component.Transform.test_call(
        examples=examples,
        schema=schema,
        transform_graph=graph,
        transformed_examples=transformed,
        preprocessing_fn=f"{__name__}.{function.__name__}",
        analyze_splits='["train"]',
        transform_splits='["train", "eval"]',
        code_fingerprint="",
    )
    if beam_alone:
        monkeypatch.undo()
    output = tft.TFTransformOutput(graph.uri)
    return output, {split: read(output, transformed, split) for split in ("train", "eval")}


def read(output, transformed, split: str):
    paths = sorted(str(path) for path in Path(transformed.uri, f"Split-{split}").iterdir())
    (batch,) = tf.data.TFRecordDataset(paths, compression_type="GZIP").batch(1_000_000)
    return tf.io.parse_example(batch, output.transformed_feature_spec())


def same(ours, theirs, within: float = 1e-5) -> None:
    assert set(ours) == set(theirs)
    for name, values in ours.items():
        a, b = (tf.cast(each, tf.float64) for each in (values, theirs[name]))
        tf.debugging.assert_near(a, b, rtol=within, atol=within, message=name)


def reason(ingested, function, folder: Path) -> str | None:
    from tfx.utils import io_utils

    from components.transform.analysis import Analysis

    schema = io_utils.SchemaReader().read(str(Path(ingested[1].uri) / "schema.pbtxt"))
    return Analysis(function, schema, str(folder)).unsupported_reason()


def test_what_needs_no_beam_equals_beams_result(ingested, tmp_path: Path, monkeypatch):
    """Means, extremes, sums, quantiles and vocabularies of every kind, and the metadata of the features."""
    assert reason(ingested, everything_direct, tmp_path / "scratch") is None
    output, ours = transform(ingested, everything_direct, tmp_path / "ours")
    by_beam, theirs = transform(ingested, everything_direct, tmp_path / "beam", True, monkeypatch)
    for name in ("all", "often", "most", "never", "by_hash"):
        assert output.vocabulary_by_name(name) == by_beam.vocabulary_by_name(name)
    assert output.transformed_metadata.schema == by_beam.transformed_metadata.schema
    assert len(output.vocabulary_by_name("most")) == 7
    for split in ("train", "eval"):
        bucket, beams = ours[split].pop("bucket"), theirs[split].pop("bucket")  # a sketch's boundaries
        assert float(tf.reduce_mean(tf.cast(bucket != beams, tf.float32))) < 0.03
        same(ours[split], theirs[split])


def test_python_that_would_be_pickled_into_the_graph_is_refused(ingested, tmp_path: Path):
    with pytest.raises(ValueError, match=r"uses tft\.apply_pyfunc"):
        reason(ingested, with_python, tmp_path)


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (of_another_result, "an analyzer needs the result of another one"),
        (only_beam_knows, "VocabularyAccumulate needs Beam"),
        (with_a_table, "an analyzer needs a table"),
    ],
)
def test_what_cannot_be_computed_here_is_left_to_beam_and_works(ingested, tmp_path: Path, function, why):
    assert reason(ingested, function, tmp_path / "scratch") == why
    _, features = transform(ingested, function, tmp_path / "out")
    assert all(len(features[split]) == 1 for split in ("train", "eval"))


def test_a_function_without_analyzers_reads_no_row_to_analyse(ingested, tmp_path: Path, monkeypatch):
    from components.transform import analysis

    monkeypatch.setattr(analysis.Analysis, "of_files", lambda _, paths: pytest.fail(f"analysed {paths}"))
    _, features = transform(ingested, nothing_to_analyse, tmp_path / "out")
    assert 0 < float(tf.reduce_mean(tf.cast(features["train"]["late"], tf.float32))) < 1


def test_a_span_is_analysed_once(ingested, tmp_path: Path, monkeypatch):
    """The second run reads no row to analyse; another function of the same name but other code does."""
    from components.transform import analysis

    output, _ = transform(ingested, everything_direct, tmp_path / "first")
    whole = analysis.Analysis.of_files
    monkeypatch.setattr(analysis.Analysis, "of_files", lambda _, paths: pytest.fail(f"analysed {paths}"))
    again, _ = transform(ingested, everything_direct, tmp_path / "second")
    assert again.vocabulary_by_name("all") == output.vocabulary_by_name("all")
    analysed: list[str] = []
    monkeypatch.setattr(
        analysis.Analysis, "of_files", lambda self, paths: analysed.extend(paths) or whole(self, paths)
    )
    transform(ingested, with_another_name, tmp_path / "third")
    assert len(analysed) == 4


def with_another_name(inputs):
    """Does the same under another name."""
    return everything_direct(inputs)


def test_a_damaged_accumulator_is_made_again(ingested, tmp_path: Path):
    from components.spans.examples import spans

    output, _ = transform(ingested, everything_direct, tmp_path / "first")
    (span, *_) = spans(ingested[0])["train"]
    for path in Path(span.folder).glob("analysis-*"):
        path.write_bytes(path.read_bytes()[:-3] + b"xyz")
    again, _ = transform(ingested, everything_direct, tmp_path / "second")
    assert again.vocabulary_by_name("all") == output.vocabulary_by_name("all")
