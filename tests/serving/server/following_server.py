"""A model server process that follows serving.json and checks hashes, as `evergreen serve` starts it."""

import contextlib
import http.client
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from tensorflow_serving.apis import prediction_service_pb2_grpc

# `evergreen serve` without its configuration, which has no setting for the time between two looks.
_PROGRAM = """
import sys
from pathlib import Path
from pipeline.lineage.served import check_files
from serving.server.serve import serve
from serving.server.settings import ServerSettings

settings = ServerSettings(
    "m", Path(sys.argv[1]), 0, 0, file_system_poll_wait_seconds=float(sys.argv[2]), follow=True
)
sys.exit(serve(settings, check=check_files))
"""
_READY = re.compile(r"serving m (.*): REST http://(\S+)/v1/models/m gRPC (\S+)\n")


@dataclass(frozen=True)
class FollowingServer:
    """A running server of the model "m".

    Attributes:
      pid: of its process.
      subject: what it said it serves when it was ready.
      rest: HOST:PORT.
      prediction: gRPC stub.
      log: what it wrote to stderr.
    """

    pid: int
    subject: str
    rest: str
    prediction: Any
    log: Path

    def ask(self, method: str, path: str = "", body: dict[str, Any] | None = None) -> tuple[int, Any]:
        """Sends a request to /v1/models/m<path>; returns status and JSON."""
        connection = http.client.HTTPConnection(self.rest, timeout=60)
        try:
            connection.request(method, f"/v1/models/m{path}", json.dumps(body) if body else None)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def answer(self, version: str = "") -> Any:
        """Returns the score of the row {distance: 3, hour: 7}, or the text of the refusal."""
        row = {"instances": [{"distance": 3, "hour": 7}]}
        status, found = self.ask("POST", f"{version}:predict", row)
        return found["predictions"][0] if status == 200 else f"{status} {found['error']}"

    def state(self, version: int) -> tuple[str, str]:
        """Returns state and error of a version, as its status tells; ("", "") while it knows none."""
        status, found = self.ask("GET", f"/versions/{version}")
        if status != 200:
            return "", ""
        entry = found["model_version_status"][0]
        return entry["state"], entry["status"]["error_message"]


@contextlib.contextmanager
def following_server(folder: Path, poll_seconds: float, log: Path) -> Iterator[FollowingServer]:
    """Runs a server of the versions in a folder until the end of the block."""
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(folder), str(poll_seconds)],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    with process, contextlib.ExitStack() as stack:
        stack.callback(process.terminate)
        assert process.stdout
        line = process.stdout.readline()
        ready = _READY.fullmatch(line)
        assert ready, line + log.read_text()
        channel = stack.enter_context(grpc.insecure_channel(ready[3]))
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        yield FollowingServer(process.pid, ready[1], ready[2], stub, log)
