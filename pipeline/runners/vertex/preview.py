"""Jobs as they would be sent, compiled without asking the cloud for anything.

The form of a job does not depend on its days, so days stand in for them: a build has none. Only a launch that
ends with a day that is asked for has the days of `data.source`, on this machine or in a BigQuery table; the
place of a folder's days in the cloud is `cloud.data`. There is no champion to ask for: the job is that of a
first run, or of one beside a stand-in champion.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.config.config import Config
from pipeline.launch import job_shapes
from pipeline.launch.champion import Champion
from pipeline.launch.launch import Launch, resolve_launch
from pipeline.launch.stand_in_days import stand_in_days
from pipeline.runners.workspace import Workspace

if TYPE_CHECKING:
    from pipeline.runners.kfp.checks.result import CheckResult
    from pipeline.runners.kfp.spec import Job


def compiled(
    config: Config,
    until: dt.date | None,
    ignore_champion: str | None,
    champion: Champion | None = None,
) -> Job:
    """Returns the job of a launch.

    Args:
      config: the configuration.
      until: last day of the window, whose days are read; None for days that stand in.
      ignore_champion: a person's reason not to compare with the champion; None to compare.
      champion: to compare with; None for a first run.

    Raises:
      ConfigError: the configuration has no section `cloud`, or rolls candidates out.
      DataError: there is no such window.
    """
    from pipeline.runners.vertex import cloud_job

    cloud = config.require_vertex()
    launch = cloud_job.in_cloud(_launch(config, until, champion, ignore_champion), cloud)
    return cloud_job.compile_job(launch, cloud_job.cloud_paths(config, cloud, launch.schema_fingerprint))


def jobs_by_shape(config: Config, until: dt.date | None, ignore_champion: str | None) -> dict[str, Job]:
    """Returns the job of each shape that a launch of the configuration can have, beside a stand-in champion.

    Args:
      config: the configuration.
      until: last day of the window, whose days are read; None for days that stand in.
      ignore_champion: the reason in the jobs that do not compare with a champion; None for a stand-in.

    Raises:
      ConfigError: the configuration has no section `cloud`, or rolls candidates out.
      DataError: there is no such window.
    """
    from pipeline.runners.vertex import cloud_job

    cloud = config.require_vertex()
    resolved = _launch(config, until, stand_in_champion(config))
    jobs = {}
    for name, launch in job_shapes.stand_ins(cloud_job.in_cloud(resolved, cloud)).items():
        if launch.ignore_champion and ignore_champion:
            launch = dataclasses.replace(launch, ignore_champion=ignore_champion)
        paths = cloud_job.cloud_paths(config, cloud, launch.schema_fingerprint)
        jobs[name] = cloud_job.compile_job(launch, paths)
    return jobs


def _launch(
    config: Config, until: dt.date | None, champion: Champion | None, ignore_champion: str | None = None
) -> Launch:
    today = dt.datetime.now(dt.timezone.utc).date()
    return resolve_launch(
        config,
        until=until,
        champion=champion,
        ignore_champion=ignore_champion,
        available=None if until else stand_in_days(config, today),
        today=today,
    )


def check_cached_outputs(config: Config, job: Job, where: str) -> CheckResult:
    """Checks whether the outputs that a cache would reuse are there.

    Args:
      config: the configuration.
      job: the compiled job.
      where: `local`, what vertex-local recorded on this machine; or `vertex`.

    Raises:
      ConfigError: the configuration has no section `cloud`.
      UserError: the API refuses or does not answer.
    """
    from pipeline.runners.vertex.checks import cached_outputs

    if where == "vertex":
        from pipeline.runners.vertex.bucket import Buckets
        from pipeline.runners.vertex.lineage import open_store as open_cloud_store

        buckets = Buckets(config.require_cloud())
        return cached_outputs.check(job, open_cloud_store(config).runs(), buckets.has)
    from pipeline.lineage.mlmd import open_store

    store = open_store(Workspace(Path(config.root).resolve()).metadata)
    runs = [run for run in store.runs() if run.launch.get("runner") == "vertex-local"] if store else []
    return cached_outputs.check(job, runs, os.path.exists)


def stand_in_champion(config: Config) -> Champion:
    """Returns a champion that was trained long ago, so that the graph has every node."""
    return Champion.stand_in(
        model_uri=f"{config.cloud.bucket if config.cloud else ''}/artifacts/stand-in/model",
    )
