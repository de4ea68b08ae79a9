"""How an executor that uses a cloud service knows that this machine stands in for the service.

`evergreen run --runner vertex-local` executes the very steps of the compiled job. The two of them that
would hand work to a service (a custom training job, a deployment) build and parse the same request, and
then do here what the service would do. They learn of it from the environment, which is all that a container
and this machine share.
"""

from __future__ import annotations

import os

VARIABLE = "EVERGREEN_VERTEX_LOCAL"
FORK, PROCESS = "fork", "process"


def here() -> bool:
    """Whether this machine stands in for the services of Vertex AI."""
    return VARIABLE in os.environ


def isolated() -> bool:
    """Whether every command gets a new process."""
    return os.environ[VARIABLE] == PROCESS
