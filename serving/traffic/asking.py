"""Asks one loaded version, and tells observers what it said."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from serving.errors import ServingError, TooSlowError
from serving.models.lifecycle import ServedVersion
from serving.tensors.signature import Signature
from serving.traffic.record import NO_KEY, OK_CODE, OK_STATUS, Key, Observer, RequestRecord, Variant

if TYPE_CHECKING:
    from serving.models.model import ServableModel

log = logging.getLogger(__name__)
Inputs = Mapping[str, np.ndarray]


class Client(NamedTuple):
    """Who asks.

    Attributes:
      api: by which it asks, REST or gRPC; empty if that is not known.
      header: returns a header of its request by the name in lower case; empty if it has none.
    """

    api: str
    header: Callable[[str], str]


UNKNOWN = Client("", lambda _: "")


class Question(NamedTuple):
    """A request, before it is known which version it goes to.

    Attributes:
      signature_name: which way to call it.
      inputs_for: returns its inputs, with exactly a signature's types; raises ServingError.
      client: who asks.
    """

    signature_name: str
    inputs_for: Callable[[Signature], Inputs]
    client: Client = UNKNOWN


class Answer(NamedTuple):
    """What a version said: `error` is what it raised instead."""

    record: RequestRecord
    error: Exception | None


class Asker:
    """Asks versions of a model."""

    def __init__(self, observers: tuple[Observer, ...] = ()) -> None:
        self._observers = observers

    def ask(
        self,
        served: ServedVersion[ServableModel],
        question: Question,
        variant: Variant,
        key: Key = NO_KEY,
        measure_cpu: bool = False,
    ) -> Answer:
        """Returns a version's answer or error, and tells the observers; raises neither.

        Args:
          served: the version, which the caller has entered.
          question: what to ask it.
          variant: why this version.
          key: of the client.
          measure_cpu: take the processor time of the call too, which costs a microsecond.
        """
        answer = self.unnoted(served, question, variant, key, measure_cpu)
        self.note(answer)
        return answer

    def unnoted(
        self,
        served: ServedVersion[ServableModel],
        question: Question,
        variant: Variant,
        key: Key = NO_KEY,
        measure_cpu: bool = False,
    ) -> Answer:
        """As `ask`, but nobody is told: the caller calls `note`."""
        name, cpu_s = question.signature_name, 0.0
        at_s, start_s = time.time(), 0.0
        inputs: Inputs = {}
        outputs: Inputs = {}
        status, code, text = OK_STATUS, OK_CODE, ""
        failure: Exception | None = None
        try:
            inputs = question.inputs_for(served.model.signature(name))
            cpu_s = time.thread_time() if measure_cpu else 0.0
            start_s = time.perf_counter()
            outputs = served.model.predict(inputs, name)
        except Exception as error:  # noqa: BLE001 - the caller decides what becomes of it
            known = error if isinstance(error, ServingError) else ServingError()
            status, code, text = known.http_status, known.grpc_code, str(error) or type(error).__name__
            failure = error
        seconds = time.perf_counter() - start_s if start_s else 0.0
        cpu_s = time.thread_time() - cpu_s if cpu_s else 0.0
        record = RequestRecord(
            at_s, served.number, variant, name, status, code, seconds, _rows(inputs), key.text, inputs,
            outputs, text, cpu_s, question.client.api, key.column,
        )  # fmt: skip
        return Answer(record, failure)

    def note(self, answer: Answer) -> None:
        """Tells the observers of an answer."""
        for observer in self._observers:
            try:
                observer.answered(answer.record)
            except Exception:  # the client has its answer all the same
                log.exception("%s failed to note a request", type(observer).__name__)


def unanswered(number: int, question: Question, variant: Variant, key: Key, waited_s: float) -> Answer:
    """Returns that a version did not answer in time.

    Args:
      number: of the version.
      question: that it was asked, or should have been.
      variant: why this version.
      key: of the client.
      waited_s: for how long; 0 if it was not asked, since too many calls hang.
    """
    error = TooSlowError(f"no answer after {waited_s:g} s" if waited_s else "too many calls do not return")
    record = RequestRecord(
        time.time(), number, variant, question.signature_name, error.http_status, error.grpc_code, waited_s,
        0, key.text, {}, {}, str(error), 0.0, question.client.api, key.column,
    )  # fmt: skip
    return Answer(record, error)


def _rows(inputs: Inputs) -> int:
    first = next(iter(inputs.values()), None)
    return first.shape[0] if first is not None and first.shape else 0
