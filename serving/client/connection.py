"""What the client needs of a connection, whichever protocol it speaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from serving.tensors.signature import TensorSpec


@dataclass(frozen=True)
class ModelInputs:
    """The inputs of a model by name, and which of them a request may leave out."""

    specs: Mapping[str, TensorSpec]
    optional: frozenset[str]


class Connection(Protocol):
    """An open connection to one signature of a served model."""

    def inputs(self) -> ModelInputs:
        """Returns the inputs that the model takes.

        Raises:
          PredictionError: the server cannot be reached, or has no such model or signature.
        """

    def predict(self, rows: list[Mapping[str, Any]]) -> list[Any]:
        """Returns the prediction of each row.

        Raises:
          PredictionError: the server cannot be reached, or the rows do not fit the model.
        """

    def close(self) -> None:
        """Closes the connection."""
