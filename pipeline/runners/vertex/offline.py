"""Compiling what would be sent without asking the cloud for anything.

The window comes from the days on this machine (`data.source`); their place in the cloud is `cloud.data`.
Only a BigQuery table is asked for its days even so: it is nowhere else.
There is no champion to ask for: the job is that of a first run, or, where it is wanted, of one beside a
stand-in champion.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
import logging
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.config.config import Config
from pipeline.errors import ConfigError
from pipeline.launch import launch as launches
from pipeline.launch import shapes
from pipeline.launch.champion import Champion
from pipeline.lineage.runs import Run
from pipeline.runners.vertex.cloud_section import section
from pipeline.runners.workspace import Workspace

if TYPE_CHECKING:
    from pipeline.runners.kfp.checks.finding import Found


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Keeps what TensorFlow, TFX and Google's libraries say while they are imported off the terminal."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def compiled(
    config: Config,
    until: dt.date | None,
    ignore_champion: str | None,
    champion: Champion | None = None,
) -> dict:
    """The job of the launch that the days on this machine make.

    Raises:
      ConfigError: the configuration has no section `cloud`.
      DataError: there is no such window.
    """
    from pipeline.runners.vertex import compiling

    cloud = section(config)
    launch = launches.resolve(config, until=until, champion=champion, ignore_champion=ignore_champion)
    launch = compiling.in_cloud(launch, cloud)
    return compiling.compile_job(launch, compiling.cloud_places(config, cloud, launch.schema_fingerprint))


def jobs_by_shape(config: Config, until: dt.date | None, ignore_champion: str | None) -> dict[str, dict]:
    """Returns the job of each shape that a launch of the configuration can have, beside a stand-in champion.

    Args:
      ignore_champion: the reason in the jobs that do not compare with a champion; None for a stand-in.

    Raises:
      ConfigError: the configuration has no section `cloud`.
      DataError: there is no such window.
    """
    from pipeline.runners.vertex import compiling

    cloud = section(config)
    resolved = launches.resolve(config, until=until, champion=stand_in_champion(config))
    jobs = {}
    for name, launch in shapes.stand_ins(compiling.in_cloud(resolved, cloud)).items():
        if launch.ignore_champion and ignore_champion:
            launch = dataclasses.replace(launch, ignore_champion=ignore_champion)
        places = compiling.cloud_places(config, cloud, launch.schema_fingerprint)
        jobs[name] = compiling.compile_job(launch, places)
    return jobs


def read_job(path: Path) -> dict:
    """A compiled job from a file.

    Raises:
      ConfigError: it is not JSON, or not an object.
    """
    try:
        job = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not readable as JSON: {error}") from error
    if not isinstance(job, dict):
        raise ConfigError(f"{path}: expected a PipelineJob as written by `evergreen compile`")
    return job


def read_cloud_runs(config: Config) -> list[Run]:
    """The runs that Vertex AI has recorded, oldest first.

    Raises:
      ConfigError: the configuration has no section `cloud`.
      UserError: the API refuses or does not answer.
    """
    with quietly():
        from pipeline.runners.vertex.lineage import VertexStore

        return VertexStore(config.name, section(config)).runs()


def cached_outputs(config: Config, job: dict, where: str) -> Found:
    """Whether the outputs that a cache would reuse are there.

    Args:
      where: `local`, what vertex-local recorded on this machine; or `vertex`.

    Raises:
      ConfigError: the configuration has no section `cloud`.
      UserError: the API refuses or does not answer.
    """
    from pipeline.runners.vertex import cached_outputs as outputs

    if where == "vertex":
        from pipeline.runners.vertex.bucket import Buckets

        return outputs.check(job, read_cloud_runs(config), Buckets(section(config)).has)
    from pipeline.lineage.mlmd import open_store

    store = open_store(Workspace(Path(config.root).resolve()).metadata)
    runs = [run for run in store.runs() if run.launch.get("runner") == "vertex-local"] if store else []
    return outputs.check(job, runs, os.path.exists)


def stand_in_champion(config: Config) -> Champion:
    """A champion that was trained long ago, so that the graph has every node."""
    return Champion.stand_in(
        version=f"{config.model.version}.0",
        model_uri=f"{config.cloud.bucket if config.cloud else ''}/artifacts/stand-in/model",
    )
