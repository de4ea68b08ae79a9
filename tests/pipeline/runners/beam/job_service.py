"""Beam's own job service in a process of its own, with two workers for each job; prints its port.

As it ships, the service starts one worker. What stands here is how a cluster differs from it.
"""

import os
import sys

from apache_beam.portability.api import beam_job_api_pb2
from apache_beam.runners.portability import local_job_service
from apache_beam.runners.portability.fn_api_runner import fn_runner

WORKERS = 2


class _Job(local_job_service.BeamJob):
    def _invoke_runner(self):
        self.set_state(beam_job_api_pb2.JobState.RUNNING)
        runner = fn_runner.FnApiRunner(provision_info=self._provision_info)
        assert runner._num_workers == 1  # fails when Beam calls it otherwise
        runner._num_workers = WORKERS
        return runner.run_via_runner_api(self._pipeline_proto, self.pipeline_options())


if __name__ == "__main__":
    print(local_job_service.LocalJobServicer(beam_job_type=_Job).start_grpc_server(), flush=True)
    sys.stdin.read()  # until the process that started it ends
    os._exit(0)  # whatever its threads still wait for
