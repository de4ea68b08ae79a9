"""The servers of benchmarks.serving, each in a process of its own.

Command:  python -m benchmarks.serving_contenders NAME --model DIR --work DIR --port PORT --grpc_port PORT
Result:   a server on PORT or GRPC_PORT until it is ended; `session` is none: it is asked on standard input

`fastapi` is what one would write in an hour: FastAPI, its own validation, tf.saved_model.load, uvicorn.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent import futures
from pathlib import Path
from typing import Any

from serving.process.stop_with_parent import stop_with_parent

NAME = "flights"
BYTES, CALLS = "answer.pb", "calls.json"  # in the work folder: what `bytes` answers, what `session` calls
PREDICT = "/tensorflow.serving.PredictionService/Predict"
_MEGABYTE = 1 << 20


def fastapi(options: argparse.Namespace) -> None:
    """Serves POST /predict with rows in `instances`."""
    import tensorflow as tf
    import uvicorn
    from fastapi import FastAPI
    from pydantic import BaseModel

    loaded = tf.saved_model.load(str(options.model))
    call = loaded.signatures["serving_default"]
    specs = call.structured_input_signature[1]
    missing = {tf.int64: -(2**63), tf.float32: float("nan"), tf.string: ""}

    class Body(BaseModel):
        instances: list[dict[str, Any]]

    app = FastAPI()

    # The body's type is given here, since a name of this function cannot be found from its annotation.
    def predict(body: Body) -> dict[str, Any]:
        columns = {
            name: tf.constant([row.get(name, missing[spec.dtype]) for row in body.instances], spec.dtype)
            for name, spec in specs.items()
        }
        outputs = {name: value.numpy().tolist() for name, value in call(**columns).items()}
        return {"predictions": next(iter(outputs.values())) if len(outputs) == 1 else outputs}

    predict.__annotations__["body"] = Body
    app.post("/predict")(predict)
    uvicorn.run(app, host="127.0.0.1", port=options.port, log_level="warning", access_log=False)


def bytes_by_grpc(options: argparse.Namespace) -> None:
    """Answers every Predict call with the same bytes: what grpcio itself costs."""
    import grpc

    answer = (options.work / BYTES).read_bytes()
    handler = grpc.unary_unary_rpc_method_handler(lambda _request, _context: answer)
    service, method = PREDICT.strip("/").split("/")
    server = grpc.server(futures.ThreadPoolExecutor(8))
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(service, {method: handler})])
    server.add_insecure_port(f"127.0.0.1:{options.grpc_port}")
    server.start()
    server.wait_for_termination()


def session(options: argparse.Namespace) -> None:
    """Calls the model's session without any server: for each line, a number of calls, a line of results."""
    from serving.models.model import ServableModel
    from serving.tensors.json_inputs import rows_to_arrays

    model = ServableModel(options.model)
    rows: list[list[Mapping[str, Any]]] = json.loads((options.work / CALLS).read_text())
    calls = [rows_to_arrays(batch, model.signature()) for batch in rows]
    print("ready", flush=True)
    for line in sys.stdin:
        latencies = []
        cpu = time.process_time()
        for number in range(int(line)):
            start = time.perf_counter()
            model.predict(calls[number % len(calls)])
            latencies.append(time.perf_counter() - start)
        print(json.dumps({"cpu_s": time.process_time() - cpu, "latencies_s": latencies}), flush=True)


def ours(sample: float | None = None, *, canary: bool = False) -> Callable[[argparse.Namespace], None]:
    """Returns our server; with a request log of a share, and with a rollout's split."""

    def serve_it(options: argparse.Namespace) -> None:
        from serving.server.serve import serve
        from serving.server.settings import ServerSettings
        from serving.traffic.request_log import RequestLogSettings

        folder = _versions(options.model, options.work, canary=canary)
        log = None
        if sample is not None:
            from trainer import features

            columns = frozenset(column.name for column in features.REQUEST_COLUMNS)
            log = RequestLogSettings(
                options.work / f"log-{options.port}", sample, columns, frozenset(),
                64 * _MEGABYTE, 3600.0, 512 * _MEGABYTE,
            )  # fmt: skip
        settings = ServerSettings(
            NAME, folder, options.port, options.grpc_port, follow=canary, request_log=log
        )
        sys.exit(serve(settings))

    return serve_it


def _versions(model: Path, work: Path, *, canary: bool) -> Path:
    """Returns a folder with the model as version 1; and as 2, which a rollout gives a share of requests."""
    folder = work / f"versions-{uuid.uuid4().hex}"
    folder.mkdir()
    for number in (1, 2) if canary else (1,):
        (folder / str(number)).symlink_to(model.resolve())
    if canary:
        _write_rollout(folder)
    return folder


def _write_rollout(folder: Path) -> None:
    from serving.models import served_file
    from serving.models.served_file import ServedEntry, ServedFile, ServedRollout
    from serving.rollout.plan import GuardLimits, RolloutPlan, Stage

    stages, limits = (Stage(0.05, 1_000_000),), GuardLimits(shadow_share=0.0)
    plan = RolloutPlan(uuid.uuid4().hex, "canary", stages, key_header="x-request-key", limits=limits)
    entries = (
        ServedEntry(1, "1.0.1", ("champion",), 0.95, ""),
        ServedEntry(2, "1.0.2", ("canary",), 0.05, ""),
    )
    served_file.write(folder, ServedFile(NAME, entries, ServedRollout(plan, 0, False, 2)))


CONTENDERS: Mapping[str, Callable[[argparse.Namespace], None]] = {
    "fastapi": fastapi,
    "bytes": bytes_by_grpc,
    "session": session,
    "ours": ours(),
    "ours-log": ours(0.1),
    "ours-log-all": ours(1.0),
    "ours-log-split": ours(0.1, canary=True),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs one of CONTENDERS."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("name", choices=CONTENDERS)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--grpc_port", type=int, required=True)
    options = parser.parse_args(arguments)
    stop_with_parent()
    CONTENDERS[options.name](options)


if __name__ == "__main__":
    main()
