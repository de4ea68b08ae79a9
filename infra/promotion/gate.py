"""Lets code into an environment when the last runs of the one before have succeeded.

python -m infra.promotion.gate --project my-evergreen-preprod --region us-central1 --pipeline flights --runs 3
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from components import foreign_answer
from infra.google_apis import PipelineJobs
from pipeline.errors import DONE, STOPPED, UserError
from pipeline.runners.vertex.api import auth_errors

SUCCEEDED = "PIPELINE_STATE_SUCCEEDED"
FINISHED = (SUCCEEDED, "PIPELINE_STATE_FAILED", "PIPELINE_STATE_CANCELLED")


def judge(states: Sequence[str], needed: int) -> str | None:
    """Returns why a promotion must wait; None when it may pass.

    Args:
      states: of the runs, newest first; those under way are not counted.
      needed: how many of the newest must have succeeded.
    """
    newest = [state for state in states if state in FINISHED][:needed]
    if len(newest) < needed:
        return f"{len(newest)} runs have finished and the last {needed} must have succeeded"
    good = sum(state == SUCCEEDED for state in newest)
    return None if good == needed else f"only {good} of the last {needed} runs succeeded"


def main(arguments: list[str] | None = None) -> int:
    """Prints the verdict; exit code 1 when the promotion must wait."""
    parser = argparse.ArgumentParser(description="Lets a promotion pass when the last runs succeeded.")
    parser.add_argument("--project", required=True, help="of the earlier environment; empty lets all pass")
    parser.add_argument("--region", required=True)
    parser.add_argument("--pipeline", required=True)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args(arguments)
    if not options.project:
        print("no earlier environment: nothing to wait for")
        return DONE
    try:
        with auth_errors(f"asking for the runs of {options.project}"):
            jobs = PipelineJobs(options.project, options.region).of_pipeline(options.pipeline)
    except UserError as error:
        print(f"gate: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        where = foreign_answer.asked(error)
        print(f"gate: cannot see the runs of {options.project}{where}: {error}", file=sys.stderr)
        return STOPPED
    why = judge([job.get("state", "") for job in jobs], options.runs)
    print(f"{options.project}: {why or f'the last {options.runs} runs succeeded'}")
    return STOPPED if why else DONE


if __name__ == "__main__":
    sys.exit(main())
