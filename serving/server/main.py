"""The model server: `python -m serving.server --model_name X --model_base_path DIR`.

Flags, ports and APIs are those of `tensorflow_model_server`. Nothing heavy is imported until the flags, the
folder and the ports have been found right.
"""

import argparse
import logging
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from serving.models.versions import ModelVersions, State, find_versions
from serving.process.lean_tensorflow import prepare_import
from serving.process.parent import stop_with_parent
from serving.process.quick_imports import no_garbage

if TYPE_CHECKING:
    import grpc

    from serving.models.model import ServableModel


@dataclass(frozen=True)
class ServerSettings:
    """What to serve, and where. Port 0 means any free one.

    Attributes:
      model_base_path: folder of the version folders, on a local (or mounted) disk.
      rest_api_port: port of the REST API.
      port: port of the gRPC API.
      file_system_poll_wait_seconds: time between two looks at the folder.
      max_body_bytes: largest request that is accepted.
      threads: predictions that may run at the same time, for each API.
      drain_seconds: how long requests may take to end once the server is told to stop.
    """

    model_name: str
    model_base_path: Path
    rest_api_port: int = 8501
    port: int = 8500
    host: str = "127.0.0.1"
    file_system_poll_wait_seconds: float = 1.0
    max_body_bytes: int = 16 * 1024 * 1024
    threads: int = 8
    drain_seconds: float = 10.0


class ServerStartError(RuntimeError):
    """The server cannot start; the text is one line for the user."""


def serve(settings: ServerSettings) -> int:
    """Serves until SIGTERM or SIGINT, then lets running requests end; call it in the main thread.

    Prints one line with the addresses on stdout when it is ready, or one line on stderr why it cannot start.
    Meant for a process of its own: TensorFlow is imported without Keras (see lean_tensorflow).

    Returns:
      The exit code: 0 after a signal, 1 if it cannot start.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    prepare_import()
    try:
        _check_folder(settings.model_base_path)
        _bind(settings.host, settings.port, "--port").close()  # gRPC, imported later, takes it again
        with (
            _bind(settings.host, settings.rest_api_port, "--rest_api_port") as rest_socket,
            _Signals() as signals,
        ):
            _serve_on(rest_socket, settings, signals)
    except ServerStartError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _serve_on(rest_socket: socket.socket, settings: ServerSettings, signals: "_Signals") -> None:
    with no_garbage():
        from serving.models.model import ServableModel
        from serving.server.grpc_api import build_grpc_server
        from serving.server.http_server import HttpServer
        from serving.server.rest import RestApp

    versions = ModelVersions(settings.model_name, settings.model_base_path, ServableModel)
    grpc_server = build_grpc_server(versions, settings.max_body_bytes, settings.threads)
    grpc_port = _bind_grpc(grpc_server, settings)
    rest_port = rest_socket.getsockname()[1]
    http_server = HttpServer(
        RestApp(versions, settings.max_body_bytes, settings.threads),
        settings.drain_seconds,
        on_ready=lambda: print(_ready_line(settings, versions, rest_port, grpc_port), flush=True),
    )
    signals.on_stop = http_server.request_stop
    try:
        rest_socket.listen()
        versions.start(settings.file_system_poll_wait_seconds)
        if not signals.received:
            grpc_server.start()
            http_server.run(sockets=[rest_socket])
    except OSError as error:
        raise ServerStartError(f"cannot serve {settings.model_base_path}: {error}") from error
    finally:
        grpc_server.stop(settings.drain_seconds).wait()
        versions.stop()


class _Signals:
    """While entered, SIGTERM and SIGINT are noted and passed to `on_stop`."""

    def __init__(self) -> None:
        self.received = False
        self.on_stop: Callable[[], None] = lambda: None

    def __enter__(self) -> "_Signals":
        self._previous = {n: signal.signal(n, self._handle) for n in (signal.SIGTERM, signal.SIGINT)}
        return self

    def _handle(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signal's interface
        self.received = True
        self.on_stop()

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)


def _check_folder(base_path: Path) -> None:
    try:
        find_versions(base_path)
    except OSError as error:
        raise ServerStartError(
            f"--model_base_path {base_path}: {error.strerror}; expected a folder of numbered versions"
        ) from error


def _bind(host: str, port: int, flag: str) -> socket.socket:
    """Returns a socket bound to the address, so that it is taken before the long import begins."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise ServerStartError(f"--host {host}: {error.strerror}") from error
    try:
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        raise ServerStartError(
            f"{flag} {port} on {host}: {error.strerror}; choose another, or 0 for any"
        ) from error
    return bound


def _bind_grpc(server: "grpc.Server", settings: ServerSettings) -> int:
    try:
        return server.add_insecure_port(_address(settings.host, settings.port))
    except RuntimeError as error:
        raise ServerStartError(f"--port {settings.port} on {settings.host}: cannot be bound") from error


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _ready_line(
    settings: ServerSettings, versions: "ModelVersions[ServableModel]", rest_port: int, grpc_port: int
) -> str:
    available = [s.version for s in versions.all_statuses() if s.state is State.AVAILABLE]
    what = (
        f"version {available[0]}" if available else f"as soon as a version is in {settings.model_base_path}"
    )
    return (
        f"serving {settings.model_name} {what}: "
        f"REST http://{_address(settings.host, rest_port)}/v1/models/{settings.model_name} "
        f"gRPC {_address(settings.host, grpc_port)}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit code; wrong usage exits with 2."""
    defaults = {field.name: field.default for field in fields(ServerSettings)}
    parser = argparse.ArgumentParser(
        prog="python -m serving.server",
        description="Serves a model's highest numbered version by TensorFlow Serving's REST and gRPC API.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--model_name", required=True, help="name in the URL: /v1/models/NAME")
    add("--model_base_path", required=True, type=Path, help="folder of the numbered version folders")
    flags: list[tuple[str, Callable[[str], object], str]] = [
        ("rest_api_port", _port, "port of the REST API, 0 for any"),
        ("port", _port, "port of the gRPC API, 0 for any"),
        ("host", str, "address to listen on"),
        ("file_system_poll_wait_seconds", float, "seconds between two looks for new versions"),
        ("max_body_bytes", int, "largest request that is accepted"),
        ("threads", int, "predictions at the same time, for each API"),
        ("drain_seconds", float, "how long requests may take to end after SIGTERM"),
    ]
    for name, kind, text in flags:
        add(f"--{name}", type=kind, default=defaults[name], help=text)
    settings = ServerSettings(**vars(parser.parse_args(arguments)))
    stop_with_parent()
    return serve(settings)


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise ValueError("a port is between 0 and 65535")
    return port
