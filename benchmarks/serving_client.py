"""How benchmarks.serving starts servers, and asks them one request after the other."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import grpc

from benchmarks.serving_contenders import PREDICT
from serving.process.stop_with_parent import PARENT_PID_VARIABLE

Ask = Callable[[int], list[float]]


@contextlib.contextmanager
def started(command: Sequence[str], folder: Path, log: Path, **streams: Any) -> Iterator[subprocess.Popen]:
    """Runs a contender's process in a folder whose code it imports, for as long as the block lasts."""
    path = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path, PARENT_PID_VARIABLE: str(os.getpid())}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, **{"stdout": output, "stderr": output, **streams}
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def ask_rest(port: int, path: str, bodies: Sequence[bytes]) -> Ask:
    """Returns how to ask a REST server, each time on one connection: servers close those that are idle."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": "application/json"}

    def once(body: bytes) -> tuple[int, bytes]:
        try:
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            return response.status, response.read()
        except BaseException:
            connection.close()  # the next one begins anew
            raise

    def ask(count: int) -> list[float]:
        connection.close()
        latencies = []
        for number in range(count):
            start = time.perf_counter()
            status, answer = once(bodies[number % len(bodies)])
            latencies.append(time.perf_counter() - start)
            if status != 200:
                raise RuntimeError(f"{path} answered {status}: {answer[:300]!r}")
        return latencies

    return ask


def ask_grpc(port: int, requests: Sequence[bytes]) -> Ask:
    """Returns how to ask a gRPC server; messages are bytes, so that the client makes none."""
    call = grpc.insecure_channel(f"127.0.0.1:{port}").unary_unary(PREDICT)

    def ask(count: int) -> list[float]:
        latencies = []
        for number in range(count):
            start = time.perf_counter()
            call(requests[number % len(requests)], timeout=60)
            latencies.append(time.perf_counter() - start)
        return latencies

    return ask


def ask_session(process: subprocess.Popen) -> Ask:
    """Returns how to have the bare session called."""
    assert process.stdin
    assert process.stdout
    stdin, stdout = process.stdin, process.stdout
    if stdout.readline().strip() != "ready":
        raise RuntimeError("the session did not load the model")

    def ask(count: int) -> list[float]:
        stdin.write(f"{count}\n")
        stdin.flush()
        latencies: list[float] = json.loads(stdout.readline())["latencies_s"]
        return latencies

    return ask


def wait_until(ask: Ask, what: str, seconds: float = 120) -> None:
    """Asks until it is answered.

    Raises:
      RuntimeError: it is not, in that time; with why not.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            ask(1)
            return
        except (OSError, http.client.HTTPException, grpc.RpcError, RuntimeError) as error:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{what} did not answer in {seconds:g} s: {error}") from error
            time.sleep(0.2)


def free_ports() -> tuple[int, int]:
    """Returns two ports that nothing uses."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]
