"""The collector rests during imports and works again afterwards, however they ended."""

import gc

import pytest

from serving.process.quick_imports import no_garbage


def test_nothing_is_collected_during_imports_and_what_is_there_is_not_looked_at_again():
    before = gc.get_freeze_count()
    with no_garbage():
        assert not gc.isenabled()
        kept = [[] for _ in range(1000)]
    assert gc.isenabled()
    assert gc.get_freeze_count() >= before + len(kept)
    gc.unfreeze()


def test_the_collector_works_again_after_a_failure():
    with pytest.raises(ImportError), no_garbage():
        raise ImportError
    assert gc.isenabled()
    gc.unfreeze()
