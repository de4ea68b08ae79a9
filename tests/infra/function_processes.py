"""The processes of the function's tests: its environment, the functions framework, the Pub/Sub emulator."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.infra import programs

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "infra" / "functions" / "requirements.lock"
PYTHONS = ("3.13", "3.12", "3.11")  # the first is what infra/terraform deploys


def environment() -> Path:
    """An environment with exactly the function's lock, on the newest Python at hand; made once per lock."""
    python = _python()
    if python is None:
        programs.absent(f"no Python of {', '.join(PYTHONS)} here, and the function needs one")
    if shutil.which(programs.UV) is None:
        programs.absent("uv is neither on PATH nor in .tools (make setup)")
    key = hashlib.sha256(LOCK.read_bytes() + python.encode()).hexdigest()[:16]
    folder = ROOT / "build" / f"trigger-environment-{key}"
    if not (folder / "complete").is_file():
        subprocess.run([programs.UV, "venv", "-q", "--clear", "--python", python, str(folder)], check=True)
        command = [programs.UV, "pip", "install", "-q", "--python", str(folder / "bin" / "python")]
        subprocess.run([*command, "--require-hashes", "-r", str(LOCK)], check=True)
        (folder / "complete").touch()
    return folder


def _python() -> str | None:
    """The newest interpreter that starts: a version manager's shim may be there without its Python."""
    for version in PYTHONS:
        managed = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python{version}"))
        for python in (shutil.which(f"python{version}"), *map(str, managed)):
            if python and subprocess.run([python, "-c", ""], capture_output=True).returncode == 0:
                return python
    return None


def emulator_jar() -> Path:
    """Google's Pub/Sub emulator."""
    gcloud = shutil.which("gcloud")
    roots = [Path(gcloud).resolve().parents[1]] if gcloud else []
    roots += [Path("/usr/lib/google-cloud-sdk"), Path.home() / "google-cloud-sdk"]
    for root in roots:
        for jar in sorted(
            (root / "platform" / "pubsub-emulator" / "lib").glob("cloud-pubsub-emulator-*.jar")
        ):
            if shutil.which("java"):
                return jar
            pytest.skip("java is not on PATH, and the Pub/Sub emulator needs it")
    pytest.skip("no Pub/Sub emulator; gcloud components install pubsub-emulator")


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(command: list[str], port: int, log: Path, **options: Any) -> Iterator[str]:
    """Runs a server until the block ends; yields its address."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, **options)
        try:
            _wait_for(port, process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=20)


@contextlib.contextmanager
def trigger_function(source: Path, variables: Mapping[str, str], log: Path) -> Iterator[str]:
    """The packed function under the real functions framework."""
    port = free_port()
    framework = str(environment() / "bin" / "functions-framework")
    command = [framework, "--source", "main.py", "--target", "on_event", "--port", str(port)]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    with running(command, port, log, cwd=source, env={**inherited, **variables}) as address:
        yield address


@contextlib.contextmanager
def pubsub_emulator(port: int, log: Path) -> Iterator[str]:
    """The real Pub/Sub emulator."""
    command = ["java", "-jar", str(emulator_jar()), "--host=127.0.0.1", f"--port={port}"]
    with running(command, port, log) as address:
        yield address


def call(
    method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None
) -> tuple[int, Any]:
    """Sends JSON; returns status and answer."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method)
    for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
        request.add_header(name, value)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text[:1] in (b"{", b"[") else text
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        assert process.poll() is None, log.read_text()[-2000:]
        time.sleep(0.05)
    raise TimeoutError(log.read_text()[-2000:])
