"""Around each gRPC call: tells of its answer, and refuses bytes that are no message.

grpcio answers those with INTERNAL, and logs a traceback of each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import grpc
from google.protobuf.message import DecodeError, Message


class _Unreadable:
    """Stands for the request that could not be read."""


class ReadableMessages(grpc.ServerInterceptor):
    """Refuses requests that are not the message of their call, and tells of all answers."""

    def __init__(self, answered: Callable[[str], None]) -> None:
        """Takes what is called with the name of each answer's status."""
        self._answered = answered
        self._handlers: dict[str, grpc.RpcMethodHandler] = {}

    def intercept_service(
        self, continuation: Callable[[Any], grpc.RpcMethodHandler | None], details: Any
    ) -> grpc.RpcMethodHandler | None:
        """Returns the handler of a call, made once for each method; None for an unknown one."""
        made = self._handlers.get(details.method)
        if made is None:
            handler = continuation(details)
            if handler is None:
                return None
            made = self._handlers[details.method] = _refusing(handler, self._answered)
        return made


def _refusing(handler: grpc.RpcMethodHandler, answered: Callable[[str], None]) -> grpc.RpcMethodHandler:
    """Returns a handler of calls with one request and one answer that refuses what cannot be read."""
    read, answer = handler.request_deserializer, handler.unary_unary

    def read_or_not(data: bytes) -> Message | _Unreadable:
        try:
            return read(data)
        except DecodeError:
            return _Unreadable()

    def answer_or_refuse(request: Message | _Unreadable, context: grpc.ServicerContext) -> Message:
        code = "UNKNOWN"
        try:
            if isinstance(request, _Unreadable):
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the request is not the message of this call")
            response = answer(request, context)
            code = "OK"
        except Exception:
            code = context.code().name if context.code() else code
            raise
        finally:
            answered(code)
        return response

    return grpc.unary_unary_rpc_method_handler(answer_or_refuse, read_or_not, handler.response_serializer)
