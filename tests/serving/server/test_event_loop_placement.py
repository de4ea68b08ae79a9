"""Where a prediction runs: beside the event loop until the model has proved fast."""

import dataclasses
import threading
from pathlib import Path

from serving.server.event_loop_placement import Placement
from serving.server.rest_api import RestApp
from serving.server.settings import ServerSettings
from tests.serving.server import asgi
from tests.serving.traffic.rolling import CANDIDATE, CHAMPION, HALF, LIMITS, SHADOW, RollingServer, plan_of

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


def test_a_rollouts_candidate_never_answers_on_the_event_loop(tmp_path: Path) -> None:
    """It may hang, and the loop with it. The champion's calls are timed beside it: in a thread too."""
    server = RollingServer(tmp_path)
    # A machine that is busy for a moment must not look like a slow model.
    app = RestApp(server.predictor, ServerSettings("m", tmp_path, loop_max_ms=1000))
    # Asked twice, the candidate would still be asked for one stage while the next one is looked at.
    once = dataclasses.replace(plan_of("once"), limits=dataclasses.replace(LIMITS, shadow_share=0.0))

    def threads_of(version: str) -> set[str]:
        names = set[str]()
        for model in server.models.values():
            model.fault = lambda _: names.add(threading.current_thread().name.rstrip("0123456789_"))
        for _ in range(40):
            body = {"instances": [{"x": 1.0}]}
            assert asgi.ask(app, "POST", f"/v1/models/m{version}:predict", body)[0] == 200
        return names

    server.roll(None)
    threads_of("")  # until it is known to be fast
    assert threads_of("") == {"MainThread"}
    server.roll(once, HALF)
    assert threads_of("") == {"predict", "candidate"}
    assert threads_of(f"/versions/{CANDIDATE}") == threads_of("/labels/canary") == {"predict"}
    assert threads_of(f"/versions/{CHAMPION}") == {"MainThread"}
    server.roll(plan_of("r"), SHADOW)
    names = threads_of("")
    server.stop()
    assert names == {"MainThread", "candidate"}
