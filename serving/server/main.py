"""The command line of the model server: `python -m serving.server --model_name X --model_base_path DIR`.

Flags, ports and APIs are those of `tensorflow_model_server`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path

from serving.process.stop_with_parent import stop_with_parent
from serving.server.serve import serve
from serving.server.settings import ServerSettings


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit code; wrong usage exits with 2."""
    defaults = {field.name: field.default for field in fields(ServerSettings)}
    parser = argparse.ArgumentParser(
        prog="python -m serving.server",
        description="Serves a model's highest numbered version, or the one that serving.json names, by "
        "TensorFlow Serving's REST and gRPC API.",
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
        ("max_in_flight", int, "predictions that run or wait, for both APIs together; more get 503"),
        ("max_connections", int, "HTTP connections that are served; more get 503"),
        ("header_seconds", float, "how long the headers of an HTTP request may take to come"),
        ("body_seconds", float, "how long its body may take to come"),
        ("keep_alive_seconds", float, "how long an HTTP connection may rest; more than a load balancer's"),
        ("drain_seconds", float, "how long requests may take to end after SIGTERM"),
    ]
    for name, kind, text in flags:
        add(f"--{name}", type=kind, default=defaults[name], help=text)
    follow = "serve what serving.json in that folder names, unchecked; `evergreen serve` checks its hashes"
    add("--follow_serving_file", dest="follow", action="store_true", help=follow)
    settings = ServerSettings(**vars(parser.parse_args(arguments)))
    stop_with_parent()
    return serve(settings)


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise ValueError("a port is between 0 and 65535")
    return port
