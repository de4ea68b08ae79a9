"""Where a prediction runs: beside the event loop until the model has proved fast."""

from serving.server.event_loop_placement import Placement

MAX_BODY_BYTES = 1_000


def test_a_model_runs_on_the_event_loop_only_while_it_is_fast_and_the_body_small() -> None:
    placement = Placement(MAX_BODY_BYTES, max_ms=5.0)
    assert not placement.on_loop(100)
    for _ in range(10):
        placement.record(100, took_ms=0.3)
    assert placement.on_loop(100)
    assert not placement.on_loop(MAX_BODY_BYTES + 1)
    placement.record(MAX_BODY_BYTES + 1, took_ms=1000)
    assert placement.on_loop(100)
    placement.record(100, took_ms=1000)
    assert not placement.on_loop(100)
