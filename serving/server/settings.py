"""The settings of the model server: which model, where, and its limits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from serving.traffic.request_log import RequestLogSettings


@dataclass(frozen=True)
class ServerSettings:
    """What to serve, and where. Port 0 means any free one.

    Attributes:
      model_base_path: folder of the version folders, on a local (or mounted) disk.
      rest_api_port: port of the REST API.
      port: port of the gRPC API.
      follow: serve what the file beside the versions names (see serving/models/served_file.py);
        else the highest number, as tensorflow_model_server does.
      file_system_poll_wait_seconds: time between two looks at the folder.
      max_body_bytes: largest request that is accepted, also unpacked.
      threads: predictions that may run at the same time, for each API.
      max_in_flight: predictions that may run or wait, for both APIs together; more are refused at once.
      max_connections: HTTP connections that are served, as far as the limit of open files allows.
      header_seconds: how long the headers of an HTTP request may take to come.
      body_seconds: how long its body may take to come.
      keep_alive_seconds: how long an HTTP connection may rest: longer than the clients' side lets it, or a
        request is lost now and then. Google's load balancers keep their connections for 600 s.
      drain_seconds: how long requests may take to end once the server has to stop.
      loop_max_body_bytes: largest REST body whose prediction may run on the event loop (see placement).
      loop_max_ms: how long recent predictions may have taken for the next to run on the event loop.
      request_log: what is kept of requests, and where; None for nothing.
    """

    model_name: str
    model_base_path: Path
    rest_api_port: int = 8501
    port: int = 8500
    host: str = "127.0.0.1"
    follow: bool = False
    file_system_poll_wait_seconds: float = 1.0
    max_body_bytes: int = 16 * 1024 * 1024
    threads: int = 8
    max_in_flight: int = 256
    max_connections: int = 10_000
    header_seconds: float = 30.0
    body_seconds: float = 60.0
    keep_alive_seconds: float = 620.0
    drain_seconds: float = 10.0
    loop_max_body_bytes: int = 16 * 1024
    loop_max_ms: float = 5.0
    request_log: RequestLogSettings | None = None
