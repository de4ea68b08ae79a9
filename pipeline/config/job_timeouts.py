"""How long a job may take that a step starts elsewhere: it ends before the step does.

A job that outlives its step is paid for, and nobody reads what it makes. The custom training job and the
Dataflow jobs have limits of their own, which the service enforces even if the step was killed.
"""

from __future__ import annotations

MARGIN_MINUTES = 10  # for the step around its job: to send it, to notice its end, to clean up
SHORTEST_MINUTES = 10


def job_minutes(step_minutes: int) -> int:
    """Returns the longest that a job may take within a step's timeout."""
    return step_minutes - MARGIN_MINUTES


def refuse_short(step: str, step_minutes: int, job: str) -> None:
    """Refuses a step whose timeout leaves no time to the job that it starts.

    Raises:
      ValueError: less than SHORTEST_MINUTES would be left.
    """
    if job_minutes(step_minutes) < SHORTEST_MINUTES:
        raise ValueError(
            f"step {step} may take {step_minutes} minutes, and {job}, which it starts, must end "
            f"{MARGIN_MINUTES} minutes before it; give the step at least {MARGIN_MINUTES + SHORTEST_MINUTES}"
        )


def refuse_long(step: str, step_minutes: int, minutes: int | None) -> None:
    """Refuses a job's own timeout that its step would not live to see, or that it could not begin in.

    Raises:
      ValueError: the job may take longer than `job_minutes` of its step, or less than SHORTEST_MINUTES.
    """
    if minutes is not None and minutes < SHORTEST_MINUTES:
        raise ValueError(
            f"got {minutes}; the machine alone takes minutes to come, so give the job at least "
            f"{SHORTEST_MINUTES}, or null for what its step leaves"
        )
    most = job_minutes(step_minutes)
    if minutes is not None and minutes > most:
        raise ValueError(
            f"got {minutes}; the job must end {MARGIN_MINUTES} minutes before step {step}, so it may take "
            f"{most}; lower it, or raise cloud.steps.{step}.timeout_minutes (now {step_minutes})"
        )
