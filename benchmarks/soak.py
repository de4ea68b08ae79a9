"""The model server under load for minutes, while versions are swapped and rollouts begin and end.

Command:  python -m benchmarks.soak [--minutes 10]      (make soak)
Takes:    the minutes, and half of one
Needs:    a model: `make run` first, or --model FOLDER; rows: --rows FILE.csv
Result:   requests and those that were lost, p50 and p99, memory, swaps; exit code 1 if one was lost

Requests come when they are due, at 80 % of what the server answered before, four in five by REST and the
others by the official gRPC client; latency counts from then. Every few seconds serving.json is written as the
commands of `evergreen models` and `evergreen rollout` write it: a rollout is begun, goes on, is turned back,
begun again and promoted, that version is withdrawn, and a third one is approved and withdrawn. All are one
model, so that whatever is lost is the fault of the server.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import itertools
import json
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is imported

import grpc
import psutil
from tensorflow_serving.apis.predict_pb2 import PredictRequest
from tensorflow_serving.apis.prediction_service_pb2_grpc import PredictionServiceStub

from benchmarks.serving import ROOT, grpc_requests, model_and_rows, rows_of
from benchmarks.serving_client import ask_rest, free_ports, started, wait_until
from benchmarks.serving_contenders import NAME
from components.load_check.arrivals import Client
from serving.models import served_file
from serving.models.served_file import ServedEntry, ServedFile, ServedRollout
from serving.rollout.plan import CANARY, GuardLimits, RolloutPlan, Stage

LOAD, OF_REST = 0.8, 0.8
ROWS, SLICE_S, PAUSE_S, CAPACITY_S, CLIENTS = 64, 10.0, 4.0, 4.0, 4
STAGES = (Stage(0.0, 10**9), Stage(0.2, 10**9), Stage(0.5, 10**9))
LIMITS = GuardLimits(shadow_share=0.1, slow_factor=1000)  # a busy machine is no reason to turn back
CHAMPION, CANDIDATE, THIRD = 1, 2, 3
DEADLINE_S = 60.0


@dataclasses.dataclass
class Counts:
    """What became of requests: latencies from when each was due, and why others were lost."""

    latencies_ms: list[float] = dataclasses.field(default_factory=list)
    lost: list[str] = dataclasses.field(default_factory=list)

    def of(self, part: float) -> float:
        """Returns the latency that this part of the answers had at most."""
        ordered = sorted(self.latencies_ms)
        return ordered[min(int(len(ordered) * part), len(ordered) - 1)] if ordered else float("nan")


def swaps() -> Iterator[tuple[str, ServedFile]]:
    """Yields what serves next and what to call that, without end."""
    for number in itertools.count():
        plan = RolloutPlan(f"soak-{number}", CANARY, STAGES, "x-request-key", "", LIMITS)
        again = dataclasses.replace(plan, id=f"again-{number}")
        yield "rollout begun", _rolling(plan, 0)
        yield "next stage", _rolling(plan, 1)
        yield "next stage", _rolling(plan, 2)
        yield "rolled back", _serving(CHAMPION)
        yield "rollout begun", _rolling(again, 2)
        yield "promoted", _serving(CANDIDATE, CHAMPION)
        yield "withdrawn", _serving(CHAMPION)
        yield "approved", _serving(THIRD, CHAMPION)
        yield "withdrawn", _serving(CHAMPION)


def _serving(live: int, previous: int | None = None) -> ServedFile:
    entries = [_entry(live, "champion", 1.0)]
    return ServedFile(NAME, (*entries, *([_entry(previous, "previous", 0.0)] if previous else [])))


def _rolling(plan: RolloutPlan, stage: int) -> ServedFile:
    share = plan.stages[stage].share
    label = "canary" if share else "shadow"
    entries = (_entry(CHAMPION, "champion", 1 - share), _entry(CANDIDATE, label, share))
    return ServedFile(NAME, entries, ServedRollout(plan, stage, False, CANDIDATE))


def _entry(number: int, label: str, share: float) -> ServedEntry:
    return ServedEntry(number, f"1.0.{number}", (label,), share, "")


def by_rest(port: int, bodies: Sequence[bytes], rate: float, until: float) -> Counts:
    """Sends requests by REST until a time of time.monotonic()."""
    head = f"POST /v1/models/{NAME}:predict HTTP/1.1\r\nHost: soak\r\nX-Request-Key: "
    requests = [
        f"{head}{number}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        for number, body in enumerate(bodies)
    ]
    counts = Counts()

    async def drive() -> None:
        client = Client("127.0.0.1", port)
        while (left := until - time.monotonic()) > 0:
            arrived = await client.drive(requests, rate, min(SLICE_S, left))
            counts.latencies_ms += arrived.latencies_ms
            counts.lost += ["REST: no answer with 200"] * (arrived.sent - len(arrived.latencies_ms))
        client.close()

    asyncio.run(drive())
    return counts


def by_grpc(port: int, messages: Sequence[bytes], rate: float, until: float) -> Counts:
    """Sends requests by the official client until a time of time.monotonic()."""
    requests = [PredictRequest.FromString(message) for message in messages]
    counts, start, running = Counts(), time.monotonic(), threading.Semaphore(0)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = PredictionServiceStub(channel)

        def ended(call: grpc.Future, due: float) -> None:
            if error := call.exception():
                counts.lost.append(f"gRPC: {error}")
            else:
                counts.latencies_ms.append(1000 * (time.monotonic() - due))
            running.release()

        sent = 0
        while (due := start + sent / rate) < until:
            time.sleep(max(0.0, due - time.monotonic()))
            number = sent % len(requests)
            call = stub.Predict.future(
                requests[number], timeout=DEADLINE_S, metadata=[("x-request-key", str(number))]
            )
            call.add_done_callback(lambda call, due=due: ended(call, due))
            sent += 1
        for _ in range(sent):
            running.acquire()
    return counts


def capacity(port: int, bodies: Sequence[bytes]) -> float:
    """Returns the requests a second that several clients are answered by REST."""
    until = time.monotonic() + CAPACITY_S

    def client(_: int) -> int:
        ask, asked = ask_rest(port, f"/v1/models/{NAME}:predict", bodies), 0
        while time.monotonic() < until:
            asked += len(ask(100))
        return asked

    start = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as pool:
        asked = sum(pool.map(client, range(CLIENTS)))
    return asked / (time.monotonic() - start)


def soak(model: Path, rows_path: Path, minutes: float) -> int:
    """Runs a server under load, prints what became of it, and returns the exit code."""
    rows = rows_of(model, rows_path)[:ROWS]
    bodies = [json.dumps({"instances": [row]}).encode() for row in rows]
    messages, _ = grpc_requests(model, [[row] for row in rows])
    with tempfile.TemporaryDirectory() as name:
        base = Path(name) / NAME
        for number in (CHAMPION, CANDIDATE, THIRD):
            shutil.copytree(model, base / str(number))
        served_file.write(base, _serving(CHAMPION))
        rest, grpc_port = free_ports()
        command = [
            sys.executable, "-m", "serving.server", f"--model_name={NAME}", f"--model_base_path={base}",
            f"--rest_api_port={rest}", f"--port={grpc_port}", "--follow_serving_file",
            "--max_in_flight=4096",  # what waits while a version is loaded is late, and not lost
        ]  # fmt: skip
        with started(command, ROOT, Path(name) / "log") as process, ThreadPoolExecutor(2) as pool:
            wait_until(ask_rest(rest, f"/v1/models/{NAME}:predict", bodies), "the server")
            rate = LOAD * capacity(rest, bodies)
            print(f"{rate:,.0f} requests a second for {minutes:g} minutes, {LOAD:.0%} of what it answered")
            watched, begun = psutil.Process(process.pid), time.monotonic()
            until = begun + 60 * minutes
            of_rest = pool.submit(by_rest, rest, bodies, OF_REST * rate, until)
            of_grpc = pool.submit(by_grpc, grpc_port, messages, (1 - OF_REST) * rate, until)
            done, memory = swap(base, watched, until)
            found = {"REST": of_rest.result(), "gRPC": of_grpc.result()}
            memory.append(watched.memory_info().rss)
        for line in (Path(name) / "log").read_text().splitlines()[:20]:
            print(f"server: {line}")
    return report(found, done, memory)


def swap(base: Path, process: psutil.Process, until: float) -> tuple[list[str], list[int]]:
    """Swaps until a time; returns what was done, and the server's memory after each round."""
    done, memory = list[str](), [process.memory_info().rss]
    for what, serves in swaps():
        time.sleep(min(PAUSE_S, max(0.0, until - time.monotonic())))
        if time.monotonic() >= until:
            return done, memory
        if what == "rollout begun" and done and done[-1] == "withdrawn":
            memory.append(process.memory_info().rss)
        served_file.write(base, serves)
        done.append(what)
    raise AssertionError("there is always a next one")


def report(found: dict[str, Counts], done: Sequence[str], memory: Sequence[int]) -> int:
    """Prints the results and returns the exit code: 1 if a request was lost."""
    for api, counts in found.items():
        sent = len(counts.latencies_ms) + len(counts.lost)
        print(
            f"{api}: {sent:,} requests, {len(counts.lost)} lost, p50 {counts.of(0.5):.1f} ms, "
            f"p99 {counts.of(0.99):.1f} ms"
        )
        for why in dict.fromkeys(counts.lost[:1000]):
            print(f"  {why[:300]}")
    print(f"swaps: {', '.join(f'{done.count(what)} {what}' for what in dict.fromkeys(done))}")
    print(f"memory, MiB after each round: {', '.join(f'{each / 2**20:.0f}' for each in memory)}")
    return 1 if any(counts.lost for counts in found.values()) else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--model", type=Path, help="folder of a SavedModel; the newest of .evergreen, if left out"
    )
    parser.add_argument("--rows", type=Path, help="a CSV of data; the last day of data/flights, if left out")
    parser.add_argument("--minutes", type=float, default=10.0)
    options = parser.parse_args(arguments)
    found = model_and_rows(options.model, options.rows)
    return soak(*found, options.minutes) if found else 2


if __name__ == "__main__":
    sys.exit(main())
