"""The one door to the served models: choose a version, then ask it. REST and gRPC both call it alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from serving.models.lifecycle import VersionStatus
from serving.models.versions import ModelVersions
from serving.tensors.signature import Signature

if TYPE_CHECKING:
    from tensorflow.core.protobuf.meta_graph_pb2 import SignatureDef

    from serving.models.model import ServableModel


class Prediction(NamedTuple):
    """What a model answered.

    Attributes:
      version: number of the version that answered.
      outputs: arrays by name, each shaped [batch, ...] unless the signature says otherwise.
    """

    version: int
    outputs: Mapping[str, np.ndarray]


class Description(NamedTuple):
    """What can be asked of a version: its signatures by name, as the model stores them."""

    version: int
    signatures: Mapping[str, SignatureDef]


class Predictor:
    """Answers for the versions of one model."""

    def __init__(self, versions: ModelVersions[ServableModel]) -> None:
        self._versions = versions
        self.model_name = versions.model_name

    def predict(
        self,
        model_name: str,
        version: int | str | None,
        signature_name: str,
        inputs_for: Callable[[Signature], Mapping[str, np.ndarray]],
    ) -> Prediction:
        """Chooses a version, reads the request by its signature, and returns its answer.

        Args:
          model_name: as the request names it.
          version: its number or label; None for the one that serves.
          signature_name: which signature to call.
          inputs_for: returns the request's inputs, with exactly the signature's types.

        Raises:
          NotFoundError: this model, or this version of it, is not served.
          InvalidRequestError: no version has that label.
          ServingError: the version cannot answer this request (see `ServableModel.predict`).
        """
        with self._versions.acquire(model_name, version) as served:
            inputs = inputs_for(served.model.signature(signature_name))
            return Prediction(served.number, served.model.predict(inputs, signature_name))

    def describe(self, model_name: str, version: int | str | None) -> Description:
        """Returns a version's signatures; arguments and errors as for `predict`."""
        with self._versions.acquire(model_name, version) as served:
            return Description(served.number, served.model.signature_defs)

    def statuses(self, model_name: str, version: int | str | None) -> list[VersionStatus]:
        """Returns the status of one version, or of all that were ever seen, the highest first.

        Raises:
          NotFoundError: this model, or this version of it, was never seen.
          InvalidRequestError: no version has that label.
        """
        return self._versions.statuses(model_name, version)
