"""A model server in a process of its own, for as long as a `with` block lasts."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from serving.models.version_folders import find_versions
from serving.process.stop_with_parent import PARENT_PID_VARIABLE

_HOST = "127.0.0.1"
_POLL_SECONDS = 0.1
_LOG_LINES = 15


class ModelServerError(RuntimeError):
    """The model server did not come to serve the model; the text says why, with the end of its log."""


class ModelServerProcess:
    """Starts a model server on free ports and waits until it serves the highest version in a folder.

    The server is `tensorflow_model_server` where that is on PATH, and otherwise `python -m serving.server`
    with the same flags; it gets no flags but those that both know. It is stopped at the end of the `with`
    block, and our own server also when this process is killed.

    Attributes:
      command: the server's command line.
      rest_url: `http://127.0.0.1:PORT`, while entered.
      grpc_target: `127.0.0.1:PORT`, while entered.
    """

    def __init__(
        self, model_base_path: str | Path, model_name: str, startup_timeout_seconds: float = 120.0
    ) -> None:
        """Takes what to serve; `with` starts the server."""
        self.model_base_path = Path(model_base_path).absolute()
        self.model_name = model_name
        self.startup_timeout_seconds = startup_timeout_seconds

    def __enter__(self) -> ModelServerProcess:
        """Starts the server and waits for the model.

        Raises:
          ModelServerError: no version is there, the version fails to load, the server dies, or time runs out.
        """
        version = _highest_version(self.model_base_path)
        self._rest_port, grpc_port = _free_ports(2)
        self.rest_url, self.grpc_target = f"http://{_HOST}:{self._rest_port}", f"{_HOST}:{grpc_port}"
        self.command = [
            *_server_program(),
            f"--model_name={self.model_name}",
            f"--model_base_path={self.model_base_path}",
            f"--rest_api_port={self._rest_port}",
            f"--port={grpc_port}",
        ]
        self._folder = tempfile.TemporaryDirectory(prefix="model-server-")
        self._log = Path(self._folder.name) / "server.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=_environment()
            )
        try:
            self._wait_until_available(version)
        except BaseException:
            self._process.kill()  # it serves nobody yet, and would first end its imports
            self._end()
            raise
        return self

    def memory_mb(self) -> float:
        """Returns the resident memory of the server's process now, in megabytes (Linux)."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        (line,) = (line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024 / 1e6

    def __exit__(self, *exception: object) -> None:
        """Stops the server."""
        self._end()

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()

    def _wait_until_available(self, version: int) -> None:
        deadline = time.monotonic() + self.startup_timeout_seconds
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise self._error(f"ended with exit code {self._process.returncode} before it served")
            status = self._status(version)
            if status.get("state") == "AVAILABLE":
                return
            if status.get("status", {}).get("error_message"):
                raise self._error(f"cannot serve version {version}: {status['status']['error_message']}")
            time.sleep(_POLL_SECONDS)
        raise self._error(f"did not serve version {version} within {self.startup_timeout_seconds:g} s")

    def _status(self, version: int) -> dict[str, Any]:
        """Returns the version's entry in the server's status; empty while there is none."""
        connection = http.client.HTTPConnection(_HOST, self._rest_port, timeout=5)
        try:
            connection.request("GET", f"/v1/models/{self.model_name}/versions/{version}")
            answer = json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError, RecursionError):
            return {}  # not listening yet
        finally:
            connection.close()
        statuses = answer.get("model_version_status") if isinstance(answer, dict) else None
        return statuses[0] if statuses else {}

    def _error(self, text: str) -> ModelServerError:
        tail = self._log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
        log = "\n".join(["", "The end of its log:", *(f"  {line}" for line in tail)]) if tail else ""
        return ModelServerError(f"the model server for {self.model_base_path} {text}{log}")


def _highest_version(base_path: Path) -> int:
    try:
        return max(find_versions(base_path))
    except (OSError, ValueError) as error:
        raise ModelServerError(
            f"no model to serve in {base_path}: expected a folder named by a number, with saved_model.pb"
        ) from error


def _server_program() -> list[str]:
    tensorflow_serving = shutil.which("tensorflow_model_server")
    return [tensorflow_serving] if tensorflow_serving else [sys.executable, "-m", "serving.server"]


def _environment() -> dict[str, str]:
    """Returns an environment in which the child finds this package, and notices when this process dies."""
    package_root = str(Path(__file__).resolve().parents[2])
    search_path = os.pathsep.join(filter(None, [package_root, os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": search_path, PARENT_PID_VARIABLE: str(os.getpid())}


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server((_HOST, 0)) for _ in range(count)]
    ports = [bound.getsockname()[1] for bound in sockets]
    for bound in sockets:
        bound.close()
    return ports
