"""Our model server beside a FastAPI server, the bare session, bare gRPC, and an earlier commit of itself.

Command:  python -m benchmarks.serving [--before REVISION] [--no-page]      (make bench-serving)
Takes:    about 3 minutes on two cores
Needs:    a model: `make run` first, or --model FOLDER; rows: --rows FILE.csv
Result:   a table of CPU µs a request, requests a second, p50 and p99, also in docs/performance.md

All servers run at the same time and are asked in turns, one connection each, so that a slow minute of the
machine hits all of them; a figure is the median of the turns. CPU is of the server's process alone. Look at
ratios.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is imported: its notes hide the table

import psutil

from benchmarks.marked_part import replaced
from benchmarks.serving_client import Ask, ask_grpc, ask_rest, ask_session, free_ports, started, wait_until
from benchmarks.serving_contenders import BYTES, CALLS, NAME

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- serving: begin, written by benchmarks.serving -->", "<!-- serving: end -->"
WARM_UP, TURNS = 200, 21
ROWS = 64
STARTED = ("fastapi", "ours", "ours-log", "ours-log-all", "ours-log-split", "bytes", "session")
TITLES = {
    "fastapi": "FastAPI + tf.saved_model.load, REST",
    "session": "the bare session call",
    "ours": "ours, REST",
    "ours-log": "ours, REST, request log 10 %",
    "ours-log-all": "ours, REST, request log 100 %",
    "ours-log-split": "ours, REST, request log 10 %, canary 5 %",
    "before": "ours before, REST",
    "bytes": "grpcio that answers bytes",
    "ours-grpc": "ours, gRPC",
    "before-grpc": "ours before, gRPC",
}


@dataclasses.dataclass(frozen=True)
class Turn:
    """What one turn of a contender took: CPU of its process a request, and the latency of each request."""

    cpu_us: float
    latencies_s: tuple[float, ...]


@dataclasses.dataclass(frozen=True)
class Contender:
    """A process, and how it is asked: so many requests, one after the other; their latencies in seconds."""

    name: str
    process: psutil.Process
    ask: Ask

    def turn(self, count: int) -> Turn:
        """Asks so many times."""
        before = _cpu_s(self.process)
        latencies = self.ask(count)
        return Turn(1e6 * (_cpu_s(self.process) - before) / count, tuple(latencies))


def _cpu_s(process: psutil.Process) -> float:
    """Returns the CPU seconds of all threads of a process, to the nanosecond (Linux)."""
    threads = Path(f"/proc/{process.pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def measured(contenders: Sequence[Contender], count: int, turns: int = TURNS) -> dict[str, list[Turn]]:
    """Returns the turns of each contender; each turn of all begins with another one."""
    for contender in contenders:
        contender.turn(WARM_UP)
    found: dict[str, list[Turn]] = {contender.name: [] for contender in contenders}
    for number in range(turns):
        at = number % len(contenders)
        for contender in (*contenders[at:], *contenders[:at]):
            found[contender.name].append(contender.turn(count))
    return found


def table(turns: Mapping[str, Sequence[Turn]]) -> list[str]:
    """Returns the lines of a table; ratios are of CPU, to the FastAPI server or the bare gRPC server."""
    lines = ["| | CPU µs median (least) | QPS median (best) | p50 ms | p99 ms |", "|---|---|---|---|---|"]
    for name, title in TITLES.items():
        if name not in turns:
            continue
        rates = [len(turn.latencies_s) / sum(turn.latencies_s) for turn in turns[name]]
        latencies = sorted(1000 * each for turn in turns[name] for each in turn.latencies_s)
        p50, p99 = latencies[len(latencies) // 2], latencies[int(len(latencies) * 0.99)]
        lines.append(
            f"| {title} | {cpu_us(turns[name]):,.0f} ({min(turn.cpu_us for turn in turns[name]):,.0f}) "
            f"| {statistics.median(rates):,.0f} ({max(rates):,.0f}) "
            f"| {p50:.2f} | {p99:.2f} |"
        )
    return lines


def cpu_us(turns: Sequence[Turn]) -> float:
    """Returns the median of the turns."""
    return statistics.median(turn.cpu_us for turn in turns)


def ratios(turns: Mapping[str, Sequence[Turn]]) -> list[str]:
    """Returns what is held against what: FastAPI, the commit before, and what the extras add."""
    found = []

    def cost(name: str) -> float:
        return cpu_us(turns[name])

    if {"fastapi", "ours"} <= turns.keys():
        found.append(f"CPU of FastAPI / ours, REST: {cost('fastapi') / cost('ours'):.1f}")
    for name in ("", "-grpc"):
        if {f"before{name}", f"ours{name}"} <= turns.keys():
            less = 1 - cost(f"ours{name}") / cost(f"before{name}")
            found.append(f"CPU less than before, {'gRPC' if name else 'REST'}: {less:.0%}")
    if {"ours", "ours-log-split"} <= turns.keys():
        found.append(f"CPU that log and canary add: {cost('ours-log-split') / cost('ours') - 1:+.0%}")
    return found


def model_and_rows(model: Path | None, rows: Path | None) -> tuple[Path, Path] | None:
    """Returns what is given, else the newest model and day of this checkout; None, and says so, without."""
    model = model or max(
        (ROOT / ".evergreen" / "models").glob("*/[0-9]*"), key=lambda path: int(path.name), default=None
    )
    rows = rows or max((ROOT / "data" / "flights").glob("*.csv"), default=None)
    if model and rows:
        return model, rows
    print("error: there is no model or no row; start `make run`, or name --model and --rows", file=sys.stderr)
    return None


def rows_of(model: Path, path: Path) -> list[dict[str, Any]]:
    """Returns rows of a CSV as requests hold them."""
    from pipeline.cli.request_rows import read_rows
    from serving.client.connection import ModelInputs
    from serving.models.model import ServableModel

    loaded = ServableModel(model)
    signature = loaded.signature()
    loaded.close()
    rows = read_rows(path, ModelInputs(signature.inputs, frozenset(signature.defaults)))
    return [row for row, _ in zip(rows, range(32 * ROWS), strict=False)]


def grpc_requests(model: Path, batches: Sequence[Sequence[Mapping[str, Any]]]) -> tuple[list[bytes], bytes]:
    """Returns the same batches as Predict messages, and an answer to one of them."""
    from tensorflow_serving.apis.predict_pb2 import PredictRequest, PredictResponse

    from serving.models.model import ServableModel
    from serving.tensors.json_inputs import rows_to_arrays
    from serving.tensors.proto_tensors import array_to_tensor

    loaded = ServableModel(model)
    requests = []
    for batch in batches:
        request = PredictRequest()
        request.model_spec.name = NAME
        for name, value in rows_to_arrays(batch, loaded.signature()).items():
            request.inputs[name].CopyFrom(array_to_tensor(value))
        requests.append(request.SerializeToString())
    answer = PredictResponse()
    for name, value in loaded.predict(rows_to_arrays(batches[0], loaded.signature())).items():
        answer.outputs[name].CopyFrom(array_to_tensor(value))
    loaded.close()
    return requests, answer.SerializeToString()


def compare(
    model: Path,
    batches: Sequence[Sequence[Mapping[str, Any]]],
    before: Path | None,
    count: int,
    names: Sequence[str],
) -> dict[str, list[Turn]]:
    """Starts every contender and measures them in turns.

    Args:
      model: folder of a SavedModel.
      batches: rows of each request.
      before: a checkout of an earlier commit; None for none.
      count: requests in a turn.
      names: which of STARTED.
    """
    bodies = [json.dumps({"instances": batch}).encode() for batch in batches]
    messages, answer = grpc_requests(model, batches)
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        work = Path(name)
        (work / BYTES).write_bytes(answer)
        (work / CALLS).write_text(json.dumps(batches))
        contenders = []
        for each in names:
            rest, by_grpc = free_ports()
            command = [
                sys.executable, "-m", "benchmarks.serving_contenders", each, "--model", str(model),
                "--work", str(work), "--port", str(rest), "--grpc_port", str(by_grpc),
            ]  # fmt: skip
            streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
            streams = streams if each == "session" else {}
            process = stack.enter_context(started(command, ROOT, work / f"{each}.log", **streams))
            watched = psutil.Process(process.pid)
            if each == "session":
                contenders.append(Contender(each, watched, ask_session(process)))
            elif each == "bytes":
                contenders.append(Contender(each, watched, ask_grpc(by_grpc, messages)))
            else:
                path = "/predict" if each == "fastapi" else f"/v1/models/{NAME}:predict"
                contenders.append(Contender(each, watched, ask_rest(rest, path, bodies)))
            if each == "ours":
                contenders.append(Contender("ours-grpc", watched, ask_grpc(by_grpc, messages)))
        if before:
            contenders.extend(_before(before, model, work, bodies, messages, stack))
        for contender in contenders:
            wait_until(contender.ask, TITLES[contender.name])
        return measured(contenders, count)


def _before(
    checkout: Path, model: Path, work: Path, bodies: Sequence[bytes], messages: Sequence[bytes],
    stack: contextlib.ExitStack,
) -> Iterator[Contender]:  # fmt: skip
    """Yields the server of an earlier commit, by both ways."""
    folder = work / "before"
    folder.mkdir()
    (folder / "1").symlink_to(model.resolve())
    rest, by_grpc = free_ports()
    command = [
        sys.executable, "-m", "serving.server", f"--model_name={NAME}", f"--model_base_path={folder}",
        f"--rest_api_port={rest}", f"--port={by_grpc}",
    ]  # fmt: skip
    process = psutil.Process(stack.enter_context(started(command, checkout, work / "before.log")).pid)
    yield Contender("before", process, ask_rest(rest, f"/v1/models/{NAME}:predict", bodies))
    yield Contender("before-grpc", process, ask_grpc(by_grpc, messages))


@contextlib.contextmanager
def checkout(revision: str | None) -> Iterator[Path | None]:
    """Yields a checkout of a revision for as long as the block lasts; None for none."""
    if revision is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "before"
        subprocess.run(
            ["git", "worktree", "add", "-q", "--detach", str(folder), revision], cwd=ROOT, check=True
        )
        try:
            yield folder
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(folder)], cwd=ROOT, check=True)


def page(found: Mapping[int, Mapping[str, Sequence[Turn]]], before: str | None) -> list[str]:
    """Returns what stands in docs/performance.md between the markers."""
    revision = subprocess.run(
        ["git", "describe", "--always", "--dirty=+"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    compared = f"; before: {before}" if before else ""
    cores = len(os.sched_getaffinity(0))
    lines = ["", f"{cores} cores, Python {platform.python_version()}, commit {revision}{compared}."]
    for batch, turns in found.items():
        title = f"### {batch} row{'s' * (batch > 1)} in a request"
        lines += ["", title, "", *table(turns), "", *(f"- {line}" for line in ratios(turns))]
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--model", type=Path, help="folder of a SavedModel; the newest of .evergreen, if left out"
    )
    parser.add_argument("--rows", type=Path, help="a CSV of data; the last day of data/flights, if left out")
    parser.add_argument("--before", metavar="REVISION", help="also measure this commit's server")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 32])
    parser.add_argument("--requests", type=int, default=100, help="in a turn")
    parser.add_argument("--without", nargs="+", default=[], choices=STARTED, help="servers to leave out")
    parser.add_argument("--no-page", action="store_true", help="leave docs/performance.md alone")
    options = parser.parse_args(arguments)
    chosen = model_and_rows(options.model, options.rows)
    if chosen is None:
        return 2
    model, rows_path = chosen
    rows = rows_of(model, rows_path)
    names = [each for each in STARTED if each not in options.without]
    found: dict[int, dict[str, list[Turn]]] = {}
    with checkout(options.before) as before:
        for batch in options.batches:
            batches = [[rows[(at * batch + n) % len(rows)] for n in range(batch)] for at in range(ROWS)]
            found[batch] = compare(model, batches, before, options.requests, names)
    lines = page(found, options.before)
    print("\n".join(lines))
    if not options.no_page:
        text = replaced(PAGE.read_text(encoding="utf-8"), BEGIN, END, "\n".join(lines))
        PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
