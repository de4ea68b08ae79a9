"""The start of a process: the collector pauses and works again, hidden packages are found again."""

import gc
import sys

import pytest

from serving.process.startup import gc_paused, hidden_imports


def test_nothing_is_collected_during_imports_and_what_is_there_is_not_looked_at_again():
    before = gc.get_freeze_count()
    with gc_paused():
        assert not gc.isenabled()
        kept = [[] for _ in range(1000)]
    assert gc.isenabled()
    assert gc.get_freeze_count() >= before + len(kept)
    gc.unfreeze()


def test_the_collector_works_again_after_a_failure():
    with pytest.raises(ImportError), gc_paused():
        raise ImportError
    assert gc.isenabled()
    gc.unfreeze()


def test_a_hidden_package_cannot_be_imported_until_the_end():
    sys.modules.pop("wave", None)
    with hidden_imports("wave"), pytest.raises(ImportError):
        import wave
    import wave

    assert wave.open


def test_what_was_imported_before_stays():
    import json

    with hidden_imports("json"):
        assert sys.modules["json"] is json
    assert sys.modules["json"] is json


def test_a_hidden_package_can_be_imported_after_a_failure():
    sys.modules.pop("wave", None)
    with pytest.raises(RuntimeError), hidden_imports("wave"):
        raise RuntimeError
    assert "wave" not in sys.modules
