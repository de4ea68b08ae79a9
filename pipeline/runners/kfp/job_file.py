"""Compiled jobs as files."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from pipeline.errors import ConfigError
from pipeline.runners.kfp.spec import Job


def write_job(job: Job, folder: Path, name: str) -> tuple[Path, Path]:
    """Writes `<name>.json`, the whole job, and `<name>.yaml`, its pipelineSpec as templates are kept.

    Returns:
      Both paths.
    """
    folder.mkdir(parents=True, exist_ok=True)
    as_json, as_yaml = folder / f"{name}.json", folder / f"{name}.yaml"
    as_json.write_text(json.dumps(job, indent=2, sort_keys=True) + "\n")
    as_yaml.write_text(yaml.safe_dump(job["pipelineSpec"], sort_keys=True))
    return as_json, as_yaml


def read_job(path: Path) -> Job:
    """Returns the job that a JSON file holds.

    Raises:
      ConfigError: it is not JSON, or not an object.
    """
    try:
        job = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not readable as JSON: {error}") from error
    if not isinstance(job, dict):
        raise ConfigError(f"{path}: expected a PipelineJob as written by `evergreen compile`")
    return job
