"""What is known of one answered request, and who is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    import numpy as np

# champion: the request named no version and got the one that serves. canary: it got a rollout's candidate.
# shadow: a copy of it went to the candidate, and no client got the answer. explicit: it named a version.
Variant = Literal["champion", "canary", "shadow", "explicit"]
OK_STATUS = 200
OK_CODE = "OK"


class Key(NamedTuple):
    """What keeps a client on one version: `text`, and the column that it is from; of a header, "" is."""

    text: str
    column: str = ""


NO_KEY = Key("")


class RequestRecord(NamedTuple):
    """One request to a loaded version, and what that said.

    A request that reached no version (an unknown model, a body over the limit) has none.

    Attributes:
      at_s: when it was asked, in seconds since 1970 in UTC.
      version: number of the version.
      variant: why that version (see `Variant`).
      signature_name: which way to call it.
      status: of the REST answer, 200 if all went well; gRPC's code is told by `code`.
      code: name of the gRPC status, "OK" if all went well.
      seconds: wall time of the model call; 0.0 if the request was refused before.
      rows: first dimension of the inputs; 0 if they could not be read.
      key: what keeps the client on one version, as the running rollout reads it; empty if there is none.
      inputs: arrays by name, as the client sent them (without defaults); empty if they could not be read.
      outputs: arrays by name; empty if it failed.
      error: one line; empty if all went well.
      cpu_seconds: processor time of the model call in its thread, where it is asked for; else 0.0.
      key_column: which input the key is; empty where it is from a header.
      api: by which the client asked, REST or gRPC; empty if that is not known.
    """

    at_s: float
    version: int
    variant: Variant
    signature_name: str
    status: int
    code: str
    seconds: float
    rows: int
    key: str
    inputs: Mapping[str, np.ndarray]
    outputs: Mapping[str, np.ndarray]
    error: str
    cpu_seconds: float = 0.0
    api: str = ""
    key_column: str = ""

    @property
    def failed(self) -> bool:
        """Whether the model is to blame, and not the client."""
        return self.status >= 500


class Observer(Protocol):
    """Is told what versions answered, in the thread that asked them: so it takes microseconds, never blocks.

    A request that a rollout's candidate could not answer is told twice: as the canary's, and as the
    champion's, which answered it in its place.
    """

    def answered(self, record: RequestRecord) -> None:
        """Notes a request; its arrays may be kept, not changed. What this raises is logged, not answered."""
