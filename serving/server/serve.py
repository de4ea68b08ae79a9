"""Serves one model until a signal.

Nothing heavy is imported until the folder and the ports have proved usable.
"""

from __future__ import annotations

import logging
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from serving.models.follower import Follower
from serving.models.given_versions import GivenVersions
from serving.models.highest_number import HighestNumber
from serving.models.named_versions import NamedVersions
from serving.models.served_file import path_in
from serving.models.version_folders import find_versions
from serving.process.startup import gc_paused, held_back_stderr, prepare_tensorflow_without_keras
from serving.server.addresses import ServerStartError, address, bind, bind_grpc, is_loopback
from serving.server.descriptors import raise_descriptor_limit
from serving.server.overload import Overload
from serving.server.settings import ServerSettings

if TYPE_CHECKING:
    from serving.models.model import ServableModel
    from serving.models.served_file import ServedFile
    from serving.models.wish import Source
    from serving.server.loader import Check
    from serving.traffic.rollouts import OnTurnBack

_LOOK_SECONDS = 0.05


def serve(
    settings: ServerSettings,
    check: Check = lambda _folder, _files: None,
    given: ServedFile | None = None,
    on_turn_back: OnTurnBack = lambda _rollout, _guard, _text: None,
) -> int:
    """Serves until SIGTERM or SIGINT, then lets running requests end; call it in the main thread.

    Prints one line with the addresses on stdout when it is ready, or one line on stderr why it cannot start.
    Meant for a process of its own: TensorFlow is imported without Keras (see process/startup.py).

    Args:
      settings: what to serve, and where.
      check: called with the folder of a version and the record of its files, before anything of it is loaded;
        raises ModelLoadError to refuse it. Without one, whatever lies there is trusted, as
        tensorflow_model_server does.
      given: what to serve, whatever happens to the folder; None to find it there, as the settings say.
      on_turn_back: called in a thread once a guard of a rollout fired, with the rollout's id, the name of the
        guard and what it read, until it does not raise. The candidate gets no requests any more by then.

    Returns:
      The exit code: 0 after a signal, 1 if it cannot start.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    prepare_tensorflow_without_keras()
    try:
        _check_folder(settings.model_base_path)
        raise_descriptor_limit()
        bind(settings.host, settings.port, "--port").close()  # gRPC, imported later, takes it again
        with (
            bind(settings.host, settings.rest_api_port, "--rest_api_port") as rest_socket,
            _Signals() as signals,
        ):
            if not is_loopback(rest_socket):
                print(_open_to_others(settings.host), file=sys.stderr)
            source = _source(settings, given)
            _serve_on(rest_socket, settings, signals, source, check, on_turn_back)
    except ServerStartError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _serve_on(
    rest_socket: socket.socket,
    settings: ServerSettings,
    signals: _Signals,
    source: Source,
    check: Check,
    on_turn_back: OnTurnBack,
) -> None:
    with gc_paused(), held_back_stderr():
        from serving.server.grpc_api import build_grpc_server
        from serving.server.http_server import HttpServer
        from serving.server.http_service import HttpLimits, HttpService
        from serving.server.rest_api import RestApp
        from serving.server.served_model import ServedModel
        from serving.server.side_routes import SideRoutes

    model = ServedModel(settings, source, check, on_turn_back)
    predictor, metrics = model.predictor, model.metrics
    overload = Overload(settings.max_in_flight)
    grpc_server = build_grpc_server(
        predictor, overload, settings, lambda code: metrics.answered("gRPC", code)
    )
    grpc_port = bind_grpc(grpc_server, settings.host, settings.port)
    rest_port = rest_socket.getsockname()[1]
    app = SideRoutes(RestApp(predictor, settings), predictor, metrics)
    http_server = HttpServer(
        HttpService(app, HttpLimits.of(settings), overload),
        settings.drain_seconds,
        on_ready=lambda: print(_ready_line(settings, model.follower, rest_port, grpc_port), flush=True),
        on_drain=lambda: grpc_server.stop(settings.drain_seconds),
    )
    signals.on_stop = http_server.request_stop
    try:
        rest_socket.listen()
        model.start()
        if not signals.received:
            grpc_server.start()
            http_server.run(sockets=[rest_socket])
    except OSError as error:
        raise ServerStartError(f"cannot serve {settings.model_base_path}: {error}") from error
    finally:
        stopped = grpc_server.stop(http_server.drain_seconds_left())
        while http_server.drain_seconds_left() and not stopped.wait(_LOOK_SECONDS):
            pass  # a second signal leaves no time
        model.stop(http_server.drain_seconds_left)


class _Signals:
    """While entered, SIGTERM and SIGINT set `received` and call `on_stop`."""

    def __init__(self) -> None:
        self.received = False
        self.on_stop: Callable[[], None] = lambda: None

    def __enter__(self) -> _Signals:
        self._previous = {n: signal.signal(n, self._handle) for n in (signal.SIGTERM, signal.SIGINT)}
        return self

    def _handle(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signal's interface
        self.received = True
        self.on_stop()

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)


def _source(settings: ServerSettings, given: ServedFile | None) -> Source:
    if given:
        return GivenVersions(settings.model_base_path, given)
    if settings.follow:
        return NamedVersions(settings.model_base_path, settings.model_name)
    return HighestNumber(settings.model_base_path)


def _check_folder(base_path: Path) -> None:
    try:
        find_versions(base_path)
    except OSError as error:
        raise ServerStartError(
            f"--model_base_path {base_path}: {error.strerror}; expected a folder of numbered versions"
        ) from error


def _open_to_others(host: str) -> str:
    return (
        f"warning: listening on {host} without authentication: whoever reaches the ports gets predictions; "
        "let a firewall or a proxy decide who does"
    )


def _ready_line(
    settings: ServerSettings, follower: Follower[ServableModel], rest_port: int, grpc_port: int
) -> str:
    serving = follower.pointers.default
    folder = settings.model_base_path
    awaited = f"{path_in(folder)} names a version" if settings.follow else f"a version is in {folder}"
    subject = f"as soon as {awaited}" if serving is None else f"version {serving.number}"
    return (
        f"serving {settings.model_name} {subject}: "
        f"REST http://{address(settings.host, rest_port)}/v1/models/{settings.model_name} "
        f"gRPC {address(settings.host, grpc_port)}"
    )
