"""The command `python -m serving.server`: how it starts, refuses to start, and stops."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import grpc
import pytest
from tensorflow.core.framework.types_pb2 import DT_INT64
from tensorflow_serving.apis import prediction_service_pb2_grpc
from tensorflow_serving.apis.predict_pb2 import PredictRequest

COMMAND = [sys.executable, "-m", "serving.server"]


def run(*flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *flags], capture_output=True, text=True, timeout=60, check=False)


def start(base: Path, *flags: str) -> subprocess.Popen[str]:
    """Starts a server on free ports."""
    everything = [
        *COMMAND,
        "--model_name=m",
        f"--model_base_path={base}",
        "--rest_api_port=0",
        "--port=0",
        *flags,
    ]
    return subprocess.Popen(everything, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def rest_port(process: subprocess.Popen[str], what: str) -> int:
    """Waits for the line that tells the server is ready, which says `what` it serves."""
    assert process.stdout
    line = process.stdout.readline()
    ready = re.fullmatch(
        rf"serving m {re.escape(what)}: REST http://127.0.0.1:(\d+)/v1/models/m gRPC 127.0.0.1:\d+\n", line
    )
    assert ready, line
    return int(ready[1])


def post(port: int, body: dict[str, object]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/v1/models/m:predict", json.dumps(body))
    return connection.getresponse().status


def refusal_by_grpc(port: int, spins: int) -> str:
    """Returns the status of a prediction that does not succeed."""
    request = PredictRequest()
    request.model_spec.name, request.model_spec.signature_name = "m", "slow"
    tensor = request.inputs["spins"]
    tensor.dtype, tensor.int64_val[:] = DT_INT64, [spins]
    tensor.tensor_shape.dim.add(size=1)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel, pytest.raises(grpc.RpcError) as refused:
        prediction_service_pb2_grpc.PredictionServiceStub(channel).Predict(request, timeout=30)
    return refused.value.code().name


def test_it_prints_one_line_when_ready_and_drains_on_sigterm(model_base: Path) -> None:
    process = start(model_base)
    port = rest_port(process, "version 1")
    answers: list[int] = []
    slow = {"signature_name": "slow", "instances": [300_000]}
    calling = threading.Thread(target=lambda: answers.append(post(port, slow)))
    calling.start()
    time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    calling.join()
    assert answers == [200]
    assert (process.returncode, out, err) == (0, "", "")


def test_it_waits_for_the_first_release(model_base: Path, tmp_path: Path) -> None:
    process = start(tmp_path, "--file_system_poll_wait_seconds=0.05")
    port = rest_port(process, f"as soon as a version is in {tmp_path}")
    row = {"instances": [{"distance": 3, "hour": 7}]}
    assert post(port, row) == 404
    shutil.copytree(model_base / "1", tmp_path / "unfinished").rename(tmp_path / "1")
    deadline = time.monotonic() + 20
    while post(port, row) != 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 0


@pytest.mark.parametrize(("drain_seconds", "signals"), [(1, 1), (60, 2)])
def test_what_does_not_end_in_time_ends_with_the_server(
    model_base: Path, drain_seconds: int, signals: int
) -> None:
    """No prediction can be broken off, by REST or gRPC: the process ends with it; by two signals at once."""
    process = start(model_base, f"--drain_seconds={drain_seconds}")
    assert process.stdout
    rest, grpc_port = (int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", process.stdout.readline()))
    endless = {"signature_name": "slow", "instances": [10**12]}
    answers: list[object] = []
    calls = [
        threading.Thread(target=lambda: answers.append(post(rest, endless))),
        threading.Thread(target=lambda: answers.append(refusal_by_grpc(grpc_port, 10**12))),
    ]
    for calling in calls:
        calling.start()
    time.sleep(0.7)
    began = time.monotonic()
    for _ in range(signals):
        process.send_signal(signal.SIGTERM)
        time.sleep(0.4)
    out, err = process.communicate(timeout=30)
    assert time.monotonic() - began < 10
    for calling in calls:
        calling.join()
    assert (process.returncode, out, err) == (0, "", "")
    assert set(answers) in ({503, "CANCELLED"}, {503, "UNAVAILABLE"})


@pytest.mark.parametrize(
    ("host", "warning"),
    [
        ("127.0.0.1", ""),
        (
            "0.0.0.0",
            "warning: listening on 0.0.0.0 without authentication: whoever reaches the ports gets "
            "predictions; let a firewall or a proxy decide who does\n",
        ),
    ],
)
def test_a_signal_while_it_starts_ends_it_in_silence(model_base: Path, host: str, warning: str) -> None:
    process = start(model_base, f"--host={host}")
    while "tensorflow" not in Path(f"/proc/{process.pid}/maps").read_text():
        time.sleep(0.02)  # until it imports TensorFlow
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "", warning)


@pytest.mark.parametrize(
    ("end", "code"), [("raise ImportError('too old')", 1), ("os.abort()", -signal.SIGABRT)]
)
def test_why_tensorflow_cannot_be_imported_is_seen(tmp_path: Path, end: str, code: int) -> None:
    (tmp_path / "tensorflow.py").write_text(f"import os\nos.write(2, b'no AVX here\\n')\n{end}\n")
    result = subprocess.run(
        [*COMMAND, "--model_name=m", f"--model_base_path={tmp_path}", "--port=0", "--rest_api_port=0"],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[3]}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == code
    assert result.stderr.startswith("no AVX here\n")
    assert ("ImportError: too old" in result.stderr) == (code == 1)


def test_a_missing_folder_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    result = run("--model_name=m", f"--model_base_path={tmp_path / 'none'}")
    assert result.returncode == 1
    assert result.stderr == (
        f"error: --model_base_path {tmp_path / 'none'}: No such file or directory; "
        "expected a folder of numbered versions\n"
    )


@pytest.mark.parametrize("flag", ["--port", "--rest_api_port"])
def test_a_port_in_use_is_one_line_and_exit_code_1(tmp_path: Path, flag: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        other = "--port" if flag == "--rest_api_port" else "--rest_api_port"
        result = run("--model_name=m", f"--model_base_path={tmp_path}", f"{flag}={port}", f"{other}=0")
    assert result.returncode == 1
    problem = f"{flag} {port} on 127.0.0.1: Address already in use"
    assert result.stderr == f"error: {problem}; choose another, or 0 for any\n"


def test_an_unknown_host_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    result = run("--model_name=m", f"--model_base_path={tmp_path}", "--host=256.1.1.1")
    assert result.returncode == 1
    assert result.stderr.startswith("error: --host 256.1.1.1: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("flags", [[], ["--model_name=m"], ["--rest_api_port=70000"], ["--rest_api_prot=1"]])
def test_wrong_usage_is_exit_code_2(flags: list[str]) -> None:
    result = run(*flags)
    assert result.returncode == 2
    assert result.stderr.splitlines()[-1].startswith("python -m serving.server: error: ")


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; sys.argv = ['x', '--help']\n"
        "from serving.server import main as server\n"
        "try: server.main()\n"
        "except SystemExit as end: assert end.code == 0\n"
        "heavy = {'tensorflow', 'grpc', 'uvicorn', 'google.protobuf'} & sys.modules.keys()\n"
        "assert not heavy, heavy\n"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert "--model_base_path" in result.stdout
