"""The errors a client of the model server can get, each with its HTTP and gRPC status.

The pairs are TensorFlow Serving's, so a client written against it finds the same codes here.
"""


class ServingError(RuntimeError):
    """A request that cannot be answered; its text is one line meant for the client.

    Attributes:
      http_status: status code of the REST answer.
      grpc_code: name of the `grpc.StatusCode` of the gRPC answer.
    """

    http_status = 500
    grpc_code = "INTERNAL"


class InvalidRequestError(ServingError):
    """The request does not fit the model's signature, or is not well formed."""

    http_status = 400
    grpc_code = "INVALID_ARGUMENT"


class UnknownSignatureError(ServingError):
    """The model has no signature of the name asked for."""

    http_status = 400
    grpc_code = "FAILED_PRECONDITION"


class NotFoundError(ServingError):
    """This server does not serve the model, or the version, asked for."""

    http_status = 404
    grpc_code = "NOT_FOUND"


class UnimplementedError(ServingError):
    """TensorFlow Serving has this call, this server does not."""

    http_status = 501
    grpc_code = "UNIMPLEMENTED"


class RequestTooLargeError(ServingError):
    """The request's body is larger than the server accepts."""

    http_status = 413
    grpc_code = "RESOURCE_EXHAUSTED"


class PredictionFailedError(ServingError):
    """The model itself failed, on a request that fits its signature."""


class ModelLoadError(RuntimeError):
    """A version folder does not hold a model that the session loader can load and query."""
