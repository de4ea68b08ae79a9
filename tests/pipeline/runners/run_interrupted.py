"""Runs a pipeline whose Trainer takes a signal in each way of WAYS, and prints as JSON how each run ended.

A process of its own, because a run forks workers, and a fork of a fork fails where threads of libraries run.
Argument: a folder, in which each way gets one of its own.
"""

import contextlib
import io
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tfx.orchestration.portable import launcher
from tfx.proto.orchestration import pipeline_pb2

from pipeline.lineage.mlmd import sqlite_config
from pipeline.runners import local
from pipeline.runners.progress import Progress
from tests.pipeline.test_interrupts import end_of, send

STAGES = ("ExampleGen", "Trainer", "Pusher")


def end_at_once() -> None:
    send()


def swallow() -> None:
    with contextlib.suppress(BaseException):
        send()


def turn() -> None:
    try:
        send()
    except KeyboardInterrupt as interrupt:
        raise RuntimeError("a callback failed") from interrupt


def turn_and_hide() -> None:
    swallow()
    raise SystemExit(0)


def go_on() -> None:
    with contextlib.suppress(BaseException):
        send()
    time.sleep(50)


def turn_without_a_signal() -> None:
    try:
        raise KeyboardInterrupt
    except KeyboardInterrupt as interrupt:
        raise RuntimeError("a callback failed") from interrupt


WAYS = {
    way.__name__: way for way in (end_at_once, swallow, turn, turn_and_hide, go_on, turn_without_a_signal)
}


class Launcher:
    """TFX's, of whose stages the Trainer takes a signal in its own way."""

    take: Callable[[], None]
    launched: Path

    def __init__(self, pipeline_node: Any, **_: Any):
        self._name = pipeline_node.node_info.id

    def launch(self) -> None:
        with self.launched.open("a") as file:
            print(self._name, file=file)
        if self._name == "Trainer":
            type(self).take()


def prepare(replace: Callable[..., None], folder: Path, take: Callable[[], None]) -> None:
    """Replaces TFX's launcher, by `setattr` or one that undoes it."""
    replace(Launcher, "take", staticmethod(take))
    replace(Launcher, "launched", folder / "launched")
    replace(launcher, "Launcher", Launcher)
    replace(local, "_compile", lambda pipeline, _: pipeline)
    replace(local.runner_utils, "extract_local_deployment_config", lambda _: None)
    replace(local.runner_utils, "extract_executor_spec", lambda *_: None)
    replace(local.runner_utils, "extract_custom_driver_spec", lambda *_: None)


def start(folder: Path) -> None:
    """Runs the pipeline; what it shows is in the file `shown`."""
    pipeline = pipeline_pb2.Pipeline()
    for stage in STAGES:
        pipeline.nodes.add().pipeline_node.node_info.id = stage
    shown = io.StringIO()
    runner = local.LocalRunner(sqlite_config(folder / "metadata.sqlite"), Progress(shown), max_workers=2)
    try:
        runner.run(pipeline, "run", {"window": "{}"})
    finally:
        (folder / "shown").write_text(shown.getvalue())


def main(folder: Path) -> None:
    ends = {}
    for name, take in WAYS.items():
        (folder / name).mkdir()
        prepare(setattr, folder / name, take)
        ends[name] = end_of(lambda name=name: start(folder / name))
    print(json.dumps(ends))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
