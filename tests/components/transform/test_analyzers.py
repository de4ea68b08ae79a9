"""Token counts are exact however many parts there are, and not summed up again with each."""

import importlib.metadata
from collections import Counter

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_transform.analyzer_nodes import CacheableCombineAccumulate, CacheCoder
from tensorflow_transform.analyzers import NumPyCombiner, QuantilesCombiner

from components.spans.kept_tables import UnreadableSummaryError
from components.transform import analyzers
from components.transform.analyzers import CombinerState, TokenCounts, needs_beam

# With these, the tests of this folder compared our results with Beam's and TFX's.
CHECKED_VERSIONS = {"1.16.0", "1.21.0"}


def tokens(part: int) -> list[bytes]:
    """Returns ten tokens of a part's own, and one that all parts have twice."""
    return [*(b"%d-%d" % (part, number) for number in range(10)), b"all", b"all"]


@pytest.mark.parametrize("encode", [False, True])
def test_many_parts_are_counted_exactly_and_summed_up_now_and_then(
    monkeypatch: pytest.MonkeyPatch, encode: bool
):
    sums, whole_sum = [], TokenCounts._sum
    monkeypatch.setattr(analyzers, "MIN_ROWS_TO_SUM", 20)
    monkeypatch.setattr(TokenCounts, "_sum", lambda self: sums.append(1) or whole_sum(self))
    whole = TokenCounts(None)
    for part in range(200):
        if encode:
            one = TokenCounts(None)
            one.add([np.array(tokens(part), object)])
            whole.merge(one.encoded())
        else:
            whole.add([np.array(tokens(part), object)])
    counts = whole.result()
    by_token = dict(zip(counts["token"].to_pylist(), counts["count"].to_pylist(), strict=True))
    assert by_token == Counter(token for part in range(200) for token in tokens(part))
    assert 2 < len(sums) - (200 if encode else 0) < 20


def test_the_version_of_tf_transform_is_one_whose_internals_were_checked():
    """Plans, their steps and combiners are internal to tf.Transform: a new version may change them."""
    version = importlib.metadata.version("tensorflow-transform")
    assert version in CHECKED_VERSIONS, (
        f"tensorflow-transform {version}: re-check components/transform/analyzers.py and analysis.py against "
        "tensorflow_transform/beam/analyzer_impls.py, run all tests of this folder, then add the version"
    )


SUM = NumPyCombiner(np.sum, 0, [np.int64], [()])


def step(made) -> CacheableCombineAccumulate:
    with tf.Graph().as_default():  # where its label is unique
        return CacheableCombineAccumulate(made)


def state(made, *columns: np.ndarray) -> CombinerState:
    of = CombinerState(step(made))
    for column in columns:
        of.add([column])
    return of


def test_quantiles_are_kept_as_the_sketch_writes_itself_and_not_as_a_pickle():
    made = QuantilesCombiner(4, 0.01, np.float64)
    of, whole = state(made, np.arange(100.0)), state(made)
    assert not of.encoded().startswith(b"\x80")
    whole.merge(of.encoded())
    quantiles = made.extract_output(whole.result())[0].tolist()
    assert quantiles == [pytest.approx(each, abs=2) for each in (25, 50, 75)]


def test_sums_come_back():
    whole = state(SUM)
    whole.merge(state(SUM, np.array(3), np.array(4)).encoded())
    assert SUM.extract_output(whole.result())[0] == 7


@pytest.mark.parametrize("content", [b"\xff\xff", b"null", b'["a"]', b"\x80\x04}.", b'{"a": 1}'])
def test_a_state_that_is_not_the_analyzers_is_refused(content: bytes):
    for whole in (state(SUM), state(QuantilesCombiner(4, 0.01, np.float64)), TokenCounts(None)):
        with pytest.raises(UnreadableSummaryError):
            whole.merge(content)


class Pickles(CacheCoder):
    """Stands for every coder that is not known to be plain."""

    def encode_cache(self, cache):  # noqa: ARG002 - tf.Transform's interface
        raise AssertionError

    decode_cache = encode_cache


class OfAnotherCoder(NumPyCombiner):
    accumulator_coder = Pickles()


def test_a_combiner_whose_states_would_be_pickled_is_left_to_beam():
    assert needs_beam(step(OfAnotherCoder(np.sum, 0, [np.int64], [()])))
    assert not needs_beam(step(SUM))
