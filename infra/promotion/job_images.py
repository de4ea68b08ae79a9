"""The images that a compiled job names: of its steps, of Dataflow's workers, of its training job."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.config.cloud import CloudConfig

PIPELINE, DATAFLOW, TRAINER = "pipeline", "dataflow", "trainer"
# Which image of a release each use is to be in.
IMAGE_OF = {PIPELINE: "pipeline", DATAFLOW: "pipeline", TRAINER: "trainer"}
_WORKERS = "--sdk_container_image="
_NO_WORKERS = "unused"  # what a step is told that runs Beam in itself (pipeline/runners/beam_options.py)


def uses(cloud: CloudConfig) -> frozenset[str]:
    """Returns the uses that the jobs of an environment have an image for."""
    workers = cloud.beam.runner == "dataflow" and cloud.beam.dependencies == "image"
    trains_apart = cloud.trainer is not None and cloud.trainer.image is not None
    return frozenset({PIPELINE, *([DATAFLOW] if workers else []), *([TRAINER] if trains_apart else [])})


def of_job(job: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yields use and image of each place in which a job names one to run its own code in."""
    spec = job.get("pipelineSpec", {})
    for executor in spec.get("deploymentSpec", {}).get("executors", {}).values():
        container = executor.get("container", {})
        if image := container.get("image"):
            yield PIPELINE, image
        for word in (*container.get("command", ()), *container.get("args", ())):
            if str(word).startswith(_WORKERS) and word != f"{_WORKERS}{_NO_WORKERS}":
                yield DATAFLOW, word.removeprefix(_WORKERS)
    yield from ((TRAINER, image) for image in _values(spec, "image_uri"))


def _values(value: Any, key: str) -> Iterator[str]:
    """Yields what stands under a key at any depth, also in the JSON that parameters carry as text."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = json.loads(value)
        except ValueError:  # a CEL expression, or a slot
            return
    if isinstance(value, dict):
        if key in value:
            yield str(value[key])
        for child in value.values():
            yield from _values(child, key)
    elif isinstance(value, list):
        for child in value:
            yield from _values(child, key)
