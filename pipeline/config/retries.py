"""Which steps of a job are tried again after a failure, and why the others are not.

A step may be tried again if a second attempt does nothing to the world but write its own outputs anew.
Vertex AI tries again after whatever ended the step: a machine that was taken away, an answer of a service, a
timeout, and an error that will come again as well. So the number is small, and the waits between are long
enough for a service to recover.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

MOST = 5
BACKOFF_S = 60
BACKOFF_FACTOR = 2.0
LONGEST_BACKOFF_S = 600

NOT_RETRIED: Mapping[str, str] = MappingProxyType(
    {
        "Trainer": "it may start a custom training job, which is paid by the hour and could then run twice",
        "Pusher": "its copy of the model has another address each time, and would become one more version",
        "Notify": "it tells people, who would be told twice",
    }
)


def refuse(step: str, retries: int | None) -> None:
    """Refuses to try a step again that has effects outside of its outputs.

    Raises:
      ValueError: the step is one of NOT_RETRIED, and more than none was asked for.
    """
    if retries and step in NOT_RETRIED:
        raise ValueError(
            f"got {retries}; {step} is not tried again: {NOT_RETRIED[step]}. Remove it, or give 0"
        )
