"""Which versions of a model are asked for, and by whom they are named."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from serving.models.served_file import ServedRollout


class Wanted(NamedTuple):
    """A version that is asked for; with another record of its files it is another one."""

    number: int
    folder: Path
    files: str  # the record of its files, to check them by; empty where there is none


@dataclass(frozen=True)
class Wish:
    """What should be served.

    Attributes:
      default: what may answer the requests that name no version; the first that is loaded does. While none of
        them is, the version that served goes on; where there are none, nothing serves.
      kept: what stays loaded besides, and answers who asks for its number.
      labels: numbers by label.
      rollout: under way, whose candidate is among `kept`; None if there is none.
      revision: another value when the same is asked for anew; what failed is then tried again.
    """

    default: tuple[Wanted, ...] = ()
    kept: tuple[Wanted, ...] = ()
    labels: Mapping[str, int] = field(default_factory=dict)
    rollout: ServedRollout | None = None
    revision: Hashable = None


class Source(Protocol):
    """Where it stands which versions are asked for."""

    def changed(self) -> bool:
        """Returns whether it may say something else than at the last `read`; each request asks this."""

    def read(self) -> Wish:
        """Returns what it says now.

        Raises:
          OSError: it cannot be read.
          ServedFileError: it cannot be understood.
        """
