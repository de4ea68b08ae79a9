"""Where an executor that hands work to a cloud service learns that this machine stands in for the service.

`evergreen run --runner vertex-local` executes the very steps of the compiled job. Those that use a service
(for training, for a registry of models, for an endpoint) ask here for a stand-in. The runner names its module
in the environment, which is all that a container and this machine share, so no executor imports it.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol, cast

VARIABLE = "EVERGREEN_LOCAL_STAND_IN"


class StandIn(Protocol):
    """What a module offers that stands in for a cloud's services."""

    def run_training_jobs(self) -> AbstractContextManager[None]:
        """Runs training jobs on this machine as long as the context lasts."""
        ...

    def push(self, settings: Mapping[str, Any], model_uri: str, folder: str) -> tuple[str, str]:
        """Publishes a model into a folder instead of the Model Registry; returns its place and version."""
        ...

    def settle(self, settings: Mapping[str, Any]) -> None:
        """Stands in for the step that registers a candidate and moves an endpoint's traffic."""
        ...


def installed() -> StandIn | None:
    """Returns what stands in for the services here; None where the services themselves are used."""
    module = os.environ.get(VARIABLE)
    return cast(StandIn, importlib.import_module(module)) if module else None
