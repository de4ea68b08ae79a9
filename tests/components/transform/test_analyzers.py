"""Counting tokens: exact however many parts there are, and not summed up anew with each."""

from collections import Counter

import numpy as np
import pytest

from components.transform import analyzers
from components.transform.analyzers import Counted


def tokens(part: int) -> list[bytes]:
    """Ten tokens of a part's own, and one that all have twice."""
    return [*(b"%d-%d" % (part, number) for number in range(10)), b"all", b"all"]


@pytest.mark.parametrize("encode", [False, True])
def test_many_parts_are_counted_exactly_and_summed_up_now_and_then(
    monkeypatch: pytest.MonkeyPatch, encode: bool
):
    sums, summed = [], Counted._summed
    monkeypatch.setattr(analyzers, "MERGED_ROWS", 20)
    monkeypatch.setattr(Counted, "_summed", lambda self: sums.append(1) or summed(self))
    whole = Counted(None)
    for part in range(200):
        if encode:
            one = Counted(None)
            one.add([np.array(tokens(part), object)])
            whole.merge(one.encoded())
        else:
            whole.add([np.array(tokens(part), object)])
    counts = whole.merged()
    found = dict(zip(counts["token"].to_pylist(), counts["count"].to_pylist(), strict=True))
    assert found == Counter(token for part in range(200) for token in tokens(part))
    assert 2 < len(sums) - (200 if encode else 0) < 20
