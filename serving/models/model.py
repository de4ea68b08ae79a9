"""A SavedModel, loaded and called the way TensorFlow Serving does it: through the session loader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow.core.protobuf import config_pb2
from tensorflow.core.protobuf.config_pb2 import CallableOptions

from serving.errors import (
    InvalidRequestError,
    ModelLoadError,
    NotLoadableNowError,
    PredictionFailedError,
    UnknownSignatureError,
)
from serving.models import probe
from serving.models.error_text import VALUE_ERRORS, one_line
from serving.tensors.saved_signature import signature_of
from serving.tensors.signature import DEFAULT_SIGNATURE, Signature

# Errors of the machine: memory, disk, open files. So is an OSError of the system, which has a number; the
# loader raises one without for a file that is no model.
_MACHINE_ERRORS = (tf.errors.ResourceExhaustedError, tf.errors.UnavailableError)


class ServableModel:
    """One version of a model in its own graph and session; calls from many threads at once are fine.

    Loading runs the model's initialisers (tables, assets) and then each signature, on made-up rows. So a
    model that loads can also be queried (`tf.saved_model.save(keras_3_model)`, for one, writes models whose
    variables the session loader never finds), and answers with numbers.

    Attributes:
      signatures: the model's signatures by name.
      signature_defs: the same as the model stores them, for the metadata answers.
    """

    def __init__(self, folder: str | Path) -> None:
        """Loads the model with tag `serve` from `folder`, which holds its saved_model.pb.

        Raises:
          NotLoadableNowError: this machine cannot read it, or has not the memory for it, now.
          ModelLoadError: the session loader cannot load the model, or cannot query a signature of it, or
            one answers with NaN.
        """
        self.folder = Path(folder)
        self._session = tf.compat.v1.Session(graph=tf.Graph(), config=_session_config())
        try:
            self._load()
        except BaseException:
            self._session.close()
            raise

    def _load(self) -> None:
        try:
            with self._session.graph.as_default():
                meta_graph = tf.compat.v1.saved_model.load(self._session, ["serve"], str(self.folder))
        except (tf.errors.OpError, DecodeError, OSError, RuntimeError, ValueError, KeyError) as error:
            of_machine = isinstance(error, _MACHINE_ERRORS) or getattr(error, "errno", None) is not None
            kind = NotLoadableNowError if of_machine else ModelLoadError
            raise kind(f"cannot load the model in {self.folder}: {one_line(error)}") from error
        self.signature_defs = {
            name: definition
            for name, definition in sorted(meta_graph.signature_def.items())
            if definition.method_name  # the initialiser is stored among them, without a method
        }
        if not self.signature_defs:
            raise ModelLoadError(f"the model in {self.folder} has no signature to call")
        self.signatures = {name: signature_of(name, d) for name, d in self.signature_defs.items()}
        self._callables = {name: self._callable(signature) for name, signature in self.signatures.items()}
        for signature in self.signatures.values():
            self._probe(signature)

    def _callable(self, signature: Signature) -> Callable[..., list[np.ndarray]]:
        """Returns a function from the signature's input values, in order, to its output values.

        TensorFlow's own `_make_callable_from_options` is private, and much faster than what is public:
        `Session.make_callable` with feeds is nothing but `Session.run`, which looks its fetches up anew with
        each call; this one reaches the C++ `Session::MakeCallable`. Should a later TensorFlow rename it, no
        model loads (AttributeError): then use `Session.make_callable(fetches, feed_list)`.
        """
        options = CallableOptions(
            feed=[spec.tensor_name for spec in signature.inputs.values()],
            fetch=[spec.tensor_name for spec in signature.outputs.values()],
        )
        try:
            return self._session._make_callable_from_options(options)
        except tf.errors.OpError as error:
            raise self._cannot_query(signature, error) from error

    def _probe(self, signature: Signature) -> None:
        """Asks the signature for made-up rows (see probe)."""
        try:
            fault = probe.fault(
                signature,
                lambda row: dict(
                    zip(signature.outputs, self._run(signature, self._feeds(signature, row)), strict=True)
                ),
            )
        except tf.errors.OpError as error:
            raise self._cannot_query(signature, error) from error
        if fault:
            raise ModelLoadError(f"signature '{signature.name}' of the model in {self.folder} {fault}")

    def _cannot_query(self, signature: Signature, error: Exception) -> ModelLoadError:
        return ModelLoadError(
            f"the session loader cannot query signature '{signature.name}' of the model in {self.folder}: "
            f"{one_line(error)}"
        )

    def signature(self, name: str = DEFAULT_SIGNATURE) -> Signature:
        """Returns the signature called `name`.

        Raises:
          UnknownSignatureError: the model has none of that name.
        """
        try:
            return self.signatures[name]
        except KeyError:
            known = ", ".join(sorted(self.signatures))
            raise UnknownSignatureError(
                f'Serving signature name: "{name}" not found in signature def; the model has: {known}'
            ) from None

    def predict(
        self, inputs: Mapping[str, np.ndarray], signature_name: str = DEFAULT_SIGNATURE
    ) -> dict[str, np.ndarray]:
        """Calls the model and returns its outputs by name.

        Inputs that are left out and have a default are filled with it, repeated to the batch's size.

        Args:
          inputs: arrays by name of input, with exactly the signature's types; shapes [batch, ...].
          signature_name: which of the model's signatures to call.

        Raises:
          UnknownSignatureError: the model has no signature `signature_name`.
          InvalidRequestError: an input is missing, unknown or of another type or shape; or is refused.
          PredictionFailedError: the model itself fails.
        """
        signature = self.signature(signature_name)
        try:
            outputs = self._run(signature, self._feeds(signature, inputs))
        except VALUE_ERRORS as error:
            raise InvalidRequestError(one_line(error)) from error
        except UnicodeDecodeError as error:  # what TensorFlow says quotes bytes of the request
            said = error.object.decode(errors="backslashreplace")
            raise InvalidRequestError(f"{said.splitlines()[0][:200]} (the bytes are not UTF-8)") from error
        except tf.errors.OpError as error:
            raise PredictionFailedError(one_line(error)) from error
        return dict(zip(signature.outputs, outputs, strict=True))

    def _run(self, signature: Signature, feeds: list[np.ndarray]) -> list[np.ndarray]:
        return self._callables[signature.name](*feeds)

    @staticmethod
    def _feeds(signature: Signature, inputs: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        """Returns the values of all inputs in the signature's order, checked, defaults filled in."""
        if unknown := sorted(inputs.keys() - signature.inputs.keys()):
            raise InvalidRequestError(f"unknown input(s) {', '.join(unknown)}; {_described(signature)}")
        if missing := [name for name in signature.required if name not in inputs]:
            raise InvalidRequestError(f"missing input(s) {', '.join(missing)}; {_described(signature)}")
        for name, value in inputs.items():
            signature.inputs[name].check(name, value)
        batch_size = _batch_size(signature, inputs)
        return [
            inputs[name] if name in inputs else signature.default(name, batch_size)
            for name in signature.inputs
        ]

    def close(self) -> None:
        """Frees the model; a call after this raises PredictionFailedError."""
        self._session.close()


def _batch_size(signature: Signature, inputs: Mapping[str, np.ndarray]) -> int:
    """Returns how many rows the inputs hold; 1 where none holds rows.

    TensorFlow would spread an input of one row over all rows of the others, and say nothing.

    Raises:
      InvalidRequestError: they hold different numbers of rows.
    """
    sizes = [inputs[name].shape[0] for name in signature.row_inputs if name in inputs]
    if len(set(sizes)) <= 1:
        return sizes[0] if sizes else 1
    usual = max(sizes, key=lambda size: (sizes.count(size), size))
    odd = next(name for name in signature.row_inputs if name in inputs and inputs[name].shape[0] != usual)
    raise InvalidRequestError(
        f"input '{odd}' has {inputs[odd].shape[0]} values, and others have {usual}: each row needs one"
    )


def _session_config() -> config_pb2.ConfigProto:
    """Returns a configuration for small requests.

    Each runs in one thread, as handing small ops on costs more. A signature is a function that calls others;
    to call one costs as much as its ops, so they are put in the place of the calls (185 instead of 350 µs for
    the sample's model).
    """
    config = config_pb2.ConfigProto()
    config.experimental.executor_type = "SINGLE_THREADED_EXECUTOR"
    config.graph_options.optimizer_options.do_function_inlining = True
    return config


def _described(signature: Signature) -> str:
    optional = ", ".join(sorted(signature.defaults)) or "none"
    return (
        f"signature '{signature.name}' requires: {', '.join(signature.required) or 'none'}; "
        f"optional: {optional}"
    )
