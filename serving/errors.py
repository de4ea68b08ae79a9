"""The errors of the model server, with the HTTP and gRPC status a client gets, and those of its client.

The pairs of statuses are TensorFlow Serving's, so a client written against it finds the same codes here.
"""

from __future__ import annotations


class ServingError(RuntimeError):
    """A request that cannot be answered; the text is one line meant for the client.

    Attributes:
      http_status: status code of the REST answer.
      grpc_code: name of the `grpc.StatusCode` of the gRPC answer.
    """

    http_status = 500
    grpc_code = "INTERNAL"


class InvalidRequestError(ServingError):
    """The request does not fit the model's signature, or is malformed."""

    http_status = 400
    grpc_code = "INVALID_ARGUMENT"


class UnknownSignatureError(ServingError):
    """The model has no signature of the requested name."""

    http_status = 400
    grpc_code = "FAILED_PRECONDITION"


class NotFoundError(ServingError):
    """This server does not serve the requested model or version."""

    http_status = 404
    grpc_code = "NOT_FOUND"


class UnimplementedError(ServingError):
    """TensorFlow Serving answers this call, this server does not."""

    http_status = 501
    grpc_code = "UNIMPLEMENTED"


class RequestTooLargeError(ServingError):
    """The request's body is larger than the server accepts."""

    http_status = 413
    grpc_code = "RESOURCE_EXHAUSTED"


class UnsupportedEncodingError(ServingError):
    """The request's body is packed in a way that the server does not read."""

    http_status = 415
    grpc_code = "INVALID_ARGUMENT"


class OverloadedError(ServingError):
    """The server has more to do than it answers in time; asked again later it may answer."""

    http_status = 503
    grpc_code = "UNAVAILABLE"


class TooSlowError(ServingError):
    """The model did not answer in the time that it has."""

    http_status = 504
    grpc_code = "DEADLINE_EXCEEDED"


class PredictionFailedError(ServingError):
    """The model itself failed, on a request that fits its signature."""


class ModelLoadError(RuntimeError):
    """A version folder does not hold a model that the session loader can load and query."""


class NotLoadableNowError(ModelLoadError):
    """The reason may pass by itself: a disk, memory, files that are not there yet."""


class IncompleteModelError(NotLoadableNowError):
    """A part of the model's files is not there: it is being copied, or the copy broke off."""


class PredictionError(RuntimeError):
    """The server cannot be reached or refuses the rows; the text is one line for the client's user."""


class UnknownModelError(PredictionError):
    """The server serves no model of the name that was asked for."""
