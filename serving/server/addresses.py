"""The addresses that the model server listens on, taken before anything heavy is imported."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import grpc


class ServerStartError(RuntimeError):
    """The server cannot start; the text is one line for the user."""


def bind(host: str, port: int, flag: str) -> socket.socket:
    """Returns a socket bound to the address.

    Args:
      host: name or address of this machine.
      port: 0 for any free one.
      flag: the command-line flag that named the port, for the error.

    Raises:
      ServerStartError: there is no such host, or the address cannot be bound.
    """
    try:
        family, kind, protocol, _, resolved = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise ServerStartError(f"--host {host}: {error.strerror}") from error
    try:
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(resolved)
    except OSError as error:
        raise ServerStartError(
            f"{flag} {port} on {host}: {error.strerror}; choose another, or 0 for any"
        ) from error
    return bound


def is_loopback(bound: socket.socket) -> bool:
    """Returns whether only this machine reaches what listens on the socket."""
    host = str(bound.getsockname()[0]).partition("%")[0]
    return ipaddress.ip_address(host).is_loopback


def bind_grpc(server: grpc.Server, host: str, port: int) -> int:
    """Binds a gRPC server to the address and returns its port.

    Raises:
      ServerStartError: the address cannot be bound.
    """
    try:
        return server.add_insecure_port(address(host, port))
    except RuntimeError as error:
        raise ServerStartError(f"--port {port} on {host}: cannot be bound") from error


def address(host: str, port: int) -> str:
    """Returns HOST:PORT, with brackets around an IPv6 host."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
