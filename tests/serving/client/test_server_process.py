"""ModelServerProcess: a server for as long as a `with` block, whatever happens in it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from serving.client.server_process import ModelServerError, ModelServerProcess
from tests.serving.servable_samples import write_keras


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def stand_in(folder: Path, script: str) -> None:
    """Puts a `tensorflow_model_server` that runs `script` into `folder`."""
    folder.mkdir()
    binary = folder / "tensorflow_model_server"
    binary.write_text(f"#!/bin/sh\n{script}\n")
    binary.chmod(0o755)


def test_without_tensorflow_serving_our_own_server_runs(server: ModelServerProcess) -> None:
    assert server.command[:3] == [sys.executable, "-m", "serving.server"]


def test_tensorflow_serving_is_used_where_it_is_on_path_with_the_very_same_flags(
    server: ModelServerProcess, model_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path / "bin", 'for flag in "$@"; do echo "got $flag"; done; exit 3')
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    with pytest.raises(ModelServerError, match="ended with exit code 3 before it served") as died:
        ModelServerProcess(model_base, "flights").__enter__()
    got = [line.removeprefix("  got --") for line in str(died.value).splitlines() if "got --" in line]
    ours = [flag.removeprefix("--") for flag in server.command[3:]]
    assert [flag.split("=")[0] for flag in got] == [flag.split("=")[0] for flag in ours]
    assert got[:2] == ours[:2]


def test_a_server_that_never_serves_is_ended_after_the_timeout(
    model_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path / "bin", f"echo $$ > {tmp_path}/pid; echo still loading; exec sleep 60")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    with pytest.raises(ModelServerError, match=r"did not serve .* within 1 s\n.*log:\n  still loading"):
        ModelServerProcess(model_base, "flights", startup_timeout_seconds=1).__enter__()
    assert not is_running(int((tmp_path / "pid").read_text()))


def test_a_model_that_the_session_loader_cannot_query_is_reported(tmp_path: Path) -> None:
    write_keras(tmp_path / "4")
    server = ModelServerProcess(tmp_path, "keras")
    with pytest.raises(ModelServerError, match=r"cannot serve version 4: .*Could not find variable"):
        server.__enter__()
    assert not is_running(server._process.pid)


def test_a_folder_without_a_version_is_reported_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(ModelServerError, match=r"no model to serve in .*expected a folder named by a number"):
        ModelServerProcess(tmp_path, "m").__enter__()


def test_the_server_ends_when_the_process_that_started_it_is_killed(model_base: Path) -> None:
    script = (
        "import sys, time\n"
        "from serving.client.server_process import ModelServerProcess\n"
        "with ModelServerProcess(sys.argv[1], 'm') as server:\n"
        "    print(server._process.pid, flush=True)\n"
        "    time.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(model_base)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout
    pid = int(parent.stdout.readline())
    assert is_running(pid)
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    deadline = time.monotonic() + 15
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not is_running(pid)
