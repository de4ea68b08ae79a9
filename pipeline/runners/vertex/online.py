"""A launch as the cloud has it: days in the bucket, runs and champion in Vertex ML Metadata."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from pipeline.config.config import Config
from pipeline.errors import UserError
from pipeline.launch import launch as launches
from pipeline.lineage.runs import Run, champion, finished
from pipeline.runners.kfp.checks.finding import Found, tasks
from pipeline.runners.vertex import cached_outputs, compiling, cost, submit
from pipeline.runners.vertex.bucket import Buckets
from pipeline.runners.vertex.checks import table
from pipeline.runners.vertex.cloud_section import section
from pipeline.runners.vertex.lineage import VertexStore
from pipeline.spans import bucket as bucket_spans
from pipeline.spans.bucket import Place


@dataclasses.dataclass(frozen=True)
class Prepared:
    """A job that is ready to be sent.

    Attributes:
      found: what the checks say of it. items: what it may cost. refusal: why it needs a yes; None if it
      does not.
    """

    launch: launches.Launch
    job: dict[str, Any]
    id: str
    found: tuple[Found, ...]
    items: list[cost.Item]
    refusal: str | None


def prepare(config: Config, until: dt.date | None, ignore_champion: str | None, attempt: int) -> Prepared:
    """Resolves the launch in the cloud, compiles it, and checks the job with what its cache would reuse.

    Raises:
      ConfigError: the configuration has no section `cloud`.
      DataError: there is no such window.
      UserError: an API refuses or does not answer.
    """
    cloud = section(config)
    buckets, runs = Buckets(cloud), VertexStore(config.name, cloud).runs()
    launch = _resolve(config, buckets, runs, until, ignore_champion)
    places = compiling.cloud_places(config, cloud, launch.schema_fingerprint)
    job = compiling.compile_job(compiling.in_cloud(launch, cloud), places)
    cached = cached_outputs.check(job, runs, buckets.has)
    items = cost.estimate(cloud, _containers(job), runs)
    return Prepared(
        launch=launch,
        job=job,
        id=_id(launch, runs, attempt),
        found=(*table.check(job), *([cached] if cached.looked_at else [])),
        items=items,
        refusal=cost.refusal(items, cloud),
    )


def send(prepared: Prepared, config: Config) -> submit.Submitted:
    """Keeps the schema in the bucket and creates the job.

    Raises:
      UserError: a check found a fault, or an API refuses.
    """
    if not all(found.passed for found in prepared.found):
        raise UserError("the job has faults; nothing was sent")
    cloud = section(config)
    places = compiling.cloud_places(config, cloud, prepared.launch.schema_fingerprint)
    Buckets(cloud).keep(places.schema_file, prepared.launch.schema)
    return submit.submit(prepared.job, prepared.id, cloud)


def _resolve(
    config: Config, buckets: Buckets, runs: list[Run], until: dt.date | None, ignore_champion: str | None
) -> launches.Launch:
    """Reads the window from the table, or from the bucket's days."""
    found = None
    if config.data.format != "bigquery":
        uri = section(config).data
        bucket = buckets.open(Place.of(uri).bucket)
        found = bucket_spans.spans_by_day(uri, bucket, config.data.format, config.data.readiness)
    return launches.resolve(
        config, until=until, champion=champion(runs), ignore_champion=ignore_champion, found=found
    )


def _id(launch: launches.Launch, runs: list[Run], attempt: int) -> str:
    """The id to send a job under; that of the run that has done this launch, if one has."""
    same = finished(runs, launch) if attempt == 1 else None
    return same.id if same else launches.job_id(launch, attempt)


def _containers(job: dict[str, Any]) -> list[str]:
    spec = job["pipelineSpec"]
    executors = spec["deploymentSpec"]["executors"]
    return [
        name
        for name, task in tasks(spec)
        if "container" in executors[spec["components"][task["componentRef"]["name"]]["executorLabel"]]
    ]
