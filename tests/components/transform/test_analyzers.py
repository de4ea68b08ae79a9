"""Token counts are exact however many parts there are, and not summed up again with each."""

import importlib.metadata
from collections import Counter

import numpy as np
import pytest

from components.transform import analyzers
from components.transform.analyzers import TokenCounts

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
