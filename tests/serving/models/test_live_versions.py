"""A running server follows its folder: releases, bad releases and withdrawals, under traffic."""

import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.serving.asking import MODEL, Ask
from tests.serving.servable_samples import expected_score, write_garbage, write_scorer

ROW = {"distance": 3, "hour": 7}
Predict = Callable[[Any], tuple[int, Any]]


def wait_for(ask: Ask, version: int, state: str) -> dict[str, Any]:
    """Returns the version's status once it has that state."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        status, answer = ask("GET", f"/v1/models/{MODEL}/versions/{version}")
        if status == 200 and answer["model_version_status"][0]["state"] == state:
            return answer["model_version_status"][0]
        time.sleep(0.05)
    raise AssertionError(f"version {version} did not become {state}: {answer}")


def test_releases_and_withdrawals_under_traffic_lose_no_request(
    model_base: Path, ask: Ask, predict: Predict
) -> None:
    old, new = expected_score(3, 7), expected_score(3, 7, weight=10.0)
    stop = threading.Event()
    answers: list[tuple[int, Any]] = []

    def traffic() -> None:
        while not stop.is_set():
            answers.append(predict({"instances": [ROW]}))

    threads = [threading.Thread(target=traffic) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        write_scorer(model_base / "2", weight=10.0)
        wait_for(ask, 2, "AVAILABLE")
        wait_for(ask, 1, "END")
        assert predict({"instances": [ROW]}) == (200, {"predictions": [new]})
        shutil.rmtree(model_base / "2")
        wait_for(ask, 1, "AVAILABLE")
        wait_for(ask, 2, "END")
        assert predict({"instances": [ROW]}) == (200, {"predictions": [old]})
    finally:
        shutil.rmtree(model_base / "2", ignore_errors=True)
        stop.set()
        for thread in threads:
            thread.join()
    assert {status for status, _ in answers} == {200}
    assert {answer["predictions"][0] for _, answer in answers} == {old, new}


def test_a_release_that_cannot_be_loaded_is_reported_and_the_version_before_goes_on(
    model_base: Path, ask: Ask, predict: Predict
) -> None:
    folder = write_garbage(model_base / "3")
    try:
        status = wait_for(ask, 3, "END")
        assert status["status"]["error_code"] == "UNKNOWN"
        assert "cannot load the model in" in status["status"]["error_message"]
        assert predict({"instances": [ROW]}) == (200, {"predictions": [expected_score(3, 7)]})
    finally:
        shutil.rmtree(folder)
