"""Executes a compiled job on this machine, task by task, as a KFP service would."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from ml_metadata.proto import metadata_store_pb2 as mlmd

from pipeline.launch.record import as_parameters
from pipeline.lineage.mlmd import ERROR, STATE
from pipeline.lineage.runs import RUNNING
from pipeline.runners.kfp import stand_in
from pipeline.runners.kfp.local import preload, steps
from pipeline.runners.kfp.local.job_run import JobRun
from pipeline.runners.kfp.local.record import Record
from pipeline.runners.progress import Progress
from pipeline.runners.stage_end import broken_off


class KfpLocalRunner:
    """Runs a compiled job and records it in ML Metadata.

    What differs from a service, and nothing else: folders instead of buckets; Beam on this machine; and, for
    the services that steps use, a local stand-in.
    """

    def __init__(
        self,
        connection: mlmd.ConnectionConfig,
        progress: Progress,
        *,
        isolate: bool,
        services: str | None = None,
    ):
        """Keeps what every job is run with.

        Args:
          connection: of the ML Metadata store.
          progress: where stages are shown.
          isolate: whether every step is a new process instead of a fork of this one.
          services: module that stands in for the services that steps use, a `stand_in.StandIn`.
        """
        self._connection = connection
        self._progress = progress
        self._isolate = isolate
        self._environment = {stand_in.VARIABLE: services} if services else {}

    def run(
        self, job: Mapping[str, Any], run_id: str, described: Mapping[str, str], beam: Sequence[str] = ()
    ) -> str:
        """Executes the job and records how it ended.

        Args:
          job: as compiled.
          run_id: of the run that is recorded.
          described: the record of the launch.
          beam: Beam options instead of those in the job.

        Returns:
          The run's state: succeeded, stopped (a gate said no) or failed.
        """
        record = Record(self._connection, job["pipelineSpec"]["pipelineInfo"]["name"], run_id)
        run_command = functools.partial(steps.run, isolate=self._isolate, environment=self._environment)
        try:
            record.describe(as_parameters(described) | {STATE: RUNNING})
            if not self._isolate:
                preload.preload(job)
            state, error = JobRun(job, run_id, record, self._progress, run_command, beam).run()
            record.describe({STATE: state, ERROR: error})
        except BaseException as fault:
            record.describe(broken_off(fault))
            raise
        return state
