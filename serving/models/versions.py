"""The versions of a model, for requests: lets them in, and tells of their states."""

from __future__ import annotations

from typing import Generic

from serving.errors import NotFoundError
from serving.models.follower import Follower
from serving.models.lifecycle import ModelT, ServedVersion, VersionStatus
from serving.models.pointers import Pointers


class ModelVersions(Generic[ModelT]):
    """What a request may ask of the versions that a follower keeps loaded.

    A version is named by its number or its label, or not at all: then the one that serves is meant.
    """

    def __init__(self, follower: Follower[ModelT]) -> None:
        self.model_name = follower.model_name
        self._follower = follower

    def acquire(self, model_name: str, version: int | str | None = None) -> ServedVersion[ModelT]:
        """Returns a served version, to be used in a `with` block: before its end it is not freed.

        Args:
          model_name: as the request names it.
          version: its number or label; None for the one that serves.

        Raises:
          NotFoundError: this model, or this version of it, is not served.
          InvalidRequestError: no version has that label.
        """
        served = self._enter(version) if model_name == self.model_name else None
        if served is None:
            requested = f"Latest({model_name})" if version is None else f"Specific({model_name}, {version})"
            raise NotFoundError(f"Servable not found for request: {requested}")
        return served

    @property
    def pointers(self) -> Pointers[ModelT]:
        """Which version answers what, as the last request or look found it."""
        return self._follower.pointers

    def failure(self, number: int) -> str:
        """Returns why a version cannot be loaded, for good; empty if it is loaded, or may be later."""
        seen = self._follower.seen.get(number)
        return "" if seen is None or seen.may_pass else seen.error

    def incomplete(self, number: int) -> str:
        """Returns why a version could not be loaded if a part of its files is not there; else empty."""
        seen = self._follower.seen.get(number)
        return seen.error if seen is not None and seen.is_incomplete else ""

    def _enter(self, version: int | str | None) -> ServedVersion[ModelT] | None:
        self._follower.catch_up()
        while (found := self._follower.pointers.find(version)) is not None:
            if found.enter():
                return found
            # It was replaced after it was read: what replaced it is there by now.
        return None

    def statuses(self, model_name: str, version: int | str | None = None) -> list[VersionStatus]:
        """Returns the status of one version, or of all that were ever seen, the highest first.

        Raises:
          NotFoundError: this model, or this version of it, was never seen.
          InvalidRequestError: no version has that label.
        """
        statuses = self.all_statuses() if model_name == self.model_name else []
        if statuses and version is not None:
            self._follower.catch_up()
            number = self._follower.pointers.number(version)
            statuses = [status for status in statuses if status.version == number]
        if not statuses:
            requested = "any versions" if version is None else f"version {version}"
            raise NotFoundError(f"Could not find {requested} of model {model_name}")
        return statuses

    def all_statuses(self) -> list[VersionStatus]:
        """Returns the status of every version that was ever seen, the highest first."""
        seen = sorted(self._follower.seen.items(), reverse=True)
        return [VersionStatus(number, served.state, served.error) for number, served in seen]
