"""The one door to the served models: choose a version, then ask it. REST and gRPC both call it alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from serving.errors import NotFoundError
from serving.models.lifecycle import VersionStatus
from serving.models.versions import ModelVersions
from serving.tensors.signature import Signature
from serving.traffic.asking import UNKNOWN, Asker, Client, Question
from serving.traffic.division import Division
from serving.traffic.record import Observer
from serving.traffic.rollout_state import rollout_state
from serving.traffic.rollouts import Rollouts

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
    """Answers for the versions of one model, and tells observers of each answer.

    With `rollouts`, those that name no version are divided while a rollout is under way.
    """

    def __init__(
        self,
        versions: ModelVersions[ServableModel],
        observers: tuple[Observer, ...] = (),
        rollouts: Rollouts | None = None,
    ) -> None:
        self._versions = versions
        self._asker = Asker(observers)
        self._division = Division(self._asker, rollouts) if rollouts else None
        self.model_name = versions.model_name

    def predict(
        self,
        model_name: str,
        version: int | str | None,
        signature_name: str,
        inputs_for: Callable[[Signature], Mapping[str, np.ndarray]],
        client: Client = UNKNOWN,
    ) -> Prediction:
        """Chooses a version, reads the request by its signature, and returns its answer.

        Args:
          model_name: as the request names it.
          version: its number or label; None for the one that serves, or the candidate of a rollout.
          signature_name: which signature to call.
          inputs_for: returns the request's inputs, with exactly the signature's types.
          client: who asks.

        Raises:
          NotFoundError: this model, or this version of it, is not served.
          InvalidRequestError: no version has that label.
          ServingError: the version cannot answer this request (see `ServableModel.predict`).
        """
        question = Question(signature_name, inputs_for, client)
        with self._versions.acquire(model_name, version) as served:
            if version is not None:
                answer = self._asker.ask(served, question, "explicit")
            elif self._division and (live := self._division.live(served)):
                answer = self._division.answer(live, served, question)
            else:
                answer = self._asker.ask(served, question, "champion")
        if answer.error is not None:
            raise answer.error
        return Prediction(answer.record.version, answer.record.outputs)

    def may_wait(self, version: int | str | None) -> bool:
        """Returns whether a rollout's candidate may answer a request, which is not proved and may hang.

        Args:
          version: that the request names; None for none.
        """
        live = self._division.current() if self._division else None
        if live is None:
            return False
        if version is None:
            return not live.is_shadow and live.counts.turned_back is None
        return self._versions.pointers.number(version) == live.number

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

    def rollout(self, model_name: str) -> dict[str, Any]:
        """Returns the state of the rollout under way as values for JSON (see `rollout_state`).

        Raises:
          NotFoundError: this model is not served.
        """
        if model_name != self.model_name:
            raise NotFoundError(f"Could not find any versions of model {model_name}")
        return rollout_state(self._versions, self._division)

    @property
    def key_header(self) -> str:
        """The header by which the rollout under way knows a client; empty without one."""
        live = self._division.current() if self._division else None
        return live.plan.key_header if live else ""

    def stop(self, wait_s: float) -> None:
        """Lets what a rollout asked besides end, at most so long; call it when no request is left."""
        if self._division:
            self._division.stop(wait_s)
