"""A launch resolved in the cloud (days in the bucket, champion in Vertex ML Metadata), checked and sent."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from typing import Any

from pipeline.config.cloud import CloudConfig
from pipeline.config.config import Config
from pipeline.config.google_names import is_within
from pipeline.errors import UserError
from pipeline.launch.launch import Launch, job_id, resolve_launch
from pipeline.lineage.champion import champion_of, newest_of
from pipeline.lineage.runs import Run, finished
from pipeline.runners.kfp.checks.result import CheckResult
from pipeline.runners.kfp.spec import container_of, tasks
from pipeline.runners.vertex import cloud_job, cost, endpoint, jobs
from pipeline.runners.vertex.bucket import Buckets
from pipeline.runners.vertex.checks import cached_outputs
from pipeline.runners.vertex.checks.all_checks import check_job
from pipeline.runners.vertex.lineage import open_store
from pipeline.runners.vertex.model_registry import models_of, refuse_other_entry
from pipeline.spans.bucket import Place, available_days


@dataclasses.dataclass(frozen=True)
class Prepared:
    """A job that is ready to be sent.

    Attributes:
      launch: as resolved.
      job: as compiled.
      id: to send it under.
      results: of the checks.
      items: what it may cost.
      refusal: why it needs a confirmation; None if it does not.
      doubts: what may cost or slow a run, and what was only seen in the cloud.
    """

    launch: Launch
    job: dict[str, Any]
    id: str
    results: tuple[CheckResult, ...]
    items: list[cost.Item]
    refusal: str | None
    doubts: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(result.passed for result in self.results)


def prepare(config: Config, until: dt.date | None, ignore_champion: str | None, attempt: int) -> Prepared:
    """Resolves the launch in the cloud, compiles it, and checks the job with what its cache would reuse.

    Raises:
      ConfigError: the configuration has no section `cloud`, or there is no endpoint of its name.
      DataError: there is no such window.
      UserError: an API refuses or does not answer.
    """
    cloud = config.require_cloud()
    buckets, runs = Buckets(cloud), open_store(config).runs()
    launch = _resolve(config, buckets, runs, until, ignore_champion)
    unseen = endpoint.look_for(cloud)
    paths = cloud_job.cloud_paths(config, cloud, launch.schema_fingerprint)
    job = cloud_job.compile_job(cloud_job.in_cloud(launch, cloud), paths)
    cached = cached_outputs.check(job, runs, buckets.has)
    items = cost.estimate(cloud, _steps(job), runs)
    return Prepared(
        launch=launch,
        job=job,
        id=_id(launch, runs, attempt),
        results=(*check_job(job), *([cached] if cached.looked_at else [])),
        items=items,
        refusal=_unaccepted(cloud) or cost.refusal(items, cloud),
        doubts=(*_far_buckets(cloud, buckets), *([unseen] if unseen else [])),
    )


def send(prepared: Prepared, config: Config) -> jobs.Submitted:
    """Keeps the schema in the bucket and creates the job.

    Raises:
      UserError: a check found a fault, or an API refuses.
    """
    if not prepared.passed:
        raise UserError("the job has faults; nothing was sent")
    cloud = config.require_cloud()
    paths = cloud_job.cloud_paths(config, cloud, prepared.launch.schema_fingerprint)
    Buckets(cloud).keep(paths.schema_file, prepared.launch.schema)
    return jobs.submit(prepared.job, prepared.id, cloud)


def _unaccepted(cloud: CloudConfig) -> str | None:
    unknown = cloud.unknown_machines()
    return f"{unknown[0]}, or confirm with --yes" if unknown else None


def _far_buckets(cloud: CloudConfig, buckets: Buckets) -> Iterator[str]:
    """Yields a sentence for each bucket of another region, out of which every step would read."""
    for key, uri in {"cloud.bucket": cloud.bucket, "cloud.data": cloud.data}.items():
        location = buckets.location(uri) if uri.startswith("gs://") else None
        if location is not None and not is_within(cloud.region, location):
            yield f"{key} is in {location}, and cloud.region is {cloud.region}: every step reads from there"


def _resolve(
    config: Config, buckets: Buckets, runs: list[Run], until: dt.date | None, ignore_champion: str | None
) -> Launch:
    """Resolves the window from the table, or from the bucket's days."""
    models = models_of(config, runs)
    refuse_other_entry(models, config)
    days = None
    if config.data.format != "bigquery":
        uri = config.require_cloud().data
        bucket = buckets.open(Place.of(uri).bucket)
        days = available_days(uri, bucket, config.data.format, config.data.readiness, config.data.spans)
    return resolve_launch(
        config,
        until=until,
        champion=champion_of(models),
        newest=newest_of(models, config.model.name),
        ignore_champion=ignore_champion,
        available=days,
    )


def _id(launch: Launch, runs: list[Run], attempt: int) -> str:
    """Returns the id to send a job under: that of the run that has done this launch, if one has."""
    same = finished(runs, launch) if attempt == 1 else None
    return same.id if same else job_id(launch, attempt)


def _steps(job: dict[str, Any]) -> list[str]:
    """Returns the tasks that run in a container."""
    spec = job["pipelineSpec"]
    return [name for name, task in tasks(spec) if container_of(task, spec)]
