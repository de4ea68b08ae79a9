"""Which loaded version answers what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic

from serving.errors import InvalidRequestError
from serving.models.lifecycle import ModelT, ServedVersion
from serving.models.served_file import ServedRollout


@dataclass(frozen=True)
class Pointers(Generic[ModelT]):
    """Which version answers what; replaced as a whole, so that a request reads it without a lock.

    Attributes:
      default: answers the requests that name no version; None where nothing serves.
      by_number: answers those that name its number.
      labels: numbers by label, also of a version that is not loaded if no other can stand in for it.
      rollout: under way; None if there is none.
      candidate: of the rollout, to which `default` leaves its share; None while it cannot take it.
    """

    default: ServedVersion[ModelT] | None = None
    by_number: Mapping[int, ServedVersion[ModelT]] = field(default_factory=dict)
    labels: Mapping[str, int] = field(default_factory=dict)
    rollout: ServedRollout | None = None
    candidate: ServedVersion[ModelT] | None = None

    def number(self, version: int | str | None) -> int | None:
        """Returns the number of the version with a label; a number, or None, is returned as it is.

        Raises:
          InvalidRequestError: no version has that label.
        """
        if not isinstance(version, str):
            return version
        if version not in self.labels:
            raise InvalidRequestError(f"Unrecognized servable version label: {version}")
        return self.labels[version]

    def find(self, version: int | str | None) -> ServedVersion[ModelT] | None:
        """Returns the version that answers for a number, a label, or None; None if there is none.

        Raises:
          InvalidRequestError: no version has that label.
        """
        number = self.number(version)
        if number is None or (isinstance(version, str) and self.default and self.default.number == number):
            return (
                self.default
            )  # it may answer by a label and not by its number: nobody asks for that any more
        return self.by_number.get(number)
