"""The command `python -m serving.server`: how it starts, refuses to start, and stops."""

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "serving.server"]


def run(*flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *flags], capture_output=True, text=True, timeout=60, check=False)


def test_it_prints_one_line_when_ready_and_drains_on_sigterm(model_base: Path) -> None:
    flags = ["--model_name=m", f"--model_base_path={model_base}", "--rest_api_port=0", "--port=0"]
    process = subprocess.Popen([*COMMAND, *flags], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    ready = re.fullmatch(
        r"serving m version 1: REST http://127.0.0.1:(\d+)/v1/models/m gRPC 127.0.0.1:(\d+)\n",
        process.stdout.readline(),
    )
    assert ready
    answers: list[int] = []
    slow = json.dumps({"signature_name": "slow", "instances": [300_000]})

    def call() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", int(ready[1]), timeout=60)
        connection.request("POST", "/v1/models/m:predict", slow)
        answers.append(connection.getresponse().status)

    calling = threading.Thread(target=call)
    calling.start()
    time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    calling.join()
    assert answers == [200]
    assert (process.returncode, out, err) == (0, "", "")


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


@pytest.mark.parametrize("flags", [[], ["--model_name=m"], ["--rest_api_port=70000"], ["--rest_api_prot=1"]])
def test_wrong_usage_is_exit_code_2(flags: list[str]) -> None:
    result = run(*flags)
    assert result.returncode == 2
    assert result.stderr.splitlines()[-1].startswith("python -m serving.server: error: ")


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; sys.argv = ['x', '--help']\n"
        "from serving import server\n"
        "try: server.main()\n"
        "except SystemExit as end: assert end.code == 0\n"
        "heavy = {'tensorflow', 'grpc', 'uvicorn', 'google.protobuf'} & sys.modules.keys()\n"
        "assert not heavy, heavy\n"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert "--model_base_path" in result.stdout
