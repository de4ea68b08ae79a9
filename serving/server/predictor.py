"""The one door to the served models: choose a version, then ask it. REST and gRPC both call it alone."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from serving.errors import ServingError
from serving.models.lifecycle import ServedVersion, VersionStatus
from serving.models.versions import ModelVersions
from serving.tensors.signature import Signature
from serving.traffic.record import OK_CODE, OK_STATUS, Observer, RequestRecord, Variant

if TYPE_CHECKING:
    from tensorflow.core.protobuf.meta_graph_pb2 import SignatureDef

    from serving.models.model import ServableModel

log = logging.getLogger(__name__)
Inputs = Mapping[str, np.ndarray]


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
    """Answers for the versions of one model, and tells observers of each answer."""

    def __init__(self, versions: ModelVersions[ServableModel], observers: tuple[Observer, ...] = ()) -> None:
        self._versions = versions
        self._observers = observers
        self.model_name = versions.model_name

    def predict(
        self,
        model_name: str,
        version: int | str | None,
        signature_name: str,
        inputs_for: Callable[[Signature], Inputs],
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
            variant: Variant = "champion" if version is None else "explicit"
            return self._ask(served, variant, signature_name, inputs_for)

    def _ask(
        self,
        served: ServedVersion[ServableModel],
        variant: Variant,
        signature_name: str,
        inputs_for: Callable[[Signature], Inputs],
    ) -> Prediction:
        """Returns a version's answer, and tells of it or of its failure."""
        at_s, start_s = time.time(), 0.0
        inputs: Inputs = {}
        outputs: Inputs = {}
        status, code, text = OK_STATUS, OK_CODE, ""
        try:
            inputs = inputs_for(served.model.signature(signature_name))
            start_s = time.perf_counter()
            outputs = served.model.predict(inputs, signature_name)
        except Exception as error:
            known = error if isinstance(error, ServingError) else ServingError()
            status, code, text = known.http_status, known.grpc_code, str(error) or type(error).__name__
            raise
        finally:
            seconds = time.perf_counter() - start_s if start_s else 0.0
            record = RequestRecord(
                at_s, served.number, variant, signature_name, status, code, seconds, _rows(inputs), "",
                inputs, outputs, text,
            )  # fmt: skip
            self._tell(record)
        return Prediction(served.number, outputs)

    def _tell(self, record: RequestRecord) -> None:
        for observer in self._observers:
            try:
                observer.answered(record)
            except Exception:  # the client has its answer all the same
                log.exception("%s failed to note a request", type(observer).__name__)

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


def _rows(inputs: Inputs) -> int:
    first = next(iter(inputs.values()), None)
    return first.shape[0] if first is not None and first.shape else 0
