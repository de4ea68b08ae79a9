"""Notify: the step that tells people how a job on Vertex AI ended. It runs however the others ended."""

import json
import sys
import traceback

from tfx.dsl.component.experimental.annotations import Parameter
from tfx.orchestration.kubeflow.decorators import exit_handler

from components.notify.job_record import ending_of
from monitoring.notify.delivery import deliver
from monitoring.notify.rule import message_of
from monitoring.notify.target import targets_from_json


@exit_handler
def Notify(  # noqa: N802 - a node's name in the graph
    status: Parameter[str],
    pipeline_name: Parameter[str],
    job_root: Parameter[str],
    window: Parameter[str],
    policy: Parameter[str],
    targets: Parameter[str],
    timeout_s: Parameter[float],
) -> None:
    """Sends one message, and prints what became of it. Never fails: the job would fail with it.

    Args:
      status: the PipelineTaskFinalStatus, as JSON.
      pipeline_name: of the configuration.
      job_root: address below which the steps of each job keep their outputs.
      window: JSON with `train_first`, `train_last`, `eval_first`, `eval_last` as ISO dates.
      policy: `release.policy` of the configuration.
      targets: the notifiers, as JSON; secrets are references.
      timeout_s: the longest that all notifiers together take.
    """
    try:
        ending = ending_of(json.loads(status), pipeline_name, job_root, json.loads(window), policy)
        deliveries = deliver(message_of(ending), targets_from_json(targets), timeout_s)
    except Exception:  # noqa: BLE001 - the job's end is settled; what went wrong here is for its log
        traceback.print_exc()
        return
    for delivery in deliveries:
        print(f"notify: {delivery}", file=sys.stderr)
